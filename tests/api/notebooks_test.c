/*
 * The API of notebooks by its own words, as plain CGI.  The test does what keep would.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/text/secret.h"
#include "../../shared/wire/bell.h"
#include "lab.h"

#define WAIT_MS 20000
#define SAID(r, name) json_get_text((r).json, name)

static char notebook[ID_SIZE], token[SECRET_TOKEN_SIZE];
static const char *const html[] = {HTML, NULL};

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/workspaces/%s%s", notebook, rest);
}

static struct lab_reply
post(const char *rest, const char *json)
{
	return lab_post(uri(rest), json);
}

static struct lab_reply
delete(const char *rest)
{
	return lab_send(&(struct lab_ask){.method = "DELETE", .uri = uri(rest)});
}

static struct lab_running
start(const char *rest, const char *json)
{
	return lab_start(&(struct lab_ask){.method = "POST", .uri = uri(rest), .type = JSON,
	    .body = json});
}

static void
begin(void)
{
	struct err e;

	assert_int_equal(db_begin(lab_db, &e), 0);
}

static void
commit(int rc)
{
	struct err e;

	assert_int_equal(rc, 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	bell_ring(NULL, notebook);
}

static struct sandbox
sandbox(void)
{
	struct sandbox s;
	struct err e;

	assert_int_equal(sandbox_get(lab_db, notebook, &lab_arena, &s, &e), 0);
	return s;
}

static void
set_running(void)
{
	struct err e;

	begin();
	sandbox_want_awake(lab_db, notebook, clock_wall_ms(), &e);
	commit(sandbox_set_running(lab_db, notebook, clock_wall_ms(), &e));
}

static void
set_ended(const char *state, const char *reason)
{
	struct err e;

	begin();
	commit(sandbox_set_ended(lab_db, notebook, state, reason, 1000, clock_wall_ms(), &e));
}

static void
wait_want(const char *want)
{
	int64_t end = clock_boot_ms() + WAIT_MS;

	while (strcmp(sandbox().want, want) != 0) {
		if (clock_boot_ms() > end)
			fail_msg("nobody wants it %s", want);
		poll(NULL, 0, 5);
	}
}

/* A new notebook, for the test alone, that is not started yet. */
static int
make_one(void **state)
{
	struct lab_reply r;

	(void)state;
	lab_settings(NULL);
	arena_reset(&lab_arena);
	r = lab_post("/workspaces", "{\"title\":\"One\\nof many\"}");
	assert_int_equal(r.status, 200);
	memcpy(notebook, SAID(r, "id"), ID_SIZE);
	snprintf(token, sizeof(token), "%s", SAID(r, "token"));
	lab_free(&r);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	lab_close();
	return 0;
}

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
bad_input_is_named(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
		const char *field;
	} cases[] = {
		{NULL, "{\"template\":\"nope\"}", 400, "template"},
		{NULL, "{\"template\":\"../../etc/passwd\"}", 400, "template"},
		{NULL, "{\"template\":5}", 400, "template"}, {NULL, "{\"title\":\"\"}", 400, "title"},
		{NULL, "{\"title\":[]}", 400, "title"}, {NULL, "{\"tier\":\"gold\"}", 400, "tier"},
		{NULL, "{\"python\":\"-r other.txt\"}", 400, "python"},
		{NULL, "{\"python\":\"polars\\n-e .\"}", 400, "python"},
		{NULL, "{\"python\":\"--index-url https://x\"}", 400, "python"},
		{NULL, "{\"python\":\"https://x/y.whl\"}", 400, "python"},
		{NULL, "{\"python\":\"x @ file:///etc\"}", 400, "python"},
		{NULL, "{\"python\":\"./x\"}", 400, "python"}, {NULL, "{\"python\":\" \"}", 400, "python"},
		{NULL, "{\"python\":\"a\\u0000b\"}", 400, NULL},
		{NULL, "{\"python\":\"[tool.uv]\\nindex-url='x'\"}", 400, "python"},
		{NULL, "{\"colour\":\"red\"}", 400, "colour"}, {NULL, "[]", 400, NULL},
		{"/rename", "{}", 400, "title"}, {"/rename", "{\"title\":\"\"}", 400, "title"},
		{"/rename", "{\"visibility\":\"secret\"}", 400, "visibility"},
		{"/rename", "{\"terminal\":\"maybe\"}", 400, "terminal"},
		{"/rename", "{\"terminal\":true}", 400, "terminal"},
		{"/hold", "{}", 400, "minutes"}, {"/hold", "{\"minutes\":-1}", 400, "minutes"},
		{"/hold", "{\"minutes\":1441}", 400, "minutes"},
		{"/hold", "{\"minutes\":\"5\"}", 400, "minutes"},
		{"/share", "{}", 400, "kind"}, {"/share", "{\"kind\":\"all\"}", 400, "kind"},
		{"/restore", "{}", 400, "snapshot"},
		{"/restore", "{\"snapshot\":\"x\"}", 404, "snapshot"},
		{"/restore", "{\"snapshot\":\"" NO_SUCH_ID "\"}", 404, "snapshot"},
		{"/forget", "{\"snapshot\":\"" NO_SUCH_ID "\"}", 404, NULL},
		{"/unshare", "{\"share\":\"" NO_SUCH_ID "\"}", 404, NULL},
		{"/run", "{}", 400, "code"}, {"/run", "{\"code\":\"\"}", 400, "code"},
		{"/run", "{\"code\":1}", 400, "code"},
		{"/run", "{\"code\":\"x\",\"timeout\":0}", 400, "timeout"},
		{"/run", "{\"code\":\"x\",\"timeout\":601}", 400, "timeout"},
		{"/sleep", "{\"x\":1}", 400, "x"}, {"/wake", "{\"x\":1}", 400, "x"},
		{"/snapshot", "{\"x\":1}", 400, "x"}, {"/snapshot", "{}", 409, NULL},
		{"/token", "{\"x\":1}", 400, "x"}, {"/delete", "{\"x\":1}", 400, "x"},
		{"/nope", "{}", 404, NULL},
	};
	int64_t before, after, awake;
	struct err e;

	(void)state;
	assert_int_equal(workspace_count(lab_db, "notebook", &before, &awake, &e), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply r = lab_post(cases[i].path ? uri(cases[i].path) :
		    "/workspaces", cases[i].body);

		if (r.status != cases[i].status)
			fail_msg("%s %s: %d %s", cases[i].path, cases[i].body, r.status, r.body);
		lab_is_error(&r, cases[i].status, cases[i].field);
	}
	assert_int_equal(workspace_count(lab_db, "notebook", &after, &awake, &e), 0);
	assert_int_equal(after, before);
}

static void
queries_are_judged(void **state)
{
	static const struct {
		const char *query, *field;
	} cases[] = {
		{"/workspaces?sort=size", "sort"}, {"/workspaces?state=tired", "state"},
		{"/workspaces?page=0", "page"}, {"/workspaces?page=x", "page"},
		{"/workspaces?nope=1", "nope"},
	};
	AUTO_REPLY struct lab_reply as = lab_get(arena_fmt(&lab_arena, "/open/%s?as=root", notebook));

	(void)state;
	lab_is_error(&as, 400, "as");
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(cases[i].query);

		lab_is_error(&r, 400, cases[i].field);
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
sleep_waits_until_it_sleeps(void **state)
{
	struct lab_running run;
	AUTO_REPLY struct lab_reply r = {0}, again = {0}, failed = {0}, woken = {0}, later = {0};
	static const char *const async[] = {"HTTP_PREFER=respond-async", NULL};

	(void)state;
	set_running();
	run = start("/sleep", "{}");
	wait_want("asleep");
	set_ended("hibernated", "Put to sleep by hand.");
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "status"), "asleep");
	assert_string_equal(SAID(r, "state"), "hibernated");
	assert_string_equal(SAID(r, "reason"), "Put to sleep by hand.");
	again = post("/sleep", "");
	assert_int_equal(again.status, 200);
	set_running();
	run = start("/sleep", "{}");
	wait_want("asleep");
	set_ended("failed", "The disk is full.");
	failed = lab_finish(&run);
	lab_is_error(&failed, 409, NULL);
	assert_non_null(strstr(SAID(failed, "detail"), "The disk is full."));
	set_running();
	run = start("/sleep", "{}");
	wait_want("asleep");
	set_running();
	woken = lab_finish(&run);
	lab_is_error(&woken, 409, NULL);
	later = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/sleep"), .more = async});
	assert_int_equal(later.status, 202);
	assert_string_equal(lab_header(&later, "Location"), uri(""));
}

static void
wake_waits_until_it_runs(void **state)
{
	struct lab_running run;
	AUTO_REPLY struct lab_reply r = {0}, failed = {0}, form = {0}, gone = {0};

	(void)state;
	set_ended("hibernated", "");
	run = start("/wake", "{}");
	wait_want("awake");
	set_running();
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "status"), "awake");
	assert_string_equal(SAID(r, "state"), "running");
	set_ended("absent", "");
	run = start("/wake", "{}");
	wait_want("awake");
	set_ended("failed", "There is no memory.");
	failed = lab_finish(&run);
	lab_is_error(&failed, 503, NULL);
	assert_non_null(strstr(SAID(failed, "detail"), "There is no memory."));
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/wake"), .type = FORM,
	    .body = "", .more = html});
	assert_int_equal(form.status, 303);
	set_ended("absent", "");
	run = start("/wake", "{}");
	wait_want("awake");
	{
		AUTO_REPLY struct lab_reply deleted = delete("");

		assert_int_equal(deleted.status, 200);
	}
	gone = lab_finish(&run);
	lab_is_error(&gone, 404, NULL);
}

static const char *
wait_snapshot(void)
{
	int64_t end = clock_boot_ms() + WAIT_MS;
	char *id = arena_new(&lab_arena, ID_SIZE);
	struct err e;

	while (snapshot_wanted(lab_db, notebook, id, &e) != 1) {
		if (clock_boot_ms() > end)
			fail_msg("nobody wants a snapshot");
		poll(NULL, 0, 5);
	}
	return id;
}

/* Keep's part of one that succeeds. */
static const char *
snap(void)
{
	struct lab_running run = start("/snapshot", "{}");
	const char *id = wait_snapshot();
	struct lab_reply r;
	struct err e;

	begin();
	commit(snapshot_set_made(lab_db, id, 12345, clock_wall_ms(), &e));
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, arena_fmt(&lab_arena, "{\"snapshot\":\"%s\",\"bytes\":12345}", id));
	lab_free(&r);
	return id;
}

static void
snapshots_are_made_listed_and_forgotten(void **state)
{
	struct lab_running run;
	AUTO_REPLY struct lab_reply failed = {0}, list = {0}, gone = {0}, again = {0}, form = {0};
	const char *first, *second, *id;
	struct err e;

	(void)state;
	set_running();
	first = snap();
	second = snap();
	run = start("/snapshot", "{}");
	id = wait_snapshot();
	begin();
	commit(snapshot_set_failed(lab_db, id, "It holds 3 GB, which is too much.", clock_wall_ms(),
	    &e));
	failed = lab_finish(&run);
	lab_is_error(&failed, 409, NULL);
	assert_non_null(strstr(SAID(failed, "detail"), "It holds 3 GB"));
	list = lab_get(uri("/snapshots"));
	assert_int_equal(cJSON_GetArraySize(json_get(list.json, "snapshots")), 3);
	gone = delete(arena_fmt(&lab_arena, "/snapshots/%s", first));
	assert_int_equal(gone.status, 200);
	again = delete(arena_fmt(&lab_arena, "/snapshots/%s", first));
	lab_is_error(&again, 404, NULL);
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/forget"), .type = FORM,
	    .body = arena_fmt(&lab_arena, "snapshot=%s", second), .more = html});
	assert_int_equal(form.status, 303);
	/* Of another notebook: as if it were not there. */
	id = snap();
	make_one(NULL);
	lab_free(&again);
	again = delete(arena_fmt(&lab_arena, "/snapshots/%s", id));
	lab_is_error(&again, 404, NULL);
}

static void
snapshots_have_no_more_room_than_is_set(void **state)
{
	char id[ID_SIZE];
	AUTO_REPLY struct lab_reply r = {0};
	struct err e;

	(void)state;
	set_running();
	id_new(id);
	begin();
	assert_int_equal(snapshot_add(lab_db, id, notebook, "hand", 1, &e), 0);
	commit(snapshot_set_made(lab_db, id, INT64_C(9) << 30, 2, &e));
	r = lab_post(uri("/snapshot"), "{}");
	lab_is_error(&r, 409, NULL);
	assert_non_null(strstr(SAID(r, "detail"), "take 9216 MB, and there is room for 8192 MB"));
}

static void
what_it_sleeps_in_stays(void **state)
{
	char id[ID_SIZE];
	AUTO_REPLY struct lab_reply r = {0}, show = {0};
	struct err e;

	(void)state;
	id_new(id);
	set_ended("hibernated", "");
	begin();
	assert_int_equal(snapshot_add(lab_db, id, notebook, "sleep", 1, &e), 0);
	assert_int_equal(snapshot_set_made(lab_db, id, 1, 2, &e), 0);
	commit(sandbox_set_image(lab_db, notebook, id, &e));
	r = delete(arena_fmt(&lab_arena, "/snapshots/%s", id));
	lab_is_error(&r, 409, NULL);
	show = lab_get(uri(""));
	assert_string_equal(SAID(show, "kernel"), "saved");
	assert_int_equal(json_get_int(show.json, "snapshots", -1), 0);
}

static void
there_is_a_most_of_snapshots(void **state)
{
	AUTO_REPLY struct lab_reply r = {0};
	struct err e;

	(void)state;
	set_running();
	begin();
	for (int i = 0; i < SNAPSHOTS_MAX; i++) {
		char id[ID_SIZE];

		id_new(id);
		assert_int_equal(snapshot_add(lab_db, id, notebook, "hand", i, &e), 0);
	}
	commit(0);
	r = post("/snapshot", "{}");
	lab_is_error(&r, 409, NULL);
}

static void
restore_waits_for_the_kernel(void **state)
{
	struct lab_running run;
	AUTO_REPLY struct lab_reply r = {0}, failed = {0};
	const char *id, *json;
	struct notebook n;
	struct err e;

	(void)state;
	set_running();
	id = snap();
	json = arena_fmt(&lab_arena, "{\"snapshot\":\"%s\"}", id);
	set_ended("absent", "");
	run = start("/restore", json);
	wait_want("awake");
	assert_int_equal(notebook_get(lab_db, notebook, &lab_arena, &n, &e), 0);
	assert_string_equal(n.restore, id);
	begin();
	assert_int_equal(notebook_set_restore(lab_db, notebook, NULL, &e), 0);
	commit(sandbox_set_running(lab_db, notebook, 5, &e));
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "status"), "awake");
	set_ended("absent", "");
	run = start("/restore", json);
	wait_want("awake");
	begin();
	assert_int_equal(notebook_set_restore(lab_db, notebook, NULL, &e), 0);
	commit(sandbox_set_ended(lab_db, notebook, "failed", "It is broken.", 0, 5, &e));
	failed = lab_finish(&run);
	lab_is_error(&failed, 503, NULL);
}

static void
hold_has_an_end(void **state)
{
	AUTO_REPLY struct lab_reply r = post("/hold", "{\"minutes\":90}"), free = {0};
	int64_t now = clock_wall_ms();
	struct notebook n;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(SAID(r, "status"), "held");
	assert_int_equal(strlen(SAID(r, "held_until")), 20);
	assert_int_equal(notebook_get(lab_db, notebook, &lab_arena, &n, &e), 0);
	assert_true(n.held_until > now + 89 * 60000 && n.held_until <= now + 90 * 60000);
	free = post("/hold", "{\"minutes\":0}");
	assert_string_equal(free.body, "{\"status\":\"free\",\"held_until\":null}");
}

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
		cmocka_unit_test_setup(bad_input_is_named, make_one),
		cmocka_unit_test_setup(queries_are_judged, make_one),
		cmocka_unit_test_setup(a_key_makes_it_once, make_one),
		cmocka_unit_test_setup(show_says_what_is_written, make_one),
		cmocka_unit_test_setup(list_searches_sorts_and_filters, make_one),
		cmocka_unit_test_setup(settings_change_one_by_one, make_one),
		cmocka_unit_test_setup(delete_is_for_good, make_one),
		cmocka_unit_test_setup(sleep_waits_until_it_sleeps, make_one),
		cmocka_unit_test_setup(wake_waits_until_it_runs, make_one),
		cmocka_unit_test_setup(snapshots_are_made_listed_and_forgotten, make_one),
		cmocka_unit_test_setup(snapshots_have_no_more_room_than_is_set, make_one),
		cmocka_unit_test_setup(what_it_sleeps_in_stays, make_one),
		cmocka_unit_test_setup(there_is_a_most_of_snapshots, make_one),
		cmocka_unit_test_setup(restore_waits_for_the_kernel, make_one),
		cmocka_unit_test_setup(hold_has_an_end, make_one),
		cmocka_unit_test_setup(links_are_given_and_revoked, make_one),
		cmocka_unit_test_setup(there_is_a_most_of_links, make_one),
		cmocka_unit_test_setup(the_token_speaks_for_its_holder, make_one),
		cmocka_unit_test_setup(another_notebooks_token_is_wrong, make_one),
		cmocka_unit_test_setup(a_new_token_replaces_the_old, make_one),
		cmocka_unit_test_setup(open_gives_a_ticket, make_one),
		cmocka_unit_test_setup(forms_lead_to_the_page, make_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
