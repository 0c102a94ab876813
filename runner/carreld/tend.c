/*
 * Tidying where cron does not do it: `sweep minute` every minute, `sweep nightly` when its
 * last drill is a day old.  Beside cron's it does no harm, because each takes a lease.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "crew.h"

#define MINUTE_MS 60000
#define NIGHTLY_AFTER_MS (10 * MINUTE_MS)	/* a start has other things to do */
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_SECS 86400
#define DRILL RUN "/var/backup/drill"

extern char **environ;

static int64_t minute_ms, nightly_ms;	/* boot time from which on each is due */

static void
sweep(const char *when)
{
	const char *const argv[] = {"sweep", when, "here", NULL};
	sigset_t none;
	pid_t pid = fork();

	if (pid != 0)
		return;		/* reaped like any other; one that could not be started is next time */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execve(RUN "/bin/sweep", (char *const *)(uintptr_t)argv, environ);
	_exit(127);
}

static bool
is_night(void)
{
	struct stat st;

	return stat(DRILL, &st) < 0 || time(NULL) - st.st_mtime > DAY_SECS;
}

void
tend(void)
{
	int64_t now = clock_boot_ms();

	if (!minute_ms) {
		minute_ms = now;
		nightly_ms = now + NIGHTLY_AFTER_MS;
	}
	if (now >= minute_ms) {
		minute_ms = now + MINUTE_MS;
		sweep("minute");
	}
	if (now >= nightly_ms) {
		nightly_ms = now + HOUR_MS;
		if (is_night())
			sweep("nightly");
	}
}
