#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../base/mem.h"
#include "../base/num.h"
#include "enter.h"

/* The pid in the file, or 0 where nobody holds the file: a pid that was left there may be
 * anybody's by now. */
static int64_t
running_pid(const char *path, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[24] = "";
	int64_t pid;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", path);
	if (flock(fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
	if (!num_int(text, 1, INT_MAX, &pid))
		return err_set(e, ERR_BUSY, "Carrel is just starting; try again");
	return pid;
}

int
enter_carrel(const char *var, struct err *e)
{
	char path[PATH_MAX + 32];
	AUTO_FD int fd = -1;
	int64_t pid;

	snprintf(path, sizeof(path), "%s/carreld.pid", var);
	pid = running_pid(path, e);
	if (pid <= 0)
		return (int)pid;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_BUSY, "Carrel is just starting or stopping; try again");
	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		return err_sys(e, "enter the running Carrel (process %d)", (int)pid);
	return chdir("/") < 0 ? err_sys(e, "chdir /") : 1;
}
