#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"
#include "mem.h"

#define TRIES 16	/* the kernel gives up when something is renamed meanwhile */
#define DEPTH_MAX 100
#define NAME_SIZE 256
#define PATH_SIZE 1100

static int
open_beneath(int dir, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
	    RESOLVE_NO_XDEV};
	long fd = -1;

	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, dir, *path ? path : ".", &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

/* Looked at before it is opened for good, because opening a device or a pipe does something. */
int
beneath_file(int dir, const char *path, struct stat *st)
{
	AUTO_FD int fd = open_beneath(dir, path, O_PATH);
	char again[32];

	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if (!S_ISREG(st->st_mode)) {
		errno = S_ISDIR(st->st_mode) ? EISDIR : S_ISLNK(st->st_mode) ? ELOOP : EINVAL;
		return -1;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	return open(again, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int
beneath_folder(int dir, const char *path)
{
	return open_beneath(dir, path, O_RDONLY | O_DIRECTORY);
}

/* The folder of that name in dir; made where it is missing. */
static int
enter(int dir, const char *name, bool is_making, bool *is_made)
{
	int fd = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);

	*is_made = false;
	if (fd >= 0 || errno != ENOENT || !is_making)
		return fd;
	if (mkdirat(dir, name, 0755) < 0) {
		if (errno != EEXIST)
			return -1;
	} else {
		*is_made = true;
	}
	fd = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);
	/* Whatever the umask is. */
	if (fd >= 0 && *is_made && fchmod(fd, 0755) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
beneath_parent(int dir, const char *path, bool is_making, const char **last, size_t *made)
{
	AUTO_FD int fd = open_beneath(dir, "", O_RDONLY | O_DIRECTORY);
	const char *at = path, *slash;
	size_t first = 0;

	while (fd >= 0 && (slash = strchr(at, '/'))) {
		char name[NAME_SIZE];
		bool is_made;
		int next;

		snprintf(name, sizeof(name), "%.*s", (int)(slash - at), at);
		next = enter(fd, name, is_making, &is_made);
		if (is_made && !first)
			first = (size_t)(slash - path);
		if (next < 0) {
			int why = errno;

			if (is_making)
				beneath_unmake(dir, path, first);
			errno = why;
			return -1;
		}
		close(fd);
		fd = next;
		at = slash + 1;
	}
	*last = at;
	if (made)
		*made = first;
	return KEEP_FD(fd);
}

/* From the innermost outwards; one that holds something, by now, stays with all above it. */
void
beneath_unmake(int dir, const char *path, size_t made)
{
	char part[PATH_SIZE];
	size_t n = strlen(path);

	while (made && n > made) {
		AUTO_FD int parent = -1;
		const char *last;

		do
			n--;
		while (n > made && path[n] != '/');
		snprintf(part, sizeof(part), "%.*s", (int)n, path);
		parent = beneath_parent(dir, part, false, &last, NULL);
		if (parent >= 0 && unlinkat(parent, last, AT_REMOVEDIR) < 0 && errno != ENOENT)
			return;
	}
}

static int remove_at(int dir, const char *name, int depth, int64_t *left);

/* All that is in a folder. */
static int
empty(int fd, int depth, int64_t *left)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	int rc = 0, why;

	if (!d) {
		close(fd);
		return -1;
	}
	while (rc == 0 && (errno = 0, entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = remove_at(dirfd(d), entry->d_name, depth, left);
	why = errno;
	closedir(d);
	errno = why;
	return rc < 0 || why ? -1 : 0;
}

static int
remove_at(int dir, const char *name, int depth, int64_t *left)
{
	int fd;

	if ((*left)-- <= 0)
		return errno = EAGAIN, -1;
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return errno = 0, 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (depth == DEPTH_MAX)
		return errno = EOVERFLOW, -1;
	fd = open_beneath(dir, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0 || empty(fd, depth + 1, left) < 0)
		return -1;
	return unlinkat(dir, name, AT_REMOVEDIR);
}

int
beneath_remove(int dir, const char *path, bool is_tree, int64_t max)
{
	const char *last;
	AUTO_FD int parent = beneath_parent(dir, path, false, &last, NULL);

	if (parent < 0)
		return -1;
	if (is_tree)
		return faccessat(parent, last, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ? -1 :
		    remove_at(parent, last, 0, &max);
	if (unlinkat(parent, last, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	return unlinkat(parent, last, AT_REMOVEDIR);
}
