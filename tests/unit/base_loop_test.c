/* The loop: timers in their order, callbacks that cancel and forget each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/clock.h"
#include "../../shared/wire/loop.h"

static char order[64];
static struct timer *victim;
static struct watch *watches[2];
static int calls;
static char nested[] = "n", last[] = "s";

static void
note(struct loop *l, void *arg)
{
	(void)l;
	strncat(order, arg, sizeof(order) - strlen(order) - 1);
}

static void
stop(struct loop *l, void *arg)
{
	note(l, arg);
	loop_stop(l);
}

static void
cancel(struct loop *l, void *arg)
{
	note(l, arg);
	loop_cancel(l, victim);
}

static void
again(struct loop *l, void *arg)
{
	note(l, arg);
	loop_timer(l, 0, note, nested);
}

static int
start(void **state)
{
	*state = loop_new();
	order[0] = '\0';
	calls = 0;
	return 0;
}

static int
end(void **state)
{
	loop_free(*state);
	return 0;
}

static void
test_timers(void **state)
{
	struct loop *l = *state;
	int64_t begun = clock_boot_ms();

	loop_timer(l, 400, stop, (char[]){"z"});
	loop_timer(l, 30, note, (char[]){"c"});
	loop_timer(l, 1, note, (char[]){"a"});
	loop_timer(l, 15, cancel, (char[]){"b"});
	victim = loop_timer(l, 45, note, (char[]){"x"});
	loop_timer(l, 40, again, (char[]){"d"});
	loop_cancel(l, NULL);
	loop_run(l);
	assert_string_equal(order, "abcdnz");
	assert_true(clock_boot_ms() - begun >= 400);
}

static void
forget_both(struct loop *l, int fd, uint32_t events, void *arg)
{
	char c;

	(void)events;
	(void)arg;
	calls++;
	assert_int_equal(read(fd, &c, 1), 1);
	for (int i = 0; i < 2; i++)
		loop_forget(l, watches[i]);
	loop_timer(l, 10, stop, last);
}

/* Both are ready in the same round: whoever comes first forgets the other. */
static void
test_forgotten_get_no_calls(void **state)
{
	struct loop *l = *state;
	int fds[2][2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(fds[i]), 0);
		assert_int_equal(write(fds[i][1], "x", 1), 1);
		watches[i] = loop_watch(l, fds[i][0], EPOLLIN, forget_both, NULL);
	}
	loop_forget(l, NULL);
	loop_run(l);
	assert_int_equal(calls, 1);
	for (int i = 0; i < 4; i++)
		close(fds[i / 2][i % 2]);
}

static void
count(struct loop *l, int fd, uint32_t events, void *arg)
{
	(void)l;
	(void)fd;
	(void)arg;
	assert_true(events & EPOLLIN);
	if (++calls == 3)
		loop_stop(l);
}

/* What was not read is told again; what is not watched for is not told. */
static void
test_levels(void **state)
{
	struct loop *l = *state;
	struct watch *w;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	w = loop_watch(l, fds[0], EPOLLIN, count, NULL);
	loop_run(l);
	assert_int_equal(calls, 3);
	loop_change(l, w, 0);
	loop_timer(l, 20, stop, (char[]){"t"});
	loop_run(l);
	assert_int_equal(calls, 3);
	loop_forget(l, w);
	close(fds[0]);
	close(fds[1]);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(timers), T(forgotten_get_no_calls), T(levels)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
