/* What a keep that was just started makes of notebooks whose sandbox is gone. */
#include "../../runner/keep/keep.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "store_fixture.h"

static char book[ID_SIZE];

static int
start(void **state)
{
	int64_t epoch;

	(void)state;
	if (open_store() < 0)
		return -1;
	add_book(book, "local");
	begin();
	assert_int_equal(sandbox_want_awake(db, book, NOW, &e), 0);
	assert_int_equal(sandbox_set_provision(db, book, NOW, &epoch, &e), 0);
	assert_int_equal(sandbox_set_running(db, book, NOW, &e), 0);
	commit();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	return close_store();
}

static void
want(const char *kind, int64_t at, char id[ID_SIZE])
{
	id_new(id);
	WRITE(snapshot_add(db, id, book, kind, at, &e));
}

static struct sandbox
restart(bool is_saved)
{
	struct keep k = {.db = db};
	struct sandbox s;

	begin();
	assert_int_equal(sandbox_get(db, book, &arena, &s, &e), 0);
	assert_int_equal(notebook_restarted(&k, &s), is_saved);
	commit();
	assert_int_equal(sandbox_get(db, book, &arena, &s, &e), 0);
	return s;
}

static const char *
notice(void)
{
	struct notebook n;

	assert_int_equal(notebook_get(db, book, &arena, &n, &e), 0);
	return n.notice;
}

static void
test_awake(void **state)
{
	(void)state;
	restart(false);
	assert_non_null(strstr(notice(), "variables are gone"));
}

/* Whatever else was wanted of it before that. */
static void
test_being_put_to_sleep(void **state)
{
	char hand[ID_SIZE], sleep[ID_SIZE];
	struct sandbox s;

	(void)state;
	want("hand", NOW, hand);
	want("sleep", NOW + 1, sleep);
	s = restart(true);
	assert_string_equal(s.state, "hibernated");
	assert_string_equal(s.image, sleep);
	assert_string_equal(notice(), "");
}

static void
test_a_snapshot_by_hand_is_no_sleep(void **state)
{
	char hand[ID_SIZE];

	(void)state;
	want("hand", NOW, hand);
	restart(false);
	assert_non_null(strstr(notice(), "variables are gone"));
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(awake),
	    T(being_put_to_sleep),
	    T(a_snapshot_by_hand_is_no_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
