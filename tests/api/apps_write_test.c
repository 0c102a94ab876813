/*
 * The versions of apps by the API's own words, as plain CGI: written, waited for, followed,
 * cancelled and restored.  The test does what author and keep would.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/wire/progress.h"
#include "apps_kit.h"

static struct lab_running
start_write(const char *text, const char *const *more)
{
	const char *body = arena_fmt(&lab_arena, "{\"text\":\"%s\"}", text);

	return lab_start(&(struct lab_ask){.method = "POST", .uri = uri("/write"), .type = JSON,
	    .body = body, .more = more});
}

static void
write_waits_for_the_version(void **state)
{
	struct lab_running run = start_write("Make it two", NULL);
	AUTO_REPLY struct lab_reply r = {0};

	(void)state;
	lab_wait_jobs(app, 1);
	lab_work(app, "export default function LLMComponent() { return <p>Two</p>; }\n");
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(r.json, "status"), "ok");
	assert_string_equal(json_get_text(r.json, "app_id"), app);
	assert_int_equal(json_get_int(r.json, "version", 0), 2);
}

static void
write_tells_each_failure(void **state)
{
	static const struct {
		const char *kind;
		int status;
		bool is_error;
	} cases[] = {
		{"compile", 200, false}, {"answer", 200, false}, {"cancelled", 409, true},
		{"quota", 429, true}, {"upstream", 502, true}, {"busy", 503, true},
		{"timeout", 504, true}, {"auth", 502, true}, {"input", 502, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = start_write("Fail", NULL);
		AUTO_REPLY struct lab_reply r = {0};

		lab_wait_jobs(app, 1);
		lab_fail(app, cases[i].kind, "It went wrong for a reason.");
		r = lab_finish(&run);
		assert_string_equal(json_get_text(r.json, "status"), "error");
		assert_string_equal(json_get_text(r.json, "message"), "It went wrong for a reason.");
		assert_int_equal(r.status, cases[i].status);
		if (cases[i].is_error)
			lab_is_error(&r, cases[i].status, NULL);
		if (r.status == 429)
			assert_string_equal(lab_header(&r, "Retry-After"), "7");
	}
}

static void
write_answers_later_if_asked(void **state)
{
	static const char *const later[] = {"HTTP_PREFER=wait=1, respond-async", NULL};
	struct lab_running run = start_write("Later", later);
	AUTO_REPLY struct lab_reply r = lab_finish(&run), stream = {0};
	char place[400];

	(void)state;
	assert_int_equal(r.status, 202);
	snprintf(place, sizeof(place), "%s", lab_header(&r, "Location"));
	assert_non_null(strstr(place, lab_job(app)));
	lab_work(app, "export default function LLMComponent() { return <p>Later</p>; }\n");
	stream = lab_get(place);
	assert_int_equal(stream.status, 200);
	assert_non_null(strstr(stream.body, "event: done\ndata: {\"status\":\"ok\"}\n\n"));
}

static void
five_writes_are_too_many(void **state)
{
	static const char *const later[] = {"HTTP_PREFER=respond-async", NULL};
	AUTO_REPLY struct lab_reply full = {0};

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct lab_running run = start_write("Queue", later);
		struct lab_reply r = lab_finish(&run);

		if (i == 4)
			full = r;
		else
			assert_int_equal(r.status, 202);
		if (i < 4)
			lab_free(&r);
	}
	lab_is_error(&full, 429, NULL);
	assert_string_equal(json_get_text(full.json, "status"), "error");
	assert_string_equal(lab_header(&full, "Retry-After"), "10");
	for (int i = 0; i < 4; i++)
		lab_fail(app, "cancelled", "Enough.");
}

static void
a_key_waits_for_its_twin(void **state)
{
	static const char *const key[] = {"HTTP_IDEMPOTENCY_KEY=k-2", NULL};
	struct lab_running one = start_write("Twins", key), two;
	AUTO_REPLY struct lab_reply a = {0}, b = {0};

	(void)state;
	lab_wait_jobs(app, 1);
	two = start_write("Twins", key);
	lab_work(app, "export default function LLMComponent() { return <p>Twins</p>; }\n");
	a = lab_finish(&one);
	b = lab_finish(&two);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, b.body);
	lab_wait_jobs(app, 0);
}

static void
versions_and_source(void **state)
{
	AUTO_REPLY struct lab_reply v = lab_get(uri("/versions")), s = lab_get(uri("/source")),
	    one = lab_get(uri("/source?version=1")), none = lab_get(uri("/source?version=99"));
	const cJSON *list = json_get(v.json, "versions"), *last;
	int n = cJSON_GetArraySize(list);

	(void)state;
	last = cJSON_GetArrayItem(list, n - 1);
	assert_true(n >= 2);
	assert_int_equal(json_get_int(last, "version", 0), n);
	assert_true(json_get_bool(last, "current"));
	assert_false(json_get_bool(cJSON_GetArrayItem(list, 0), "current"));
	assert_string_equal(json_get_text(last, "verdict"), "good");
	assert_string_equal(json_get_text(last, "author"), "local");
	assert_int_equal(json_get_int(s.json, "version", 0), n);
	assert_non_null(strstr(json_get_text(json_get(one.json, "files"), "src/LLMComponent.tsx"),
	    "<p>One</p>"));
	lab_is_error(&none, 404, "version");
}

static void
restore_makes_a_new_version(void **state)
{
	struct lab_running run = lab_start(&(struct lab_ask){.method = "POST",
	    .uri = uri("/restore"), .type = JSON, .body = "{\"version\":1}"});
	AUTO_REPLY struct lab_reply r = {0}, s = {0}, none = {0};

	(void)state;
	lab_wait_jobs(app, 1);
	lab_work(app, "");
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	s = lab_get(uri("/source"));
	assert_string_equal(r.body, arena_fmt(&lab_arena, "{\"status\":\"ok\",\"version\":%d}",
	    (int)json_get_int(s.json, "version", 0)));
	assert_non_null(strstr(s.body, "<p>One</p>"));
	none = lab_post(uri("/restore"), "{\"version\":99}");
	lab_is_error(&none, 404, "version");
	lab_wait_jobs(app, 0);
}

static void
cancel_marks_the_job(void **state)
{
	static const char *const later[] = {"HTTP_PREFER=respond-async", NULL};
	struct lab_running run = start_write("Stop me", later);
	AUTO_REPLY struct lab_reply w = lab_finish(&run), r = lab_post(uri("/cancel"), "{}"),
	    none = {0};
	struct job j;
	struct err e;

	(void)state;
	assert_int_equal(w.status, 202);
	assert_int_equal(r.status, 202);
	assert_int_equal(job_get(lab_db, lab_job(app), &lab_arena, &j, &e), 0);
	assert_true(j.wants_cancel);
	lab_fail(app, "cancelled", "Cancelled.");
	none = lab_post(uri("/cancel"), "");
	lab_is_error(&none, 409, NULL);
}

static void
events_replay_and_end(void **state)
{
	static const char *const later[] = {"HTTP_PREFER=respond-async", NULL};
	const char *after[] = {NULL, NULL};
	struct lab_ask a = {.method = "GET", .uri = uri("/events"), .more = after};
	struct lab_running run = start_write("Stream", later);
	AUTO_REPLY struct lab_reply w = lab_finish(&run), all = {0}, rest = {0}, over = {0},
	    gone = {0};
	char job[ID_SIZE];
	const char *second;
	struct err e;

	(void)state;
	assert_int_equal(w.status, 202);
	memcpy(job, lab_job(app), ID_SIZE);
	assert_int_equal(progress_phase(job, "writing", "wrote 4 lines", &e), 0);
	run = lab_start(&(struct lab_ask){.method = "GET", .uri = uri("/events")});
	assert_int_equal(progress_add(job, "token", "{\"text\":\"abc\"}", &e), 0);
	lab_work(app, "export default function LLMComponent() { return <p>One</p>; }\n");
	assert_int_equal(progress_add(job, "done", "{\"status\":\"ok\"}", &e), 0);
	all = lab_finish(&run);
	assert_int_equal(all.status, 200);
	assert_string_equal(lab_header(&all, "Content-Type"), "text/event-stream");
	assert_int_equal(strncmp(all.body, "id: ", 4), 0);
	assert_non_null(strstr(all.body, "event: token\ndata: {\"text\":\"abc\"}\n\n"));
	second = strstr(all.body, "\n\n") + 2;

	after[0] = arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%.36s", all.body + 4);
	rest = lab_send(&a);
	assert_string_equal(rest.body, second);

	after[0] = arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%.36s",
	    strstr(all.body, "event: done") - 37);
	over = lab_send(&a);
	assert_int_equal(over.status, 204);

	/* Its file is gone, as after a restart: the store tells, once. */
	progress_remove(job);
	after[0] = arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%s.000000010", job);
	gone = lab_send(&a);
	assert_non_null(strstr(gone.body, "event: version"));
	assert_non_null(strstr(gone.body, "event: done"));
	lab_free(&over);
	after[0] = arena_fmt(&lab_arena, "HTTP_LAST_EVENT_ID=%s.999999999", job);
	over = lab_send(&a);
	assert_int_equal(over.status, 204);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(write_waits_for_the_version),
		cmocka_unit_test(write_tells_each_failure),
		cmocka_unit_test(write_answers_later_if_asked),
		cmocka_unit_test(five_writes_are_too_many),
		cmocka_unit_test(a_key_waits_for_its_twin),
		cmocka_unit_test(versions_and_source),
		cmocka_unit_test(restore_makes_a_new_version),
		cmocka_unit_test(cancel_marks_the_job),
		cmocka_unit_test(events_replay_and_end),
	};

	return cmocka_run_group_tests(tests, set_up, lab_tear_down);
}
