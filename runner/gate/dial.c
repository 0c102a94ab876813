#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "dial.h"

int
dial_folder(int folders, const char *id)
{
	return openat(folders, id, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

enum dial_result
dial_socket(int folder, int *fd)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	AUTO_FD int seen = openat(folder, "app.sock", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int made = -1;
	struct stat st;

	if (seen < 0)
		return DIAL_ABSENT;
	if (fstat(seen, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		log_warn("app.sock of a sandbox is not a socket (mode %o)", st.st_mode);
		return DIAL_ABSENT;
	}
	made = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (made < 0) {
		log_error("socket: errno %d", errno);
		return DIAL_FULL;
	}
	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d", seen);
	if (connect(made, (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno == EAGAIN ? DIAL_FULL : DIAL_ABSENT;
	*fd = KEEP_FD(made);
	return DIAL_DONE;
}
