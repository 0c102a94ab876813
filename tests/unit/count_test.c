/* Counters that programs publish: from many threads, read by others, kept over a new start. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <cmocka.h>

#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/count.h"

static struct count_page page;

static int
set_up(void **state)
{
	struct err e;

	(void)state;
	/* /run/carrel is the test's own only in a mount namespace. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    file_mkdirs("/run/carrel", 0755, &e) < 0 ||
	    mount("test", "/run/carrel", "tmpfs", 0, NULL) < 0)
		return -1;
	count_add(TOTAL_connection, 1);		/* before it is open: for nobody */
	count_open("nowhere");			/* there is no folder */
	count_add(TOTAL_connection, 1);
	return file_mkdirs(COUNT_DIR, 0755, &e);
}

static void *
add_many(void *arg)
{
	for (int i = 0; i < 10000; i++) {
		count_add(TOTAL_connection, 2);
		count_span(SPAN_request_ms, i % 40);
		count_slow(i % 500, 1000000, "x", "id");
	}
	return arg;
}

static void
threads_lose_nothing(void **state)
{
	pthread_t threads[4];
	uint64_t n = 0;

	(void)state;
	assert_false(count_read("test", &page));
	count_open("test");
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_create(&threads[i], NULL, add_many, NULL);
	for (size_t i = 0; i < COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_true(count_read("test", &page));
	assert_int_equal(page.totals[TOTAL_connection], 80000);
	for (int i = 0; i <= COUNT_STEPS; i++)
		n += page.spans[SPAN_request_ms].steps[i];
	assert_int_equal(n, 40000);
	assert_int_equal(page.spans[SPAN_request_ms].steps[0], 6000);	/* 0 to 5 ms of each 40 */
	assert_int_equal(page.spans[SPAN_request_ms].sum_ms, 4 * 250 * 780);
	for (int i = 0; i < COUNT_SLOW; i++)
		assert_in_range(page.slow[i].ms, 495, 499);
}

static void
spans_have_ends(void **state)
{
	(void)state;
	count_span(SPAN_woken_ms, -5);
	count_span(SPAN_woken_ms, 5);
	count_span(SPAN_woken_ms, 6);
	count_span(SPAN_woken_ms, 30000);
	count_span(SPAN_woken_ms, 30001);
	assert_true(count_read("test", &page));
	assert_int_equal(page.spans[SPAN_woken_ms].steps[0], 2);
	assert_int_equal(page.spans[SPAN_woken_ms].steps[1], 1);
	assert_int_equal(page.spans[SPAN_woken_ms].steps[COUNT_STEPS - 1], 1);
	assert_int_equal(page.spans[SPAN_woken_ms].steps[COUNT_STEPS], 1);
}

static void
a_new_start_goes_on_and_levels_begin_anew(void **state)
{
	(void)state;
	count_level(LEVEL_connections, 7);
	assert_true(count_read("test", &page));
	assert_int_equal(page.levels[LEVEL_connections], 7);
	count_open("test");
	count_add(TOTAL_connection, 1);
	assert_true(count_read("test", &page));
	assert_int_equal(page.totals[TOTAL_connection], 80001);
	assert_int_equal(page.levels[LEVEL_connections], 0);
}

static void
what_was_slow_an_hour_ago_makes_room(void **state)
{
	(void)state;
	count_slow(3, 1000000 + COUNT_SLOW_MS + 1, "GET /later 200", "abc");
	assert_true(count_read("test", &page));
	for (int i = 0; i < COUNT_SLOW; i++)
		if (page.slow[i].ms) {
			assert_int_equal(page.slow[i].ms, 3);
			assert_string_equal(page.slow[i].what, "GET /later 200");
		}
	/* A clock that was set back hides nothing for long. */
	count_slow(2, 5000, "GET /back 200", "abc");
	assert_true(count_read("test", &page));
	assert_int_equal(page.slow[0].ms + page.slow[1].ms, 2);
}

static void
a_file_of_another_shape_is_not_read(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(file_write(COUNT_DIR "/odd", "short", 5, 0644, &e), 0);
	assert_false(count_read("odd", &page));
	count_open("odd");
	count_add(TOTAL_connection, 4);
	assert_true(count_read("odd", &page));
	assert_int_equal(page.totals[TOTAL_connection], 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_lose_nothing),
		cmocka_unit_test(spans_have_ends),
		cmocka_unit_test(a_new_start_goes_on_and_levels_begin_anew),
		cmocka_unit_test(what_was_slow_an_hour_ago_makes_room),
		cmocka_unit_test(a_file_of_another_shape_is_not_read),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
