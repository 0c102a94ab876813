/*
 * The files of notebooks whose volume is not mounted yet.  The test does what keep would.
 */
#include <poll.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/notebook.h"
#include "files_kit.h"

static void
wait_until_wanted(int64_t after)
{
	int64_t last = clock_boot_ms() + 10000;
	struct notebook n;
	struct err e;

	do {
		assert_true(clock_boot_ms() < last);
		assert_int_equal(notebook_get(lab_db, id, &lab_arena, &n, &e), 0);
		poll(NULL, 0, 5);
	} while (n.volume_wanted_at <= after);
}

/* keep mounts it when the store says that it is wanted. */
static void
a_volume_is_waited_for(void **state)
{
	struct lab_ask get = {.method = "GET", .uri = uri("/workspaces/%s/files")};
	struct lab_ask post = {.method = "POST", .uri = uri("/upload/%s"), .type = TYPE,
	    .body = FILE_PART("late", "x") END};
	struct lab_running list, send;

	(void)state;
	unmount_volume();
	list = lab_start(&get);
	send = lab_start(&post);
	wait_until_wanted(0);
	mount_volume("size=4m,nr_inodes=200,mode=755");
	{
		AUTO_REPLY struct lab_reply seen = lab_finish(&list), sent = lab_finish(&send);

		assert_int_equal(seen.status, 200);
		assert_int_equal(sent.status, 200);
	}
	assert_string_equal(text_of("late"), "x");
}

static void
one_that_never_comes_is_said(void **state)
{
	struct lab_ask get = {.method = "GET", .uri = uri("/workspaces/%s/files")};
	struct lab_running run;

	(void)state;
	unmount_volume();
	run = lab_start(&get);
	{
		AUTO_REPLY struct lab_reply r = lab_finish(&run);

		lab_is_error(&r, 503, NULL);
		assert_non_null(lab_header(&r, "Retry-After"));
	}
	mount_volume("size=4m,mode=755");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_volume_is_waited_for),
		TEST(one_that_never_comes_is_said),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
