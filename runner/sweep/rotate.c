/*
 * The log is held open, for appending, by every process of Carrel: so it is copied and then
 * emptied, not renamed.  What is written in between the two is lost; seldom, and only lines
 * of a log.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "sweep.h"

/* Copies until the end, however far that has moved on meanwhile. */
static int
copy(int from, int to, struct err *e)
{
	off_t at = 0;
	ssize_t n;

	do {
		n = sendfile(to, from, &at, 1 << 20);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 || fsync(to) < 0 ? err_sys(e, "copy the log") : 0;
}

static void
move_up(const char *path)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16];

	for (int n = LOGS_KEPT - 1; n >= 1; n--) {
		snprintf(from, sizeof(from), "%s.%d", path, n);
		snprintf(to, sizeof(to), "%s.%d", path, n + 1);
		rename(from, to);	/* absent ones are fine */
	}
}

int
sweep_rotate(struct sweep *s, struct err *e)
{
	char path[PATH_MAX], first[PATH_MAX + 8], new[PATH_MAX + 8];
	AUTO_FD int log = -1, to = -1;
	struct stat st;

	snprintf(path, sizeof(path), "%s/log/carrel.log", s->var);
	snprintf(first, sizeof(first), "%s.1", path);
	snprintf(new, sizeof(new), "%s.new", path);
	log = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (log < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", path);
	/* Two sweeps at once: the second one finds a short log. */
	if (flock(log, LOCK_EX) < 0 || fstat(log, &st) < 0)
		return err_sys(e, "lock %s", path);
	if (st.st_size <= LOG_MAX_BYTES)
		return 0;
	to = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (to < 0)
		return err_sys(e, "make %s", new);
	if (copy(log, to, e) < 0)
		return -1;
	move_up(path);
	if (rename(new, first) < 0 || ftruncate(log, 0) < 0)
		return err_sys(e, "rotate %s", path);
	return 0;
}
