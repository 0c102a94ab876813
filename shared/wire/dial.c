#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../base/mem.h"
#include "dial.h"

int
dial_folder(int at, const char *name)
{
	return openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
dial(int folder, const char *name, struct err *e)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	AUTO_FD int seen = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int made = -1;
	struct stat st;

	if (seen < 0)
		return err_set(e, ERR_MISSING, "there is no %s", name);
	if (fstat(seen, &st) < 0 || !S_ISSOCK(st.st_mode))
		return err_set(e, ERR_DENIED, "%s is not a socket (mode %o)", name, st.st_mode);
	made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (made < 0)
		return err_sys(e, "socket");
	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", seen);
	if (connect(made, (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == EAGAIN ? err_set(e, ERR_BUSY, "%s has no room", name) :
		    err_set(e, ERR_MISSING, "nobody listens at %s", name);
	return KEEP_FD(made);
}
