/* Versions that wait to be frozen. */
#include "../../shared/store/figure.h"
#include "../../shared/store/frozen.h"
#include "store_kit.h"

static void
test_app_waits_until_somebody_tried(void **state)
{
	struct frozen tried = {.problem = "No."};
	int64_t n, version;

	(void)state;
	assert_int_equal(figure_unfrozen(db, &n, &e), 0);
	assert_int_equal(n, 0);		/* it has no version yet */
	version = write_version(app, "one", "1");
	assert_int_equal(figure_unfrozen(db, &n, &e), 0);
	assert_int_equal(n, 1);
	WRITE(frozen_set(db, app, version, &tried, &e));
	assert_int_equal(figure_unfrozen(db, &n, &e), 0);
	assert_int_equal(n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(app_waits_until_somebody_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
