/*
 * launch's filter, call by call: each call of the list is refused, nothing is killed, and
 * a program started from there runs as ever, under the same filter.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "../../shared/base/mem.h"
#include "../../shared/guard/deny.h"

static const char *const calls[] = {
#define DENY(call) #call,
#include "../../shared/guard/deny.def"
#undef DENY
};

/* Exit status of fn in a child that is under the filter; −1 where a signal ended it. */
static int
confined(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err e;

		_exit(deny_enter(&e) < 0 ? 99 : fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
call_all(void)
{
	for (size_t i = 0; i < COUNT(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number >= 0 &&
		    (syscall(number, -1, -1, -1, -1, -1, -1) != -1 || errno != EPERM)) {
			fprintf(stderr, "%s is not refused: errno %d\n", calls[i], errno);
			return 1;
		}
	}
	return 0;
}

/* A number that nobody has: the kernel's own answer. */
static int
call_unknown(void)
{
	return syscall(100000) == -1 && errno == ENOSYS ? 0 : 1;
}

static int
exec_shell(void)
{
	execl("/bin/sh", "sh", "-c", "grep -q 'NoNewPrivs:.*1' /proc/self/status && "
	    "grep -q 'Seccomp:.*2' /proc/self/status", NULL);
	return 98;
}

static void
refused(void **state)
{
	(void)state;
	assert_int_equal(confined(call_all), 0);
}

static void
not_named(void **state)
{
	(void)state;
	assert_int_equal(confined(call_unknown), 0);
}

static void
inherited(void **state)
{
	(void)state;
	assert_int_equal(confined(exec_shell), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(not_named),
		cmocka_unit_test(inherited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
