/*
 * The snapshots of notebooks by the API's own words, as plain CGI: made, forgotten and
 * restored.  The test does what keep would.
 */
#include <string.h>

#include "../../shared/store/notebook.h"
#include "../../shared/store/snapshot.h"
#include "notebooks_kit.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(snapshots_are_made_listed_and_forgotten, make_one),
		cmocka_unit_test_setup(snapshots_have_no_more_room_than_is_set, make_one),
		cmocka_unit_test_setup(what_it_sleeps_in_stays, make_one),
		cmocka_unit_test_setup(there_is_a_most_of_snapshots, make_one),
		cmocka_unit_test_setup(restore_waits_for_the_kernel, make_one),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
