/*
 * Apps by the API's own words, as plain CGI: made, shown, listed, renamed, copied and deleted.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/file.h"
#include "apps_kit.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_answers_at_once),
		cmocka_unit_test(list_holds_the_app),
		cmocka_unit_test(show_and_status),
		cmocka_unit_test(ping_says_whether_it_answers),
		cmocka_unit_test(history_is_in_order),
		cmocka_unit_test(a_key_makes_it_once),
		cmocka_unit_test(rename_and_back),
		cmocka_unit_test(duplicate_is_an_app_of_its_own),
		cmocka_unit_test(export_is_a_project),
		cmocka_unit_test(delete_is_for_good),
		cmocka_unit_test(forms_are_sent_to_the_page),
	};

	return cmocka_run_group_tests(tests, set_up, lab_tear_down);
}
