/*
 * What lets one into a notebook, by the API's own words, as plain CGI: its links, its token
 * and its tickets.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/store/pass.h"
#include "notebooks_kit.h"

static void
links_are_given_and_revoked(void **state)
{
	AUTO_REPLY struct lab_reply view = post("/share", "{\"kind\":\"view\"}"),
	    app = post("/share", "{\"kind\":\"app\"}"), list = lab_get(uri("/shares")), gone = {0},
	    again = {0}, form = {0}, after = {0};
	const char *given = strstr(SAID(app, "url"), "?access_token=") + 14, *page;
	unsigned char hash[SECRET_HASH_BYTES];
	struct share s;
	struct err e;

	(void)state;
	assert_int_equal(strncmp(SAID(view, "url"), "http://localhost:8080/view/", 27), 0);
	assert_int_equal(strlen(SAID(view, "url")), 27 + SECRET_TOKEN_SIZE - 1);
	assert_int_equal(strncmp(SAID(app, "url"), arena_fmt(&lab_arena,
	    "http://%s.localhost:8080/?access_token=", notebook), 7 + ID_LEN), 0);
	secret_hash(given, SECRET_TOKEN_SIZE - 1, hash);
	assert_int_equal(share_get(lab_db, hash, &lab_arena, &s, &e), 0);
	assert_string_equal(s.kind, "app");
	assert_string_equal(s.id, SAID(app, "id"));
	assert_int_equal(cJSON_GetArraySize(json_get(list.json, "shares")), 2);
	assert_null(strstr(list.body, given));
	gone = delete(arena_fmt(&lab_arena, "/shares/%s", SAID(app, "id")));
	assert_int_equal(gone.status, 200);
	again = delete(arena_fmt(&lab_arena, "/shares/%s", SAID(app, "id")));
	lab_is_error(&again, 404, NULL);
	assert_int_equal(share_get(lab_db, hash, &lab_arena, &s, &e), -1);
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/share"), .type = FORM,
	    .body = "kind=edit", .more = html});
	assert_int_equal(form.status, 303);
	page = lab_header(&form, "Location");
	assert_non_null(strstr(page, "#link=http://"));
	lab_free(&form);
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/unshare"), .type = FORM,
	    .body = arena_fmt(&lab_arena, "share=%s", SAID(view, "id")), .more = html});
	assert_int_equal(form.status, 303);
	after = lab_get(uri("/shares"));
	assert_int_equal(cJSON_GetArraySize(json_get(after.json, "shares")), 1);
}

static void
there_is_a_most_of_links(void **state)
{
	AUTO_REPLY struct lab_reply r = {0};
	struct err e;

	(void)state;
	begin();
	for (int i = 0; i < SHARES_MAX; i++) {
		struct share s = {.kind = "view", .created_at = i};
		unsigned char hash[SECRET_HASH_BYTES];

		rand_bytes(hash, sizeof(hash));
		id_new(s.id);
		memcpy(s.workspace, notebook, ID_SIZE);
		assert_int_equal(share_add(lab_db, &s, hash, &e), 0);
	}
	commit(0);
	r = post("/share", "{\"kind\":\"view\"}");
	lab_is_error(&r, 409, NULL);
}

/* GET of the notebook with this token. */
static int
status_with(const char *bearer)
{
	const char *more[] = {arena_fmt(&lab_arena, "HTTP_AUTHORIZATION=%s", bearer), NULL};
	AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "GET", .uri = uri(""),
	    .more = more});

	return r.status;
}

static void
the_token_speaks_for_its_holder(void **state)
{
	static const char *const keys[] = {"VALID_API_KEYS=alpha", NULL};
	const char *mine = arena_fmt(&lab_arena, "Bearer %s", token), *more[] = {mine, NULL}, *others;

	(void)state;
	more[0] = arena_fmt(&lab_arena, "HTTP_AUTHORIZATION=%s", mine);
	make_one(NULL);
	others = arena_fmt(&lab_arena, "Bearer %s", token);
	for (int is_keyed = 0; is_keyed < 2; is_keyed++) {
		lab_settings(is_keyed ? keys : NULL);
		assert_int_equal(status_with(others), 200);
		assert_int_equal(status_with(arena_fmt(&lab_arena, "bearer %s", token)), 200);
		assert_int_equal(status_with("Bearer wrong"), 401);
		assert_int_equal(status_with("Bearer "), 401);
		assert_int_equal(status_with(arena_fmt(&lab_arena, "%s2", others)), 401);
		assert_int_equal(status_with("Basic abc"), is_keyed ? 401 : 200);
	}
	/* It opens its own notebook's addresses, and no others. */
	AUTO_REPLY struct lab_reply list = lab_send(&(struct lab_ask){.method = "GET",
	    .uri = "/workspaces", .more = more});

	lab_is_error(&list, 401, NULL);
}

static void
another_notebooks_token_is_wrong(void **state)
{
	const char *foreign = arena_fmt(&lab_arena, "Bearer %s", token);
	char first[SECRET_TOKEN_SIZE + 8];

	(void)state;
	snprintf(first, sizeof(first), "%s", foreign);
	make_one(NULL);
	assert_int_equal(status_with(first), 401);
}

static void
a_new_token_replaces_the_old(void **state)
{
	const char *before = arena_fmt(&lab_arena, "Bearer %s", token);
	unsigned char hash[SECRET_HASH_BYTES];
	struct pass p = {.kind = "edit", .expires_at = INT64_MAX};
	AUTO_REPLY struct lab_reply r = {0};
	struct err e;

	(void)state;
	memcpy(p.workspace, notebook, ID_SIZE);
	rand_bytes(hash, sizeof(hash));
	begin();
	commit(pass_add(lab_db, &p, false, hash, &e));
	r = post("/token", "{}");
	assert_int_equal(r.status, 200);
	assert_int_equal(status_with(before), 401);
	assert_int_equal(status_with(arena_fmt(&lab_arena, "Bearer %s", SAID(r, "token"))), 200);
	assert_int_equal(pass_get(lab_db, hash, clock_wall_ms(), &p, &e), -1);
}

static void
open_gives_a_ticket(void **state)
{
	static const char *const as[] = {"", "?as=app", "?as=edit"};

	(void)state;
	for (size_t i = 0; i < COUNT(as); i++) {
		const char *at = arena_fmt(&lab_arena, "/open/%s%s", notebook, as[i]), *ticket;
		AUTO_REPLY struct lab_reply r = lab_get(at), head = {0};
		unsigned char hash[SECRET_HASH_BYTES];
		struct pass p;
		struct err e;

		assert_int_equal(r.status, 303);
		assert_string_equal(lab_header(&r, "X-Frame-Options"), "SAMEORIGIN");
		ticket = lab_header(&r, "Location");
		assert_int_equal(strncmp(ticket, arena_fmt(&lab_arena,
		    "http://%s.localhost:8080/?ticket=", notebook), 7 + ID_LEN + 24), 0);
		ticket = strchr(ticket, '=') + 1;
		assert_int_equal(strlen(ticket), SECRET_TOKEN_SIZE - 1);
		secret_hash(ticket, strlen(ticket), hash);
		begin();
		assert_int_equal(pass_use_ticket(lab_db, hash, clock_wall_ms(), &p, &e), 0);
		commit(0);
		assert_string_equal(p.workspace, notebook);
		assert_string_equal(p.kind, i == 1 ? "app" : "edit");
		assert_true(p.expires_at <= clock_wall_ms() + TICKET_MS);
		head = lab_send(&(struct lab_ask){.method = "HEAD", .uri = at});
		assert_null(strstr(lab_header(&head, "Location"), "ticket"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(links_are_given_and_revoked, make_one),
		cmocka_unit_test_setup(there_is_a_most_of_links, make_one),
		cmocka_unit_test_setup(the_token_speaks_for_its_holder, make_one),
		cmocka_unit_test_setup(another_notebooks_token_is_wrong, make_one),
		cmocka_unit_test_setup(a_new_token_replaces_the_old, make_one),
		cmocka_unit_test_setup(open_gives_a_ticket, make_one),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
