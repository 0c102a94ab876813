/*
 * Notebooks by the API's own words, as plain CGI: made, shown, listed, changed and deleted.
 */
#include <string.h>

#include "../../shared/store/notebook.h"
#include "notebooks_kit.h"

static const struct source_file *
file_of(const char *id, const char *path)
{
	struct source *s = arena_new(&lab_arena, sizeof(*s));
	struct err e;

	assert_int_equal(notebook_files(lab_db, id, &lab_arena, s, &e), 0);
	return source_find(s, path);
}

static void
create_needs_nothing(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "POST",
	    .uri = "/workspaces"}), json = lab_post("/workspaces", "{}");
	const char *id = SAID(r, "id");
	unsigned char hash[SECRET_HASH_BYTES];
	struct workspace w;
	struct notebook n;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_int_equal(json.status, 200);
	assert_true(id_is_valid(id));
	assert_string_equal(SAID(r, "url"), arena_fmt(&lab_arena, "http://%s.localhost:8080/", id));
	assert_int_equal(strlen(SAID(r, "token")), SECRET_TOKEN_SIZE - 1);
	secret_hash(SAID(r, "token"), SECRET_TOKEN_SIZE - 1, hash);
	assert_int_equal(notebook_has_token(lab_db, id, hash, &e), 1);
	assert_int_equal(workspace_get_kind(lab_db, id, "notebook", &lab_arena, &w, &e), 0);
	assert_string_equal(w.title, "Untitled notebook");
	assert_int_equal(notebook_get(lab_db, id, &lab_arena, &n, &e), 0);
	assert_string_equal(n.template_name, "blank");
	assert_int_equal(n.disk_mb, 4096);
	assert_int_equal(n.disk_files, 200000);
	assert_non_null(strstr(file_of(id, "notebook.py")->text, "import marimo"));
	memcpy(notebook, id, ID_SIZE);
	assert_string_equal(sandbox().want, "awake");
}

static void
create_takes_what_is_said(void **state)
{
	static const char *const settings[] = {"CARREL_NOTEBOOK_DISK=64",
	    "CARREL_NOTEBOOK_FILES=999", NULL};
	AUTO_REPLY struct lab_reply r = {0}, project = lab_post("/workspaces",
	    "{\"python\":\"[project]\\nname = 'x'\\ndependencies = ['polars>=1']\\n\"}");
	struct notebook n;
	struct err e;
	const char *id;

	(void)state;
	lab_settings(settings);
	r = lab_post("/workspaces", "{\"title\":\"Sales\\n2026\",\"template\":\"data\",\"tier\":\"own\","
	    "\"python\":\"# mine\\npolars>=1.2,<2\\nrich\\n\"}");
	assert_int_equal(r.status, 200);
	id = SAID(r, "id");
	assert_int_equal(notebook_get(lab_db, id, &lab_arena, &n, &e), 0);
	assert_int_equal(n.disk_mb, 64);
	assert_int_equal(n.disk_files, 999);
	assert_non_null(strstr(file_of(id, "notebook.py")->text, "# Explore a table"));
	assert_string_equal(file_of(id, "requirements.txt")->text,
	    "# mine\npolars>=1.2,<2\nrich\n");
	assert_non_null(file_of(SAID(project, "id"), "pyproject.toml"));
	assert_null(file_of(SAID(project, "id"), "requirements.txt"));
}

static void
every_starter_is_there(void **state)
{
	static const char *const names[] = {
#define STARTER(name, title, sentence, file) name,
#include "../../cgi/notebooks/starter.def"
#undef STARTER
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO_REPLY struct lab_reply r = lab_post("/workspaces", arena_fmt(&lab_arena,
		    "{\"template\":\"%s\"}", names[i]));

		assert_int_equal(r.status, 200);
		assert_non_null(strstr(file_of(SAID(r, "id"), "notebook.py")->text, "marimo.App("));
	}
}

static void
a_key_makes_it_once(void **state)
{
	static const char *const key[] = {"HTTP_IDEMPOTENCY_KEY=n-1", NULL};
	struct lab_ask a = {.method = "POST", .uri = "/workspaces", .type = JSON,
	    .body = "{\"title\":\"Once\"}", .more = key};
	AUTO_REPLY struct lab_reply first = lab_send(&a), second = lab_send(&a), other = {0};

	(void)state;
	assert_int_equal(second.status, 200);
	assert_string_equal(SAID(second, "id"), SAID(first, "id"));
	assert_non_null(SAID(first, "token"));
	assert_true(cJSON_IsNull(json_get(second.json, "token")));
	a.body = "{\"title\":\"Twice\"}";
	other = lab_send(&a);
	lab_is_error(&other, 409, NULL);
}

static void
show_says_what_is_written(void **state)
{
	AUTO_REPLY struct lab_reply r = {0}, app = {0};
	struct err e;

	(void)state;
	set_running();
	begin();
	commit(notebook_set_disk(lab_db, notebook, 4711, &e));
	r = lab_get(uri(""));
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "id"), notebook);
	assert_string_equal(SAID(r, "title"), "One of many");
	assert_string_equal(SAID(r, "state"), "running");
	assert_string_equal(SAID(r, "kernel"), "live");
	assert_string_equal(SAID(r, "visibility"), "private");
	assert_string_equal(SAID(r, "terminal"), "off");
	assert_int_equal(json_get_int(r.json, "disk_bytes", 0), 4711);
	assert_int_equal(json_get_int(r.json, "disk_limit", 0), 4096LL << 20);
	assert_int_equal(json_get_int(r.json, "memory_limit", 0), 2048LL << 20);
	assert_int_equal(json_get_int(r.json, "snapshots", -1), 0);
	assert_true(cJSON_IsNull(json_get(r.json, "held_until")));
	/* An app is no notebook. */
	app = lab_get(arena_fmt(&lab_arena, "/workspaces/%s", lab_app("An app")));
	lab_is_error(&app, 404, NULL);
}

static bool
lists(const char *query, const char *state)
{
	AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/workspaces%s", query));
	const cJSON *row;

	assert_int_equal(r.status, 200);
	cJSON_ArrayForEach(row, json_get(r.json, "workspaces"))
		if (strcmp(json_get_text(row, "id"), notebook) == 0)
			return strcmp(json_get_text(row, "state"), state) == 0;
	return false;
}

static void
list_searches_sorts_and_filters(void **state)
{
	struct err e;

	(void)state;
	assert_true(lists("", "absent"));
	assert_true(lists("?q=of+MANY&sort=title", "absent"));
	assert_false(lists("?q=of+few", "absent"));
	assert_false(lists("?page=2", "absent"));
	assert_true(lists("?state=absent&sort=created", "absent"));
	set_running();
	assert_true(lists("?state=running", "running"));
	assert_false(lists("?state=idle", "idle"));
	begin();
	commit(sandbox_want_awake(lab_db, notebook, clock_wall_ms() - NOTEBOOK_IDLE_MS - 1000, &e));
	assert_true(lists("?state=idle", "idle"));
	assert_false(lists("?state=running", "running"));
	set_ended("hibernated", "Nobody used it.");
	assert_true(lists("?state=hibernated", "hibernated"));
}

static void
settings_change_one_by_one(void **state)
{
	static const char *const page[] = {HTML, "HTTP_REFERER=http://localhost:8080/notebooks?q=x",
	    NULL};
	struct lab_ask a = {.method = "PATCH", .uri = uri(""), .type = JSON,
	    .body = "{\"visibility\":\"public\",\"terminal\":\"on\"}"};
	AUTO_REPLY struct lab_reply r = lab_send(&a), form = {0}, form_back = {0};
	struct workspace w;
	struct notebook n;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "title"), "One of many");
	assert_string_equal(SAID(r, "visibility"), "public");
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/rename"), .type = FORM,
	    .body = "title=Gr%C3%B6%C3%9Fe", .more = html});
	assert_int_equal(form.status, 303);
	assert_string_equal(lab_header(&form, "Location"), arena_fmt(&lab_arena, "/notebook/%s",
	    notebook));
	form_back = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/rename"), .type = FORM,
	    .body = "terminal=off", .more = page});
	assert_string_equal(lab_header(&form_back, "Location"), "/notebooks?q=x");
	assert_int_equal(workspace_get(lab_db, notebook, &lab_arena, &w, &e), 0);
	assert_int_equal(notebook_get(lab_db, notebook, &lab_arena, &n, &e), 0);
	assert_string_equal(w.title, "Größe");
	assert_true(n.is_public);
	assert_false(n.has_terminal);
}

static void
delete_is_for_good(void **state)
{
	AUTO_REPLY struct lab_reply r = delete(""), again = delete(""), form = {0};

	(void)state;
	assert_string_equal(r.body, arena_fmt(&lab_arena, "{\"status\":\"terminated\",\"id\":\"%s\"}",
	    notebook));
	lab_is_error(&again, 404, NULL);
	make_one(NULL);
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/delete"), .type = FORM,
	    .body = "", .more = html});
	assert_int_equal(form.status, 303);
	assert_string_equal(lab_header(&form, "Location"), "/notebooks");
	lab_free(&again);
	again = lab_get(uri(""));
	lab_is_error(&again, 404, NULL);
}

static void
forms_lead_to_the_page(void **state)
{
	AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "POST",
	    .uri = "/workspaces", .type = FORM, .body = "template=plot&title=&python=", .more = html});
	const char *page = lab_header(&r, "Location");
	struct workspace w;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 303);
	assert_int_equal(strncmp(page, "/notebook/", 10), 0);
	assert_int_equal(workspace_get(lab_db, page + 10, &lab_arena, &w, &e), 0);
	assert_string_equal(w.title, "Interactive plot");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(create_needs_nothing, make_one),
		cmocka_unit_test_setup(create_takes_what_is_said, make_one),
		cmocka_unit_test_setup(every_starter_is_there, make_one),
		cmocka_unit_test_setup(a_key_makes_it_once, make_one),
		cmocka_unit_test_setup(show_says_what_is_written, make_one),
		cmocka_unit_test_setup(list_searches_sorts_and_filters, make_one),
		cmocka_unit_test_setup(settings_change_one_by_one, make_one),
		cmocka_unit_test_setup(delete_is_for_good, make_one),
		cmocka_unit_test_setup(forms_lead_to_the_page, make_one),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
