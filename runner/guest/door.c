#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "door.h"

#define BACKLOG 512

int
door_open(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, BACKLOG) < 0 || chmod(path, 0666) < 0)
		BUG("cannot listen on %s: errno %d", path, errno);
	return fd;
}

void
door_close(int fd, const char *path)
{
	int late;

	if (fd < 0)
		return;
	unlink(path);
	/* In gVisor the host's socket outlives this close for a while, and with it those who
	 * wait to be accepted: they would hear nothing. */
	while ((late = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(late);
	close(fd);
}
