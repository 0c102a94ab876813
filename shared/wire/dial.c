#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/mem.h"
#include "dial.h"

int
dial(const char *folder, const char *name, struct err *e)
{
	AUTO_FD int dir = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int at = -1, fd = -1;
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct stat st;

	if (dir >= 0)
		at = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0 && errno == ENOENT)
		return err_set(e, ERR_MISSING, "there is no %s in %s", name, folder);
	if (at < 0 || fstat(at, &st) < 0)
		return err_sys(e, "open %s in %s", name, folder);
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_DENIED, "%s in %s is no socket", name, folder);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(e, "socket");
	snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d", at);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 && errno != EINPROGRESS) {
		if (errno == ECONNREFUSED)
			return err_set(e, ERR_MISSING, "nobody listens at %s in %s", name, folder);
		return err_sys(e, "connect to %s in %s", name, folder);
	}
	return KEEP_FD(fd);
}
