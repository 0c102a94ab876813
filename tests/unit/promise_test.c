/* What was promised works; what was not is refused or ends the process, call by call. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/guard/promise.h"

static void *
nothing(void *arg)
{
	return arg;
}

static int
do_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL);
}

static int
do_unix(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static int
do_inet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int
do_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 1;
}

static int
do_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0;
}

static int
do_ptrace(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0) < 0;
}

static int
do_mount(void)
{
	return syscall(SYS_mount, 0, 0, 0, 0, 0) < 0;
}

/* A harmless call in no group. */
static int
do_unknown(void)
{
	return syscall(SYS_sched_get_priority_max, 0) < 0 && errno == ENOSYS ? 3 : 0;
}

/* 0 it worked, 1 it failed, 3 ENOSYS, −9 (or so) the signal that ended it. */
static int
try_after(unsigned promised, int (*what)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct err e;

		_exit(promise(promised, &e) < 0 ? 99 : what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void
test_unix(void **state)
{
	(void)state;
	assert_int_equal(try_after(PROMISE_UNIX, do_unix), 0);
	assert_int_equal(try_after(PROMISE_UNIX, do_inet), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_exec), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_fork), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_ptrace), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_mount), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_unknown), 3);
	assert_int_not_equal(try_after(PROMISE_UNIX, do_thread), 0);
}

static void
test_more(void **state)
{
	(void)state;
	assert_int_equal(try_after(PROMISE_INET, do_inet), 0);
	assert_int_equal(try_after(PROMISE_THREADS, do_thread), 0);
	assert_int_equal(try_after(PROMISE_THREADS | PROMISE_INET, do_exec), -SIGSYS);
	assert_int_equal(try_after(PROMISE_THREADS | PROMISE_INET, do_fork), -SIGSYS);
}

static void
test_strict(void **state)
{
	(void)state;
	setenv("CARREL_TEST_STRICT", "1", 1);
	assert_int_equal(try_after(PROMISE_UNIX, do_unknown), -SIGSYS);
	assert_int_equal(try_after(PROMISE_UNIX, do_unix), 0);
	assert_int_equal(try_after(PROMISE_THREADS, do_thread), 0);
	unsetenv("CARREL_TEST_STRICT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
