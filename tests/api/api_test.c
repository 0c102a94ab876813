/*
 * The API by its own words: each address once and more, as plain CGI.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/wire/progress.h"
#include "lab.h"

static char app[ID_SIZE];
static const char *const admin[] = {"ADMIN_SECRET=open sesame", NULL};

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/api/app/%s%s", app, rest);
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	memcpy(app, lab_app("A counter that counts"), ID_SIZE);
	lab_settings(admin);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	lab_close();
	return 0;
}

static void
create_answers_at_once(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_post("/api/create",
	    "{\"prompt\":\"A timer\\nwith  presets\",\"user_id\":\"u1\"}");
	const char *id = json_get_text(r.json, "app_id");
	struct workspace w;
	struct job j;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(r.json, "status"), "created");
	assert_true(id_is_valid(id));
	assert_int_equal(workspace_get(lab_db, id, &lab_arena, &w, &e), 0);
	assert_string_equal(w.title, "A timer with presets");
	assert_string_equal(w.user_id, "u1");
	assert_string_equal(w.owner, "local");
	assert_string_equal(workspace_status(&w), "created");
	assert_int_equal(job_get(lab_db, lab_job(id), &lab_arena, &j, &e), 0);
	assert_string_equal(j.prompt, "A timer\nwith  presets");
	assert_string_equal(j.state, "queued");
}

static void
list_holds_the_app(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_get("/api/apps");
	const cJSON *a = json_get(json_get(r.json, "apps"), app);

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(a, "url"),
	    arena_fmt(&lab_arena, "http://%s.localhost:8080/", app));
	assert_string_equal(json_get_text(a, "title"), "A counter that counts");
	assert_true(cJSON_IsFalse(json_get(a, "is_featured")));
	assert_int_equal(json_get_int(a, "version", -1), 1);
	assert_string_equal(json_get_text(a, "status"), "active");
}

static void
show_and_status(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_get(uri("")), s = lab_get(uri("/status"));

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(r.json, "app_id"), app);
	assert_string_equal(json_get_text(r.json, "status"), "active");
	assert_int_equal(strlen(json_get_text(r.json, "created_at")), 20);
	assert_non_null(json_get_text(r.json, "updated_at"));
	assert_string_equal(s.body, "{\"status\":\"active\"}");
}

static void
ping_says_whether_it_answers(void **state)
{
	AUTO_REPLY struct lab_reply asleep = lab_get(uri("/ping")), r = {0};
	struct err e;

	(void)state;
	assert_int_equal(asleep.status, 200);
	assert_string_equal(json_get_text(asleep.json, "status"), "ok");
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(workspace_set_terminated(lab_db, app, 5, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	r = lab_get(uri("/ping"));
	lab_is_error(&r, 500, NULL);
	assert_string_equal(json_get_text(r.json, "status"), "error");
	assert_non_null(json_get_text(r.json, "message"));
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(workspace_set_terminated(lab_db, app, 0, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
}

static void
history_is_in_order(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_get(uri("/history"));
	const cJSON *h = json_get(r.json, "message_history");

	(void)state;
	assert_string_equal(lab_header(&r, "Cache-Control"), "no-store");
	assert_true(cJSON_GetArraySize(h) >= 2);
	assert_string_equal(json_get_text(cJSON_GetArrayItem(h, 0), "type"), "user");
	assert_string_equal(json_get_text(cJSON_GetArrayItem(h, 0), "content"),
	    "A counter that counts");
	assert_string_equal(json_get_text(cJSON_GetArrayItem(h, 1), "type"), "assistant");
}

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
a_key_makes_it_once(void **state)
{
	static const char *const key[] = {"HTTP_IDEMPOTENCY_KEY=k-1", NULL};
	struct lab_ask a = {.method = "POST", .uri = "/api/create", .type = JSON,
	    .body = "{\"prompt\":\"Once\"}", .more = key};
	AUTO_REPLY struct lab_reply first = lab_send(&a), second = {0}, form = {0}, other = {0};

	(void)state;
	assert_int_equal(first.status, 200);
	a.body = " { \"prompt\" : \"\\u004fnce\" } ";
	second = lab_send(&a);
	assert_string_equal(second.body, first.body);
	a.type = FORM;
	a.body = "prompt=Once";
	form = lab_send(&a);
	assert_string_equal(form.body, first.body);
	a.body = "prompt=Twice";
	other = lab_send(&a);
	lab_is_error(&other, 409, NULL);
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
rename_and_back(void **state)
{
	struct lab_ask a = {.method = "PATCH", .uri = uri(""), .type = JSON,
	    .body = "{\"title\":\"Ein schöner Name 茶\"}"};
	static const char *const html[] = {HTML, "HTTP_REFERER=http://localhost:8080/apps?q=x",
	    NULL};
	AUTO_REPLY struct lab_reply r = lab_send(&a), form = {0};
	struct workspace w;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_int_equal(workspace_get(lab_db, app, &lab_arena, &w, &e), 0);
	assert_string_equal(w.title, "Ein schöner Name 茶");
	a = (struct lab_ask){.method = "POST", .uri = uri("/rename"), .type = FORM,
	    .body = "title=A+counter+that+counts", .more = html};
	form = lab_send(&a);
	assert_int_equal(form.status, 303);
	assert_string_equal(lab_header(&form, "Location"), "/apps?q=x");
}

static void
duplicate_is_an_app_of_its_own(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_post(uri("/duplicate"), "{}"), s = {0};
	char copy[ID_SIZE];

	(void)state;
	assert_int_equal(r.status, 200);
	memcpy(copy, json_get_text(r.json, "app_id"), ID_SIZE);
	assert_string_not_equal(copy, app);
	lab_work(copy, "");
	s = lab_get(arena_fmt(&lab_arena, "/api/app/%s/source", copy));
	assert_int_equal(json_get_int(s.json, "version", 0), 1);
	assert_non_null(strstr(s.body, "<p>One</p>"));
}

static void
export_is_a_project(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_get(uri("/export"));
	char list[8192] = "", path[] = "/run/carrel/export.tar.gz";
	struct err e;
	FILE *tar;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(lab_header(&r, "Content-Type"), "application/gzip");
	assert_non_null(strstr(lab_header(&r, "Content-Disposition"), "attachment; filename="));
	assert_int_equal(file_write(path, r.body, r.len, 0600, &e), 0);
	tar = popen("tar -tzf /run/carrel/export.tar.gz && tar -xzOf /run/carrel/export.tar.gz "
	    "--wildcards '*/src/LLMComponent.tsx'", "r");
	assert_non_null(tar);
	assert_true(fread(list, 1, sizeof(list) - 1, tar) > 0);
	assert_int_equal(pclose(tar), 0);
	assert_non_null(strstr(list, arena_fmt(&lab_arena, "%s/package.json\n", app)));
	assert_non_null(strstr(list, "/src/main.tsx\n"));
	assert_non_null(strstr(list, "<p>One</p>"));
	assert_null(strstr(list, "node_modules"));
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
admin_endpoints(void **state)
{
	static const char secret[] = "{\"admin_secret\":\"open sesame\"}";
	AUTO_REPLY struct lab_reply wrong = lab_post(uri("/terminate"),
	    "{\"admin_secret\":\"x\"}"), off = {0}, t, s, f, f2, all, status;

	(void)state;
	lab_is_error(&wrong, 403, "admin_secret");
	lab_settings(NULL);
	off = lab_post(uri("/terminate"), secret);
	lab_is_error(&off, 503, NULL);
	lab_settings(admin);
	t = lab_post(uri("/terminate"), secret);
	assert_int_equal(t.status, 200);
	assert_string_equal(json_get_text(t.json, "status"), "success");
	status = lab_get(uri("/status"));
	assert_string_equal(status.body, "{\"status\":\"terminated\"}");
	s = lab_post(uri("/snapshot"), secret);
	assert_non_null(strchr(json_get_text(s.json, "image"), '@'));
	f = lab_post(uri("/toggle-feature"), secret);
	f2 = lab_post(uri("/toggle-feature"), secret);
	assert_true(cJSON_IsTrue(json_get(f.json, "is_featured")));
	assert_true(cJSON_IsFalse(json_get(f2.json, "is_featured")));
	all = lab_post("/api/admin/terminate-all", secret);
	assert_true(json_get_int(all.json, "terminated", 0) >= 1);
	assert_int_equal(json_get_int(all.json, "failed", -1), 0);
}

static void
delete_is_for_good(void **state)
{
	struct lab_ask a = {.method = "DELETE"};
	AUTO_REPLY struct lab_reply r = {0}, again = {0}, form = {0};
	static const char *const html[] = {HTML, NULL};
	char other[ID_SIZE];

	(void)state;
	memcpy(other, lab_app("Short-lived"), ID_SIZE);
	a.uri = arena_fmt(&lab_arena, "/api/app/%s", other);
	r = lab_send(&a);
	assert_string_equal(r.body, arena_fmt(&lab_arena,
	    "{\"status\":\"deleted\",\"app_id\":\"%s\"}", other));
	again = lab_send(&a);
	lab_is_error(&again, 404, NULL);
	memcpy(other, lab_app("Short-lived, too"), ID_SIZE);
	form = lab_send(&(struct lab_ask){.method = "POST", .type = FORM, .body = "", .more = html,
	    .uri = arena_fmt(&lab_arena, "/api/app/%s/delete", other)});
	assert_int_equal(form.status, 303);
	assert_string_equal(lab_header(&form, "Location"), "/apps");
}

static void
forms_are_sent_to_the_page(void **state)
{
	static const char *const html[] = {HTML, "HTTP_ORIGIN=http://localhost:8080",
	    "HTTP_SEC_FETCH_SITE=same-origin", NULL};
	static const char multi[] = "--B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\n"
	    "With a picture\r\nof it\r\n--B\r\nContent-Disposition: form-data; name=\"image\"; "
	    "filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\nrest\r\n--B--\r\n";
	struct lab_ask a = {.method = "POST", .uri = "/api/create",
	    .type = "multipart/form-data; boundary=B", .body = multi, .more = html};
	AUTO_REPLY struct lab_reply r = lab_send(&a);
	struct job_image image;
	struct job j;
	struct err e;
	const char *page;

	(void)state;
	assert_int_equal(r.status, 303);
	page = lab_header(&r, "Location");
	assert_int_equal(strncmp(page, "/app/", 5), 0);
	assert_int_equal(job_get(lab_db, lab_job(page + 5), &lab_arena, &j, &e), 0);
	assert_string_equal(j.prompt, "With a picture\nof it");
	assert_int_equal(job_get_image(lab_db, j.id, &lab_arena, &image, &e), 0);
	assert_string_equal(image.type, "image/png");
	assert_int_equal(image.len, 12);
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

static void
health_looks_at_each_part(void **state)
{
	AUTO_REPLY struct lab_reply down = lab_get("/health");
	const cJSON *parts = json_get(down.json, "parts");

	(void)state;
	assert_int_equal(down.status, 503);
	assert_string_equal(json_get_text(json_get(parts, "store"), "status"), "ok");
	assert_string_equal(json_get_text(json_get(parts, "keep"), "status"), "down");
	assert_non_null(json_get_text(json_get(parts, "disk"), "detail"));
	assert_non_null(json_get(parts, "author"));
	assert_non_null(json_get(parts, "gate"));
	assert_non_null(json_get(parts, "model"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_answers_at_once),
		cmocka_unit_test(list_holds_the_app),
		cmocka_unit_test(show_and_status),
		cmocka_unit_test(ping_says_whether_it_answers),
		cmocka_unit_test(history_is_in_order),
		cmocka_unit_test(write_waits_for_the_version),
		cmocka_unit_test(write_tells_each_failure),
		cmocka_unit_test(write_answers_later_if_asked),
		cmocka_unit_test(five_writes_are_too_many),
		cmocka_unit_test(a_key_makes_it_once),
		cmocka_unit_test(a_key_waits_for_its_twin),
		cmocka_unit_test(versions_and_source),
		cmocka_unit_test(restore_makes_a_new_version),
		cmocka_unit_test(rename_and_back),
		cmocka_unit_test(duplicate_is_an_app_of_its_own),
		cmocka_unit_test(export_is_a_project),
		cmocka_unit_test(cancel_marks_the_job),
		cmocka_unit_test(delete_is_for_good),
		cmocka_unit_test(forms_are_sent_to_the_page),
		cmocka_unit_test(events_replay_and_end),
		cmocka_unit_test(health_looks_at_each_part),
		cmocka_unit_test(admin_endpoints),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
