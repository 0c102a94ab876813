/* Draining: nothing new starts, whoever asks, until somebody takes it back. */
#include "../../shared/store/drain.h"
#include "../../shared/store/figure.h"
#include "../../shared/store/sandbox.h"
#include "store_kit.h"

static void
test_drain_starts_nothing_and_outlives_everything(void **state)
{
	struct sandbox s;
	struct drain d;
	int64_t epoch, n, since;

	(void)state;
	WRITE(sandbox_want_awake(db, app, 5, &e));
	WRITE(sandbox_want_awake(db, other, 6, &e));
	assert_int_equal(figure_queue(db, &n, &since, &e), 0);
	assert_int_equal(n, 2);
	assert_int_equal(since, 5);
	WRITE(sandbox_set_provision(db, app, 7, &epoch, &e));
	WRITE(drain_begin(db, 600000, false, "me", 1000, &e));
	assert_int_equal(drain_get(db, &d, &e), 1);
	assert_string_equal(d.by, "me");
	assert_int_equal(d.since, 1000);
	/* Who waited is told, who is there goes on, and nobody new comes. */
	assert_int_equal(sandbox_get(db, other, &arena, &s, &e), 0);
	assert_string_equal(s.want, "asleep");
	assert_non_null(strstr(s.reason, "starts nothing new until about 00:10 UTC"));
	assert_int_equal(sandbox_get(db, app, &arena, &s, &e), 0);
	assert_string_equal(s.want, "awake");
	assert_int_equal(db_begin(db, &e), 0);
	assert_int_equal(sandbox_want_awake(db, app, 2000, &e), 0);
	assert_int_equal(sandbox_want_awake(db, other, 2000, &e), -1);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_int_equal(e.retry_after_secs, 599);
	assert_int_equal(sandbox_want_again(db, other, 2000, &e), 0);
	db_rollback(db);
	WRITE(drain_begin(db, 0, true, "me", 3000, &e));
	assert_int_equal(drain_get(db, &d, &e), 1);
	assert_int_equal(d.since, 1000);
	assert_int_equal(drain_retry_secs(&d, 4000), DRAIN_RETRY_SECS);
	assert_int_equal(sandbox_get(db, app, &arena, &s, &e), 0);
	assert_string_equal(s.want, "asleep");
	WRITE(drain_end(db, &e));
	assert_int_equal(drain_get(db, &d, &e), 0);
	WRITE(sandbox_want_awake(db, other, 5000, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(drain_starts_nothing_and_outlives_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
