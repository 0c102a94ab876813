/*
 * The API of the assistant by its own words, as plain CGI.  The test does what author would.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/store/assist.h"
#include "../../shared/text/secret.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"
#include "lab.h"

#define WAIT_MS 20000
#define SAID(r, name) json_get_text((r).json, name)

static const struct assist_tokens tokens = {400, 30};

static char notebook[ID_SIZE], token[SECRET_TOKEN_SIZE], other[ID_SIZE];
static const char *const html[] = {HTML, NULL};
static struct err e;

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/workspaces/%s%s", notebook, rest);
}

static const char *
assist_uri(const char *assist, const char *rest)
{
	return arena_fmt(&lab_arena, "/workspaces/%s/assists/%s%s", notebook, assist, rest);
}

static void
new_notebook(char id[ID_SIZE])
{
	struct lab_reply r = lab_post("/workspaces", "{}");

	assert_int_equal(r.status, 200);
	memcpy(id, SAID(r, "id"), ID_SIZE);
	snprintf(token, sizeof(token), "%s", SAID(r, "token"));
	lab_free(&r);
}

static int
make_two(void **state)
{
	(void)state;
	lab_settings(NULL);
	arena_reset(&lab_arena);
	new_notebook(other);
	new_notebook(notebook);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	return file_mkdirs(PROGRESS_DIR, 0770, &e);
}

static const char *
ask(const char *kind, const char *json)
{
	AUTO_REPLY struct lab_reply r = lab_post(uri(kind), json);

	assert_int_equal(r.status, 202);
	assert_string_equal(SAID(r, "status"), "accepted");
	assert_string_equal(lab_header(&r, "Location"), assist_uri(SAID(r, "assist"), ""));
	return arena_dup(&lab_arena, SAID(r, "assist"));
}

static void
begin(void)
{
	assert_int_equal(db_begin(lab_db, &e), 0);
}

static void
commit(int rc, const char *id)
{
	assert_int_equal(rc, 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	bell_ring(NULL, id);
}

static void
take(const char *id)
{
	begin();
	commit(assist_start(lab_db, id, "sample", clock_wall_ms(), &e), id);
}

static void
finish(const char *id, const char *code)
{
	begin();
	/* Long ago, so that nobody waits for its progress. */
	commit(assist_finish(lab_db, id, code, "A sum.", &tokens, clock_wall_ms() - 5000, &e),
	    id);
}

static void
a_cell_is_asked_for_and_shown(void **state)
{
	const char *id = ask("/assist", "{\"prompt\":\"a sum\"}");
	AUTO_REPLY struct lab_reply r = lab_get(assist_uri(id, "")), done = {0};

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "kind"), "cell");
	assert_string_equal(SAID(r, "state"), "queued");
	assert_string_equal(SAID(r, "prompt"), "a sum");
	assert_null(SAID(r, "code"));
	assert_int_equal(json_get_int(r.json, "tokens_max", 0), ASSIST_TOKENS);
	take(id);
	finish(id, "1 + 1");
	done = lab_get(assist_uri(id, ""));
	assert_string_equal(SAID(done, "state"), "done");
	assert_string_equal(SAID(done, "code"), "1 + 1");
	assert_string_equal(SAID(done, "summary"), "A sum.");
	assert_string_equal(SAID(done, "model"), "sample");
	assert_int_equal(json_get_int(done.json, "input_tokens", 0), 400);
	assert_non_null(SAID(done, "ended_at"));
}

static void
an_agent_has_steps(void **state)
{
	const char *id = ask("/agent", "{\"goal\":\"find it\",\"steps\":3,\"tokens\":5000}");
	AUTO_REPLY struct lab_reply r = {0};
	const cJSON *steps;
	int64_t n;

	(void)state;
	take(id);
	begin();
	commit(assist_begin_step(lab_db, id, "print(1)", &tokens, &n, &e), id);
	begin();
	commit(assist_end_step(lab_db, id, "1\n", true, 61, &e), id);
	begin();
	commit(assist_begin_step(lab_db, id, "print(2)", &tokens, &n, &e), id);
	r = lab_get(assist_uri(id, ""));
	steps = json_get(r.json, "steps");
	assert_string_equal(SAID(r, "state"), "running");
	assert_int_equal(json_get_int(r.json, "steps_max", 0), 3);
	assert_int_equal(json_get_int(r.json, "tokens_max", 0), 5000);
	assert_int_equal(json_get_int(r.json, "input_tokens", 0), 800);
	assert_int_equal(cJSON_GetArraySize(steps), 2);
	assert_string_equal(json_get_text(cJSON_GetArrayItem(steps, 0), "output"), "1\n");
	assert_true(json_get_bool(cJSON_GetArrayItem(steps, 0), "success"));
	assert_int_equal(json_get_int(cJSON_GetArrayItem(steps, 0), "took_ms", 0), 61);
	assert_true(cJSON_IsNull(json_get(cJSON_GetArrayItem(steps, 1), "output")));
	assert_true(cJSON_IsNull(json_get(cJSON_GetArrayItem(steps, 1), "success")));
}

static void
it_is_cancelled_once(void **state)
{
	const char *id = ask("/assist", "{\"prompt\":\"x\"}");
	AUTO_REPLY struct lab_reply r = lab_post(assist_uri(id, "/cancel"), "{}"), late = {0};
	char (*ids)[ID_SIZE];

	(void)state;
	assert_int_equal(r.status, 202);
	assert_string_equal(SAID(r, "status"), "cancelling");
	assert_int_equal(assist_to_cancel(lab_db, &lab_arena, &ids, &e), 1);
	assert_string_equal(ids[0], id);
	begin();
	commit(assist_fail(lab_db, id, "cancelled", "Cancelled.", 0, &tokens, clock_wall_ms(),
	    &e), id);
	late = lab_post(assist_uri(id, "/cancel"), "{}");
	lab_is_error(&late, 409, NULL);
}

static void
events_are_followed(void **state)
{
	const char *id = ask("/assist", "{\"prompt\":\"x\"}");
	struct lab_running run;
	struct lab_reply r;
	const char *last[2] = {0};

	(void)state;
	assert_int_equal(progress_phase(id, "writing", "", &e), 0);
	run = lab_start(&(struct lab_ask){.method = "GET", .uri = assist_uri(id, "/events")});
	assert_int_equal(progress_add(id, "proposal", "{\"code\":\"1\"}", &e), 0);
	assert_int_equal(progress_add(id, "done", "{\"status\":\"ok\"}", &e), 0);
	bell_ring(NULL, id);
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(lab_header(&r, "Content-Type"), "text/event-stream");
	assert_non_null(strstr(r.body, "event: phase"));
	assert_non_null(strstr(r.body, "event: proposal\ndata: {\"code\":\"1\"}"));
	assert_non_null(strstr(r.body, "event: done"));
	/* Whoever has all of it is told that there is no more. */
	last[0] = arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%.*s", ID_LEN + 10,
	    strrchr(r.body, '.') - ID_LEN);
	lab_free(&r);
	take(id);
	finish(id, "1");
	r = lab_send(&(struct lab_ask){.method = "GET", .uri = assist_uri(id, "/events"),
	    .more = last});
	assert_int_equal(r.status, 204);
	lab_free(&r);
}

static void
the_store_tells_how_it_ended(void **state)
{
	const char *id = ask("/assist", "{\"prompt\":\"x\"}");
	AUTO_REPLY struct lab_reply r = {0}, failed = {0};

	(void)state;
	take(id);
	finish(id, "2 + 2");
	r = lab_get(assist_uri(id, "/events"));
	assert_non_null(strstr(r.body, "999999998\nevent: proposal\ndata: {\"code\":\"2 + 2\","
	    "\"summary\":\"A sum.\"}"));
	assert_non_null(strstr(r.body, "999999999\nevent: done\ndata: {\"status\":\"ok\"}"));
	id = ask("/agent", "{\"goal\":\"x\"}");
	begin();
	commit(assist_fail(lab_db, id, "quota", "It used up its 8 steps.", 0, &tokens,
	    clock_wall_ms() - 5000, &e), id);
	failed = lab_get(assist_uri(id, "/events"));
	assert_non_null(strstr(failed.body, "event: error\ndata: {\"detail\":\"It used up"));
	assert_non_null(strstr(failed.body, "{\"status\":\"error\"}"));
}

static void
forms_come_back_to_the_page(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "POST",
	    .uri = uri("/assist"), .type = FORM, .body = "prompt=a+sum", .more = html});

	(void)state;
	assert_int_equal(r.status, 303);
	assert_string_equal(lab_header(&r, "Location"), arena_fmt(&lab_arena, "/notebook/%s",
	    notebook));
}

static void
wrong(const char *address, const char *json, int status, const char *field)
{
	struct lab_reply r = json ? lab_post(address, json) : lab_get(address);

	lab_is_error(&r, status, field);
	lab_free(&r);
}

static void
bad_input(void **state)
{
	const char *id = ask("/assist", "{\"prompt\":\"x\"}"), *verbs[] = {"/cancel", "/accept"};
	const char *elsewhere = arena_fmt(&lab_arena, "/workspaces/%s/assists/%s", other, id);

	(void)state;
	wrong(uri("/assist"), "{}", 400, "prompt");
	wrong(uri("/assist"), "{\"prompt\":\" \"}", 400, "prompt");
	wrong(uri("/assist"), "{\"prompt\":\"x\",\"steps\":1}", 400, "steps");
	wrong(uri("/agent"), "{\"goal\":\"x\",\"steps\":31}", 400, "steps");
	wrong(uri("/agent"), "{\"goal\":\"x\",\"steps\":0}", 400, "steps");
	wrong(uri("/agent"), "{\"goal\":\"x\",\"tokens\":999}", 400, "tokens");
	wrong("/workspaces/" NO_SUCH_ID "/assist", "{\"prompt\":\"x\"}", 404, NULL);
	wrong(assist_uri(NO_SUCH_ID, ""), NULL, 404, NULL);
	wrong(assist_uri("no-id", ""), NULL, 404, NULL);
	wrong(assist_uri(NO_SUCH_ID, "/events"), NULL, 404, NULL);
	wrong(elsewhere, NULL, 404, NULL);
	for (size_t i = 0; i < COUNT(verbs); i++) {
		wrong(assist_uri(NO_SUCH_ID, verbs[i]), "{}", 404, NULL);
		wrong(arena_fmt(&lab_arena, "%s%s", elsewhere, verbs[i]), "{}", 404, NULL);
	}
	wrong(assist_uri(id, "/accept"), "{}", 409, NULL);
	wrong(assist_uri(id, "/accept"), "{\"run\":\"maybe\"}", 400, "run");
	for (int i = 0; i < ASSIST_WAITING_MAX; i++)
		ask("/assist", "{\"prompt\":\"more\"}");
	wrong(uri("/assist"), "{\"prompt\":\"x\"}", 429, NULL);
}

static void
a_wrong_token_is_refused(void **state)
{
	const char *right[] = {arena_fmt(&lab_arena, "HTTP_AUTHORIZATION=Bearer %s", token),
	    NULL}, *bad[] = {arena_fmt(&lab_arena, "HTTP_AUTHORIZATION=Bearer 1%s", token + 1),
	    NULL};	/* no token has a 1 in it */
	struct lab_ask a = {.method = "POST", .uri = uri("/assist"), .type = JSON,
	    .body = "{\"prompt\":\"x\"}", .more = bad};
	struct lab_reply r = lab_send(&a);

	(void)state;
	assert_int_equal(r.status, 401);
	lab_free(&r);
	a.more = right;
	r = lab_send(&a);
	assert_int_equal(r.status, 202);
	lab_free(&r);
}

#define TEST(name) cmocka_unit_test_setup(name, make_two)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cell_is_asked_for_and_shown),
		TEST(an_agent_has_steps),
		TEST(it_is_cancelled_once),
		TEST(events_are_followed),
		TEST(the_store_tells_how_it_ended),
		TEST(forms_come_back_to_the_page),
		TEST(bad_input),
		TEST(a_wrong_token_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, lab_tear_down);
}
