/*
 * What keep does about golden sandboxes, with launch played by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runner/keep/golden.h"
#include "../../shared/base/file.h"
#include "../../shared/wire/golden.h"
#include "../../shared/wire/launch.h"

static struct keep k = {.is_listed = true};
static int launch_fd;
static char vite[ID_SIZE], marimo[ID_SIZE];

/* The next message to launch; verb 0: there is none. */
static struct launch_msg
next(void)
{
	struct launch_msg m = {0};

	if (recv(launch_fd, &m, sizeof(m), MSG_DONTWAIT) != sizeof(m))
		m.verb = 0;
	return m;
}

static void
must_ask(uint32_t verb, const char *id)
{
	struct launch_msg m = next();

	assert_int_equal(m.verb, verb);
	assert_string_equal(m.id, id);
}

static void
answer(uint32_t verb, const char *id, const char *image, int result)
{
	struct launch_msg m = {.version = LAUNCH_VERSION, .verb = verb, .result = result};

	snprintf(m.id, sizeof(m.id), "%s", id);
	snprintf(m.image, sizeof(m.image), "%s", image);
	golden_heard(&k, &m);
}

static void
test_ids(void **state)
{
	char id[ID_SIZE];

	(void)state;
	assert_string_equal(vite, "goldenvite2222222222222222");
	assert_string_equal(marimo, "goldenmarimo22222222222222");
	assert_true(id_is_valid(vite) && id_is_valid(marimo));
	assert_true(golden_is(vite) && golden_is(marimo));
	id_new(id);
	assert_false(golden_is(id));
	assert_false(golden_is(""));
}

/* What was made before is used, until no clone comes of it. */
static void
test_found(void **state)
{
	char image[ID_SIZE], got[ID_SIZE];

	(void)state;
	id_new(image);
	must_ask(LAUNCH_FIND, vite);
	must_ask(LAUNCH_FIND, marimo);
	assert_false(golden_image(&k, "vite", got));
	answer(LAUNCH_FIND, vite, image, 0);
	answer(LAUNCH_FIND, marimo, image, 0);
	assert_true(golden_image(&k, "vite", got));
	assert_string_equal(got, image);
	golden_tick(&k);
	assert_int_equal(next().verb, 0);
	/* Of an image that was replaced meanwhile nothing follows. */
	golden_failed(&k, "vite", "", "too late");
	assert_true(golden_image(&k, "vite", got));
	golden_failed(&k, "vite", image, "cut");
	assert_false(golden_image(&k, "vite", got));
	assert_true(golden_image(&k, "marimo", got));
	must_ask(LAUNCH_DROP, vite);
	assert_int_equal(next().verb, 0);
}

/* One is made: what was there goes first; what fails is tried again at once, then later. */
static void
test_made(void **state)
{
	struct launch_msg m;

	(void)state;
	golden_tick(&k);
	must_ask(LAUNCH_ERASE, vite);
	answer(LAUNCH_ERASE, vite, "", 0);
	m = next();
	assert_int_equal(m.verb, LAUNCH_CREATE);
	assert_string_equal(m.template_name, "vite");
	assert_true(!m.image[0] && !m.from[0] && m.disk_mb == 0 && m.pids == 1024);
	/* Nothing else is made meanwhile, nor is an answer to another question taken for its. */
	golden_tick(&k);
	answer(LAUNCH_SAVE, vite, vite, 0);
	assert_int_equal(next().verb, 0);
	answer(LAUNCH_CREATE, vite, "", -5);
	must_ask(LAUNCH_KILL, vite);
	answer(LAUNCH_KILL, vite, "", 0);
	/* That was its second failure in a row. */
	golden_tick(&k);
	assert_int_equal(next().verb, 0);
}

static void
test_restarts(void **state)
{
	char image[ID_SIZE], got[ID_SIZE];

	(void)state;
	/* One that an earlier keep was making. */
	golden_listed(&k, vite);
	must_ask(LAUNCH_KILL, vite);
	answer(LAUNCH_KILL, vite, "", 0);
	/* What is ready stays so when launch starts anew. */
	golden_launch_restarted(&k);
	assert_int_equal(next().verb, 0);
	assert_true(golden_image(&k, "marimo", got));
	/* Another image was built, or another runsc: the next look at it shows that. */
	id_new(image);
	answer(LAUNCH_FIND, marimo, "", -2);
	assert_false(golden_image(&k, "marimo", got));
	golden_tick(&k);
	must_ask(LAUNCH_ERASE, marimo);
	golden_launch_restarted(&k);
	must_ask(LAUNCH_KILL, marimo);
	/* The answer to what was asked before comes too late to mean anything. */
	answer(LAUNCH_ERASE, marimo, "", 0);
	assert_int_equal(next().verb, 0);
	answer(LAUNCH_KILL, marimo, "", 0);
	golden_tick(&k);
	must_ask(LAUNCH_ERASE, marimo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_restarts),
	};
	char folder[] = "/tmp/carrel-golden-XXXXXX", path[64];
	int pair[2], result;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/carrel.db", folder);
	if (db_migrate(path, NULL) < 0 || !(k.db = db_open(path, NULL)))
		return 1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return 1;
	k.launch_fd = pair[0];
	launch_fd = pair[1];
	k.conf.golden = true;
	golden_id("vite", vite);
	golden_id("marimo", marimo);
	golden_start(&k);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	db_close(k.db);
	file_remove_tree(folder, NULL);
	return result;
}
