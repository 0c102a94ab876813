/*
 * The sleep of notebooks by the API's own words, as plain CGI: asked for, ended and held
 * off.  The test does what keep would.
 */
#include <string.h>

#include "../../shared/store/notebook.h"
#include "notebooks_kit.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sleep_waits_until_it_sleeps, make_one),
		cmocka_unit_test_setup(wake_waits_until_it_runs, make_one),
		cmocka_unit_test_setup(hold_has_an_end, make_one),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
