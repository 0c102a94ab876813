#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "user.h"

static struct {
	uid_t uid;
} user;

void
user_set(uid_t uid)
{
	user.uid = uid;
}

void
user_begin(void)
{
	if (setegid(user.uid) < 0 || seteuid(user.uid) < 0)
		BUG("cannot act as the workload: errno %d", errno);
}

void
user_end(void)
{
	if (seteuid(0) < 0 || setegid(0) < 0)
		BUG("cannot act as root again: errno %d", errno);
}

void
user_become(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(user.uid, user.uid, user.uid) < 0 ||
	    setresuid(user.uid, user.uid, user.uid) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(126);
}

int
user_connect(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc, sys;

	if (fd < 0)
		return -1;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	user_begin();
	rc = connect(fd, (struct sockaddr *)&to, sizeof(to));
	sys = errno;
	user_end();
	errno = sys;
	return rc < 0 ? -1 : KEEP_FD(fd);
}
