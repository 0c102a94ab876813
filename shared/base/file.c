#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "mem.h"

#define READ_BYTES 16384

int
file_read(const char *path, struct buf *to, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char part[READ_BYTES];
	size_t left;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_MISSING, "there is no file %s", path);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read %s", path);
		left = to->max - to->len;
		buf_add(to, part, (size_t)n < left ? (size_t)n : left);
		if ((size_t)n > left)
			return err_set(e, ERR_LIMIT, "%s is over %zu bytes", path, to->max);
	}
	return 0;
}

int
file_write_all(int fd, const void *bytes, size_t n, struct err *e)
{
	const char *p = bytes;
	ssize_t w;

	while (n) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys(e, "write");
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int
file_write(const char *path, const void *bytes, size_t n, mode_t mode, struct err *e)
{
	char part[4096];
	AUTO_FD int fd = -1;

	if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part))
		return err_set(e, ERR_INTERNAL, "path too long: %s", path);
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(e, "create %s", part);
	if (file_write_all(fd, bytes, n, e) < 0) {
		unlink(part);
		return -1;
	}
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(part, path) < 0) {
		err_sys(e, "write %s", path);
		unlink(part);
		return -1;
	}
	return 0;
}

int
file_mkdirs(const char *path, mode_t mode, struct err *e)
{
	char part[4096];

	if ((size_t)snprintf(part, sizeof(part), "%s", path) >= sizeof(part))
		return err_set(e, ERR_INTERNAL, "path too long: %s", path);
	for (char *p = part + 1;; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return err_sys(e, "mkdir %s", part);
		*p = was;
		if (!was)
			return 0;
	}
}

static int
remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int
file_remove_tree(const char *path, struct err *e)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}

bool
file_set_nonblocking(int fd, bool is_nonblocking)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL,
	    is_nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) == 0;
}
