/*
 * What browsers are given of the files of notebooks: downloads, previews and links for
 * viewing.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "files_kit.h"

static void
downloads_have_ranges_and_marks(void **state)
{
	static const struct {
		const char *range;
		int status;
		const char *body, *says;
	} cases[] = {
		{"bytes=0-3", 206, "0123", "bytes 0-3/10"}, {"bytes=7-", 206, "789", "bytes 7-9/10"},
		{"bytes=-2", 206, "89", "bytes 8-9/10"}, {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=0003-004", 206, "34", "bytes 3-4/10"},
		{"bytes=5-99999999999999999999999", 206, "56789", "bytes 5-9/10"},
		{"bytes=10-", 416, "", "bytes */10"}, {"bytes=-0", 416, "", "bytes */10"},
		{"bytes=99999999999999999999-", 416, "", "bytes */10"},
		{"bytes=4-2", 200, "0123456789", NULL}, {"bytes=0-1,3-4", 200, "0123456789", NULL},
		{"bytes=", 200, "0123456789", NULL}, {"bytes=-", 200, "0123456789", NULL},
		{"lines=0-1", 200, "0123456789", NULL}, {"bytes=1-2x", 200, "0123456789", NULL},
	};
	AUTO_REPLY struct lab_reply all = {0}, known = {0}, other = {0}, head = {0};
	const char *tag;

	(void)state;
	mkdir(at("sub"), 0755);
	put("sub/däta \"1\".csv", "0123456789");
	all = lab_get(uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"));
	assert_int_equal(all.status, 200);
	assert_string_equal(all.body, "0123456789");
	assert_string_equal(lab_header(&all, "Content-Type"), "text/csv; charset=utf-8");
	assert_string_equal(lab_header(&all, "Content-Disposition"), "attachment; "
	    "filename=\"d__ta _1_.csv\"; filename*=UTF-8''d%C3%A4ta%20%221%22.csv");
	assert_non_null(strstr(lab_header(&all, "Last-Modified"), " GMT"));
	assert_non_null(strstr(lab_header(&all, "Content-Security-Policy"), "sandbox"));
	tag = arena_dup(&lab_arena, lab_header(&all, "ETag"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *more[] = {arena_fmt(&lab_arena, "HTTP_RANGE=%s", cases[i].range), NULL};
		AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "GET",
		    .uri = uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"), .more = more});

		if (r.status != cases[i].status || strcmp(r.body, cases[i].body) != 0)
			fail_msg("%s: %d %s", cases[i].range, r.status, r.body);
		if (cases[i].says)
			assert_string_equal(lab_header(&r, "Content-Range"), cases[i].says);
	}
	{
		const char *match[] = {arena_fmt(&lab_arena, "HTTP_IF_NONE_MATCH=\"x\", W/%s", tag), NULL};
		const char *stale[] = {"HTTP_RANGE=bytes=0-1", "HTTP_IF_RANGE=\"stale\"", NULL};
		struct lab_ask a = {.method = "GET", .uri = uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"),
		    .more = match};

		known = lab_send(&a);
		assert_int_equal(known.status, 304);
		assert_int_equal(known.len, 0);
		a.more = stale;
		other = lab_send(&a);
		assert_int_equal(other.status, 200);
		a.method = "HEAD";
		a.more = NULL;
		head = lab_send(&a);
		assert_int_equal(head.status, 200);
		assert_int_equal(head.len, 0);
		assert_string_equal(lab_header(&head, "Content-Length"), "10");
	}
}

static void
what_could_do_harm_is_never_shown(void **state)
{
	static const struct {
		const char *name, *type, *how;
	} cases[] = {
		{"a.png", "image/png", "inline"}, {"a.csv", "text/csv; charset=utf-8", "inline"},
		{"a.html", "text/html; charset=utf-8", "attachment"},
		{"a.SVG", "image/svg+xml", "attachment"}, {"a", "application/octet-stream", "attachment"},
		{"a.xhtml", "application/octet-stream", "attachment"},
		{"a.png.html", "text/html; charset=utf-8", "attachment"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		put(cases[i].name, "<script>alert(1)</script>");
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/download/%s/%s?inline=1",
		    id, cases[i].name));

		assert_int_equal(r.status, 200);
		assert_string_equal(lab_header(&r, "Content-Type"), cases[i].type);
		assert_int_equal(strncmp(lab_header(&r, "Content-Disposition"), cases[i].how,
		    strlen(cases[i].how)), 0);
		assert_non_null(strstr(lab_header(&r, "Content-Security-Policy"), "sandbox;"));
		assert_string_equal(lab_header(&r, "X-Content-Type-Options"), "nosniff");
	}
}

static void
a_preview_has_no_origin(void **state)
{
	static const char *const html[] = {HTML, NULL};
	struct lab_ask a = {.method = "GET", .uri = uri("/workspaces/%s/preview"), .more = html};
	AUTO_REPLY struct lab_reply none = lab_send(&a), program = lab_get(a.uri), r = {0},
	    link_r = {0};
	const char *policy;

	(void)state;
	assert_int_equal(none.status, 404);
	assert_non_null(strstr(none.body, "Nothing has been run yet."));
	lab_is_error(&program, 404, NULL);
	mkdir(at("__marimo__"), 0755);
	assert_int_equal(symlink("/etc/passwd", at("__marimo__/preview.html")), 0);
	link_r = lab_send(&a);
	assert_int_equal(link_r.status, 404);
	unlink(at("__marimo__/preview.html"));
	put("__marimo__/preview.html", "<!doctype html><p>Seen</p>");
	r = lab_send(&a);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "<!doctype html><p>Seen</p>");
	assert_string_equal(lab_header(&r, "X-Frame-Options"), "SAMEORIGIN");
	assert_string_equal(lab_header(&r, "Referrer-Policy"), "no-referrer");
	policy = lab_header(&r, "Content-Security-Policy");
	assert_int_equal(strncmp(policy, "sandbox allow-scripts allow-popups; default-src 'none';", 55),
	    0);
	assert_null(strstr(policy, "allow-same-origin"));
	assert_non_null(strstr(policy, " http://localhost:8080/__carrel/marimo/"));
	assert_non_null(strstr(policy, "frame-ancestors 'self'"));
}

static void
links_for_viewing_are_for_viewing(void **state)
{
	static const char *const keys[] = {"VALID_API_KEYS=alpha", NULL};
	static const char *const kinds[] = {"view", "app", "edit"};
	char tokens[3][SECRET_TOKEN_SIZE], share_id[ID_SIZE];
	struct err e;

	(void)state;
	lab_settings(keys);
	mkdir(at("__marimo__"), 0755);
	put("__marimo__/preview.html", "Seen");
	assert_int_equal(db_begin(lab_db, &e), 0);
	for (int i = 0; i < 3; i++) {
		unsigned char hash[SECRET_HASH_BYTES];
		struct share s = {.kind = kinds[i], .created_at = 1};

		secret_token(tokens[i]);
		secret_hash(tokens[i], strlen(tokens[i]), hash);
		id_new(s.id);
		memcpy(s.workspace, id, ID_SIZE);
		memcpy(share_id, i == 0 ? s.id : share_id, ID_SIZE);
		assert_int_equal(share_add(lab_db, &s, hash, &e), 0);
	}
	assert_int_equal(db_commit(lab_db, &e), 0);
	for (int i = 0; i < 3; i++) {
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/view/%s", tokens[i]));

		if (i > 0) {
			lab_is_error(&r, 404, NULL);
			continue;
		}
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body, "Seen");
		assert_string_equal(lab_header(&r, "X-Robots-Tag"), "noindex");
	}
	for (int step = 0; step < 3; step++) {	/* private, revoked, public */
		AUTO_REPLY struct lab_reply by_id = lab_get(uri("/view/%s")),
		    by_token = lab_get(arena_fmt(&lab_arena, "/view/%s", tokens[0]));

		assert_int_equal(by_id.status, step == 2 ? 200 : 404);
		assert_int_equal(by_token.status, step == 0 ? 200 : 404);
		assert_int_equal(db_begin(lab_db, &e), 0);
		assert_int_equal(step == 0 ? share_delete(lab_db, id, share_id, &e) :
		    notebook_set_public(lab_db, id, true, &e), 0);
		assert_int_equal(db_commit(lab_db, &e), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(downloads_have_ranges_and_marks),
		TEST(what_could_do_harm_is_never_shown),
		TEST(a_preview_has_no_origin),
		TEST(links_for_viewing_are_for_viewing),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
