/* The bell: everybody hears, a full queue loses, who died is forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/file.h"
#include "../../shared/wire/bell.h"

static char folder[64];
static struct err e;

static int
start(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/carrel-bell-%d", (int)getpid());
	file_remove_tree(folder, &e);
	return file_mkdirs(folder, 0700, &e);
}

static int
end(void **state)
{
	(void)state;
	return file_remove_tree(folder, &e);
}

static void
test_everybody_hears(void **state)
{
	char id[ID_SIZE], heard[ID_SIZE];
	int a = bell_open(folder, "a", &e), b = bell_open(folder, "b", &e);

	(void)state;
	assert_true(a >= 0 && b >= 0);
	assert_false(bell_read(a, heard));
	id_new(id);
	bell_ring(folder, id);
	assert_true(bell_read(a, heard));
	assert_string_equal(heard, id);
	assert_true(bell_read(b, heard));
	assert_string_equal(heard, id);
	assert_false(bell_read(a, heard));
	close(a);
	close(b);
}

/* A waiter that does not read must not hold up whoever rings, nor the others. */
static void
test_a_full_queue_loses(void **state)
{
	char id[ID_SIZE], heard[ID_SIZE];
	int deaf = bell_open(folder, "deaf", &e), good = bell_open(folder, "good", &e);
	int rings = 2000, n = 0;

	(void)state;
	id_new(id);
	for (int i = 0; i < rings; i++) {
		bell_ring(folder, id);
		assert_true(bell_read(good, heard));
	}
	while (bell_read(deaf, heard))
		n++;
	assert_true(n > 0 && n < rings);
	close(deaf);
	close(good);
}

static void
test_the_dead_are_forgotten(void **state)
{
	char id[ID_SIZE], path[160];
	int fd = bell_open(folder, "dead", &e);

	(void)state;
	snprintf(path, sizeof(path), "%s/dead.%d", folder, (int)getpid());
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	id_new(id);
	bell_ring(folder, id);
	assert_int_equal(access(path, F_OK), -1);
	bell_ring("/no/such/folder", id);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {T(everybody_hears), T(a_full_queue_loses),
		T(the_dead_are_forgotten)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
