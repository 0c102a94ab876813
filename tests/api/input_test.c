/*
 * Bad input: each kind has its clear error, names the field, and changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define B "--b\r\nContent-Disposition: form-data; name="
#define LITERAL(s) s, sizeof(s) - 1

static char app[ID_SIZE];

static int
set_up(void **state)
{
	static const char *const admin[] = {"ADMIN_SECRET=open sesame", NULL};

	(void)state;
	lab_open();
	memcpy(app, lab_app("Steady"), ID_SIZE);
	lab_settings(admin);
	return 0;
}

/* What a store holds that any request could have changed. */
static int64_t
traces(void)
{
	int64_t all, awake;
	struct message *rows;
	struct err e;
	int n = message_list(lab_db, app, &lab_arena, &rows, &e);

	assert_int_equal(workspace_count(lab_db, "app", &all, &awake, &e), 0);
	return all * 1000 + n;
}

static char *
repeated(const char *before, char c, size_t n, const char *after)
{
	char *s = arena_new(&lab_arena, strlen(before) + n + strlen(after) + 1);

	strcpy(s, before);
	memset(s + strlen(before), c, n);
	return strcat(s, after);
}

static void
refused(const char *uri, const char *type, const char *body, size_t len, int status,
    const char *field)
{
	int64_t before = traces();
	struct lab_ask a = {.method = "POST", .uri = uri, .type = type, .body = body, .len = len};
	AUTO_REPLY struct lab_reply r = lab_send(&a);

	if (r.status != status || (field && (!json_get_text(r.json, "field") ||
	    strcmp(json_get_text(r.json, "field"), field) != 0)))
		fail_msg("%s %.60s: %d (not %d) %.300s", uri, body, r.status, status, r.body);
	lab_is_error(&r, status, field);
	assert_int_equal(traces(), before);
}

static void
json_is_strict(void **state)
{
	static const struct {
		const char *body;
		size_t len;
		const char *field;
	} cases[] = {
		{LITERAL(" \n"), NULL}, {LITERAL("{\"prompt\":"), NULL},
		{LITERAL("[\"prompt\"]"), NULL}, {LITERAL("\"prompt\""), NULL},
		{LITERAL("null"), NULL}, {LITERAL("{\"prompt\":\"x\"} y"), NULL},
		{LITERAL("{\"prompt\":\"x\"}{\"prompt\":\"x\"}"), NULL},
		{LITERAL("{\"prompt\":\"x\",}"), NULL}, {LITERAL("{\"prompt\":\"x\"/*c*/}"), NULL},
		{LITERAL("{'prompt':'x'}"), NULL}, {LITERAL("{\"prompt\":NaN}"), NULL},
		{LITERAL("\xef\xbb\xbf{\"prompt\":\"x\"}"), NULL},
		{LITERAL("{\0\"\0p\0\"\0}\0"), NULL},
		{LITERAL("{}"), "prompt"}, {LITERAL("{\"prompt\":\"\"}"), "prompt"},
		{LITERAL("{\"prompt\":\" \\n\\t\"}"), "prompt"},
		{LITERAL("{\"prompt\":5}"), "prompt"}, {LITERAL("{\"prompt\":true}"), "prompt"},
		{LITERAL("{\"prompt\":null}"), "prompt"}, {LITERAL("{\"prompt\":[\"x\"]}"), "prompt"},
		{LITERAL("{\"prompt\":{\"a\":1}}"), "prompt"},
		{LITERAL("{\"prompt\":\"x\",\"colour\":\"red\"}"), "colour"},
		{LITERAL("{\"prompt\":\"x\",\"__proto__\":{}}"), "__proto__"},
		{LITERAL("{\"Prompt\":\"x\"}"), "Prompt"},
		{LITERAL("{\"prompt\":\"x\",\"prompt\":\"y\"}"), "prompt"},
		{LITERAL("{\"prompt\":\"x\",\"\\u0070rompt\":\"y\"}"), "prompt"},
		{LITERAL("{\"prompt\":\"x\",\"user_id\":5}"), "user_id"},
		{LITERAL("{\"prompt\":\"a\\u0000b\"}"), NULL}, {LITERAL("{\"prompt\":\"a\0b\"}"), NULL},
		{LITERAL("{\"prompt\":\"a\nb\"}"), NULL}, {LITERAL("{\"prompt\":\"\\ud800\"}"), NULL},
		{LITERAL("{\"prompt\":\"\\udc00\\ud800\"}"), NULL},
		{LITERAL("{\"prompt\":\"\\x41\"}"), NULL}, {LITERAL("{\"prompt\":\"\xff\"}"), NULL},
		{LITERAL("{\"prompt\":\"\xc0\xaf\"}"), NULL},
		{LITERAL("{\"prompt\":\"\xed\xa0\x80\"}"), NULL},
		{LITERAL("{\"prompt\":\"\xf4\x90\x80\x80\"}"), NULL},
		{LITERAL("{\"prompt\":\"\xe8\x8c\"}"), NULL},
		{LITERAL("{\"prompt\":\"x\",\"image\":\"http://x/a.png\"}"), "image"},
		{LITERAL("{\"prompt\":\"x\",\"image\":\"data:image/png;base64,R0lG\"}"), "image"},
		{LITERAL("{\"prompt\":\"x\",\"image\":\"data:image/png;base64,iVBO===\"}"), "image"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		refused("/api/create", JSON, cases[i].body, cases[i].len, 400, cases[i].field);
	refused("/api/create", JSON, "", 0, 400, NULL);
}

static void
sizes_are_bounded(void **state)
{
	AUTO_REPLY struct lab_reply most = {0};
	char *many = arena_new(&lab_arena, 200000), *to = many;

	(void)state;
	refused("/api/create", JSON, repeated("{\"prompt\":\"", 'x', 20001, "\"}"), 0, 413,
	    "prompt");
	refused("/api/create", JSON, repeated("{\"prompt\":\"x\",\"user_id\":\"", 'x', 201, "\"}"), 0,
	    413, "user_id");
	refused("/api/create", JSON, repeated("{\"prompt\":", '[', 100000, ""), 0, 400, NULL);
	refused("/api/create", JSON, repeated("", '[', 33, "]"), 0, 400, NULL);
	refused("/api/create", JSON, repeated("{\"prompt\":", '9', 100000, "}"), 0, 400, NULL);
	to += sprintf(to, "{\"f\":1");
	for (int i = 0; i < 10000; i++)
		to += sprintf(to, ",\"f%d\":1", i);
	strcpy(to, "}");
	refused("/api/create", JSON, many, 0, 400, NULL);
	refused("/api/create", JSON, repeated("", ' ', 8u << 20, ""), 0, 413, NULL);
	refused(arena_fmt(&lab_arena, "/api/app/%s/restore", app), JSON,
	    repeated("", ' ', 300u << 10, ""), 0, 413, NULL);
	refused("/api/create", FORM, repeated("prompt=", 'x', 20001, ""), 0, 413, "prompt");
	most = lab_post("/api/create", repeated("{\"prompt\":\"", 'x', 20000, "\"}"));
	assert_int_equal(most.status, 200);
}

static void
forms_are_strict(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{"", "prompt"}, {"prompt=x&colour=red", "colour"}, {"prompt=x&prompt=y", "prompt"},
		{"prompt=a%00b", "prompt"}, {"prompt=%ff", "prompt"}, {"prompt=%zz", "prompt"},
		{"prompt=%4", "prompt"}, {"prompt=x&image=abc", "image"}, {"%ff=x", NULL},
		{"a=1&b=2&prompt=x", "a"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		refused("/api/create", FORM, cases[i].body, 0, 400, cases[i].field);
}

static void
multipart_is_strict(void **state)
{
	static const char type[] = "multipart/form-data; boundary=b";
	static const struct {
		const char *type, *body, *field;
	} cases[] = {
		{"multipart/form-data", B "\"prompt\"\r\n\r\nx\r\n--b--\r\n", NULL},
		{type, B "\"prompt\"\r\n\r\nx\r\n", NULL},
		{type, B "\"prompt\"\r\n\r\nx\r\n" B "\"other\"\r\n\r\nx\r\n--b--\r\n", "other"},
		{type, B "\"prompt\"\r\n\r\nx\r\n" B "\"prompt\"\r\n\r\ny\r\n--b--\r\n", "prompt"},
		{type, "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", NULL},
		{type, "junk" B "\"prompt\"\r\n\r\nx\r\n--b--\r\n", NULL},
		{type, B "\"prompt\"\r\n\r\nx\r\n--b--\r\nmore", NULL},
		{type, B "\"prompt\"\r\n\r\n\r\n--b--\r\n", "prompt"},
		{type, B "\"prompt\"\r\n\r\nx\r\n" B "\"image\"; filename=\"a.png\"\r\n"
		    "Content-Type: image/png\r\n\r\nGIF?\r\n--b--\r\n", "image"},
		{type, B "\"prompt\"\r\n\r\nx\r\n" B "\"image\"; filename=\"a.svg\"\r\n"
		    "Content-Type: image/svg+xml\r\n\r\n<svg/>\r\n--b--\r\n", "image"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		refused("/api/create", cases[i].type, cases[i].body, 0, 400, cases[i].field);
	refused("/api/create", type, repeated("--b\r\nX: ", 'y', 100000, "\r\n\r\nx\r\n--b--\r\n"),
	    0, 400, NULL);
	refused("/api/create", type, repeated(B "\"image\"; filename=\"a.png\"\r\n\r\n\x89PNG\r\n\x1a\n",
	    'x', 5u << 20, "\r\n--b--\r\n"), 0, 413, "image");
	refused("/api/create", arena_fmt(&lab_arena, "%s%s", type, repeated("", 'b', 80, "")),
	    B "\"prompt\"\r\n\r\nx\r\n--b--\r\n", 0, 400, NULL);
}

static void
types_are_few(void **state)
{
	static const char *const types[] = {"text/plain", "text/html", "application/xml",
	    "application/jsonp", "application/x-ndjson", "json", "", ";", "application/json/x",
	    "text/plain; application/json", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		refused("/api/create", types[i], "{\"prompt\":\"x\"}", 0, 415, NULL);
	refused("/api/create", "application/json; charset=utf-8", "{\"prompt\":\"\"}", 0, 400,
	    "prompt");
	refused("/api/create", "Application/JSON", "{\"prompt\":\"\"}", 0, 400, "prompt");
}

static void
each_field_is_judged(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
		const char *field;
	} cases[] = {
		{"write", "{}", 400, "text"}, {"write", "{\"text\":\"\"}", 400, "text"},
		{"write", "{\"text\":1}", 400, "text"}, {"write", "{\"prompt\":\"x\"}", 400, "prompt"},
		{"restore", "{}", 400, "version"}, {"restore", "{\"version\":0}", 400, "version"},
		{"restore", "{\"version\":-1}", 400, "version"},
		{"restore", "{\"version\":1.5}", 400, "version"},
		{"restore", "{\"version\":1e300}", 400, "version"},
		{"restore", "{\"version\":[1]}", 400, "version"},
		{"restore", "{\"version\":\"1\"}", 400, "version"},
		{"restore", "{\"version\":null}", 400, "version"},
		{"restore", "{\"version\":2}", 404, "version"},
		{"rename", "{\"title\":\"\"}", 400, "title"}, {"rename", "{\"title\":5}", 400, "title"},
		{"rename", "{\"title\":\"x\",\"status\":\"active\"}", 400, "status"},
		{"cancel", "{\"x\":1}", 400, "x"}, {"cancel", "{}", 409, NULL},
		{"duplicate", "{\"x\":1}", 400, "x"}, {"delete", "{\"x\":1}", 400, "x"},
		{"terminate", "{\"admin_secret\":1}", 400, "admin_secret"},
		{"terminate", "{\"admin_secret\":\"open sesame\",\"y\":1}", 400, "y"},
		{"terminate", "{}", 400, "admin_secret"},
		{"snapshot", "{\"admin_secret\":\"open sesam\"}", 403, "admin_secret"},
		{"toggle-feature", "{\"admin_secret\":[]}", 400, "admin_secret"},
		{"write?text=x", "{\"text\":\"x\"}", 400, NULL},
	};
	struct lab_ask a = {.method = "PATCH", .uri = arena_fmt(&lab_arena, "/api/app/%s", app),
	    .type = JSON, .body = repeated("{\"title\":\"", 'x', 201, "\"}")};
	AUTO_REPLY struct lab_reply patch = lab_send(&a);

	(void)state;
	lab_is_error(&patch, 413, "title");
	for (size_t i = 0; i < COUNT(cases); i++)
		refused(arena_fmt(&lab_arena, "/api/app/%s/%s", app, cases[i].path), JSON,
		    cases[i].body, 0, cases[i].status, cases[i].field);
	refused("/api/admin/terminate-all", JSON, "{\"admin_secret\":[]}", 0, 400, "admin_secret");
}

static void
queries_are_strict(void **state)
{
	static const struct {
		const char *query;
		int status;
		const char *field;
	} cases[] = {
		{"source?version=0", 400, "version"}, {"source?version=-1", 400, "version"},
		{"source?version=x", 400, "version"}, {"source?version=", 400, "version"},
		{"source?version=1.5", 400, "version"}, {"source?version=01", 400, "version"},
		{"source?version=99999999999999999999", 400, "version"},
		{"source?version=%00", 400, "version"}, {"source?version=4", 404, "version"},
		{"source?version=1&version=2", 400, "version"}, {"source?nope=1", 400, "nope"},
		{"status?x=1", 400, "x"}, {"events?last_event_id=%ff", 400, "last_event_id"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/api/app/%s/%s", app,
		    cases[i].query));

		lab_is_error(&r, cases[i].status, cases[i].field);
	}
}

static void
odd_keys_and_marks_do_no_harm(void **state)
{
	static const char *const keys[] = {"", " ", "a b", "\xc3\xa9", "\x7f"};
	static const char *const marks[] = {"x", "../../etc/passwd.1", NO_SUCH_ID ".-1",
	    NO_SUCH_ID ".99999999999999999999", NO_SUCH_ID ".", NO_SUCH_ID ".000000001"};

	(void)state;
	for (size_t i = 0; i <= COUNT(keys); i++) {
		const char *more[] = {i < COUNT(keys) ? arena_fmt(&lab_arena,
		    "HTTP_IDEMPOTENCY_KEY=%s", keys[i]) : repeated("HTTP_IDEMPOTENCY_KEY=", 'x', 201,
		    ""), NULL};
		AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "POST",
		    .uri = "/api/create", .type = JSON, .body = "{\"prompt\":\"x\"}", .more = more});

		lab_is_error(&r, 400, NULL);
	}
	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *more[] = {arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%s", marks[i]), NULL};
		AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "GET",
		    .uri = arena_fmt(&lab_arena, "/api/app/%s/events", app), .more = more});

		assert_int_equal(r.status, 200);
		assert_non_null(strstr(r.body, "event: done"));
	}
}

static void
a_form_gets_a_page(void **state)
{
	static const char *const html[] = {HTML, NULL};
	AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "POST",
	    .uri = "/api/create", .type = FORM, .body = "prompt=+", .more = html});

	(void)state;
	assert_int_equal(r.status, 400);
	assert_string_equal(lab_header(&r, "Content-Type"), "text/html; charset=utf-8");
	assert_non_null(strstr(r.body, "The field prompt is empty."));
	assert_non_null(strstr(r.body, lab_header(&r, "X-Request-Id")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_strict),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(forms_are_strict),
		cmocka_unit_test(multipart_is_strict),
		cmocka_unit_test(types_are_few),
		cmocka_unit_test(each_field_is_judged),
		cmocka_unit_test(queries_are_strict),
		cmocka_unit_test(odd_keys_and_marks_do_no_harm),
		cmocka_unit_test(a_form_gets_a_page),
	};

	return cmocka_run_group_tests(tests, set_up, lab_tear_down);
}
