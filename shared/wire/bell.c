#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../base/mem.h"
#include "bell.h"

static bool
set_address(struct sockaddr_un *sa, const char *dir, const char *name)
{
	*sa = (struct sockaddr_un){.sun_family = AF_UNIX};
	return (size_t)snprintf(sa->sun_path, sizeof(sa->sun_path), "%s/%s",
	    dir ? dir : BELL_DIR, name) < sizeof(sa->sun_path);
}

int
bell_open(const char *dir, const char *name, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sa;
	char full[64];

	snprintf(full, sizeof(full), "%s.%d", name, (int)getpid());
	if (fd < 0 || !set_address(&sa, dir, full))
		return err_sys(e, "bell %s", name);
	unlink(sa.sun_path);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(sa.sun_path, 0660) < 0)
		return err_sys(e, "bind %s", sa.sun_path);
	return KEEP_FD(fd);
}

bool
bell_read(int fd, char id[ID_SIZE])
{
	char got[ID_SIZE];

	for (;;) {
		ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n != ID_LEN)
			continue;
		got[ID_LEN] = '\0';
		if (!id_is_valid(got))
			continue;
		memcpy(id, got, ID_SIZE);
		return true;
	}
}

void
bell_ring(const char *dir, const char *id)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	DIR *d = opendir(dir ? dir : BELL_DIR);
	struct sockaddr_un sa;
	struct dirent *entry;

	while (d && fd >= 0 && (entry = readdir(d))) {
		if (entry->d_name[0] == '.' || !set_address(&sa, dir, entry->d_name))
			continue;
		if (sendto(fd, id, ID_LEN, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&sa,
		    sizeof(sa)) < 0 && errno == ECONNREFUSED)
			unlink(sa.sun_path);
	}
	if (d)
		closedir(d);
}
