#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "vault.h"

#define VAR "/run/carrel/var"
#define PARENT "/run/carrel"

/* 1: something is mounted there already, by a launch before this one. */
static int
make_place(const char *to, struct err *e)
{
	struct stat at, parent;

	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "folder %s", to);
	if (stat(to, &at) < 0 || stat(PARENT, &parent) < 0)
		return err_sys(e, "folder %s", to);
	return at.st_dev != parent.st_dev;
}

static int
mount_one(int var_fd, const char *name, const char *to, struct err *e)
{
	AUTO_FD int fd = -1;
	struct stat st;
	char path[40];
	int rc = make_place(to, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (mkdirat(var_fd, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "folder " VAR "/%s", name);
	fd = openat(var_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open " VAR "/%s", name);
	if (st.st_uid != 0)
		return err_set(e, ERR_INTERNAL, VAR "/%s is not root's", name);
	if (fchmod(fd, 0700) < 0)
		return err_sys(e, "close " VAR "/%s to others", name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mount(path, to, NULL, MS_BIND, NULL) < 0)
		return err_sys(e, "mount " VAR "/%s", name);
	return 0;
}

int
vault_open(struct err *e)
{
	AUTO_FD int var_fd = open(VAR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (var_fd < 0)
		return err_sys(e, "open " VAR);
	if (mount_one(var_fd, "volume", VAULT_VOLUME, e) < 0)
		return -1;
	if (mount_one(var_fd, "snapshot", VAULT_SNAPSHOT, e) < 0)
		return -1;
	return mount_one(var_fd, "engine", VAULT_ENGINE, e);
}
