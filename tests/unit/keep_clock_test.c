/* A wall clock that is set, back and forth, while sandboxes live: nothing seems older or younger than it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../runner/keep/keep.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/workspace.h"

#define HOUR 3600000LL

static struct err e;

static int64_t
unused_ms(struct keep *k, const char *id)
{
	struct arena a = {0};
	struct sandbox s;
	int64_t ms;

	assert_int_equal(sandbox_get(k->db, id, &a, &s, &e), 0);
	ms = clock_wall_ms() - s.last_activity_at;
	arena_free(&a);
	return ms;
}

static void
test_set(void **state)
{
	struct workspace w = {.kind = "app", .title = "t", .owner = "x", .created_at = 1};
	static struct box b;
	struct keep k = {.boxes = &b};
	char folder[64], path[96];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/carrel-clock-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/carrel.db", folder);
	file_remove_tree(folder, &e);
	assert_int_equal(file_mkdirs(folder, 0700, &e), 0);
	assert_int_equal(db_migrate(path, &e), 0);
	k.db = db_open(path, &e);
	assert_non_null(k.db);
	id_new(w.id);
	assert_int_equal(db_begin(k.db, &e), 0);
	assert_int_equal(workspace_add(k.db, &w, &e), 0);
	/* By a clock that went a day ahead, while no keep ran. */
	assert_int_equal(sandbox_want_awake(k.db, w.id, clock_wall_ms() + 24 * HOUR, &e), 0);
	assert_int_equal(db_commit(k.db, &e), 0);
	clock_tick(&k);
	assert_in_range(unused_ms(&k, w.id) + 2, 0, 2000);
	b.ready_wall_ms = b.saved_at = clock_wall_ms();
	for (int i = 0; i < 3; i++) {
		clock_set(i == 1 ? -5000 * HOUR : 700 * HOUR);
		clock_tick(&k);
		clock_tick(&k);
		/* Two clocks are read one after the other: a millisecond may be lost between. */
		assert_in_range(unused_ms(&k, w.id) + 2, 0, 4000);
		assert_in_range(clock_wall_ms() - b.ready_wall_ms + 2, 0, 4000);
		assert_in_range(clock_wall_ms() - b.saved_at + 2, 0, 4000);
	}
	/* A clock that is kept in time moves nothing. */
	clock_set(900);
	clock_tick(&k);
	assert_in_range(unused_ms(&k, w.id), 898, 5000);
	db_close(k.db);
	file_remove_tree(folder, &e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_set)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
