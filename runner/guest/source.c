#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"
#include "source.h"

#define FRESH ".carrel-new"	/* no path of ours begins with a dot */

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static bool
path_is_good(const char *path, const char *top)
{
	char before = '/';

	if (strncmp(path, top, strlen(top)) != 0)
		return false;
	for (const char *p = path; *p; before = *p++) {
		if (*p != '/' && !is_plain(*p))
			return false;
		if (before == '/' && (*p == '/' || *p == '.'))
			return false;
	}
	return before != '/';
}

/* One is the other, or the folder that the other is in. */
static bool
paths_clash(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), less = n < m ? n : m;

	if (strncmp(a, b, less) != 0)
		return false;
	return n == m || (n < m ? b : a)[less] == '/';
}

static int
parse_file(struct source *s, const char *top, struct unpack *u, struct err *e)
{
	struct source_file *f = &s->files[s->count];
	size_t n;
	const char *path = unpack_bytes(u, SOURCE_PATH_MAX, &n);

	if (u->is_bad)
		return err_set(e, ERR_INPUT, "a path is over %d bytes, or cut off",
		    SOURCE_PATH_MAX);
	memcpy(f->path, path, n);
	f->path[n] = '\0';
	if (strlen(f->path) != n || !path_is_good(f->path, top))
		return err_set(e, ERR_INPUT, "a path is not allowed: only files below "
		    "%s, named with letters, digits, dots, _ and -", top[0] ? top : "it");
	f->bytes = unpack_bytes(u, SOURCE_FILE_BYTES, &f->len);
	if (u->is_bad)
		return err_set(e, ERR_INPUT, "%s is over %u bytes, or cut off", f->path,
		    SOURCE_FILE_BYTES);
	for (size_t i = 0; i < s->count; i++)
		if (paths_clash(s->files[i].path, f->path))
			return err_set(e, ERR_INPUT, "%s and %s cannot both be there",
			    s->files[i].path, f->path);
	s->count++;
	return 0;
}

int
source_parse(struct source *s, const char *top, const void *payload, size_t n,
    struct err *e)
{
	struct unpack u = {.at = payload, .left = n};
	uint32_t count = unpack_u32(&u);
	size_t total = 0;

	s->count = 0;
	if (u.is_bad || (count == 0 && top[0]) || count > SOURCE_FILES_MAX)
		return err_set(e, ERR_INPUT, "a source tree has 1 to %d files",
		    SOURCE_FILES_MAX);
	while (s->count < count) {
		if (parse_file(s, top, &u, e) < 0)
			return -1;
		total += s->files[s->count - 1].len;
	}
	if (!unpack_ended(&u))
		return err_set(e, ERR_INPUT, "bytes follow the last file");
	if (total > SOURCE_BYTES)
		return err_set(e, ERR_INPUT, "all files together are over %u bytes",
		    SOURCE_BYTES);
	return 0;
}

/* Asked of what is open: with O_DIRECTORY gVisor follows a symbolic link in spite of
 * O_NOFOLLOW.  −1 and ENOTDIR where it is no folder. */
static int
open_real_folder(int at_fd, const char *name)
{
	AUTO_FD int fd = openat(at_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	return KEEP_FD(fd);
}

/* The folder that path is in, making those on the way, and its last component; −1 and
 * errno, ENOTDIR where one of them is none. */
static int
open_folder(int top_fd, const char *path, const char **last)
{
	AUTO_FD int at_fd = fcntl(top_fd, F_DUPFD_CLOEXEC, 3);
	const char *slash;
	char name[SOURCE_PATH_MAX + 1];
	int fd;

	for (; at_fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
		memcpy(name, path, (size_t)(slash - path));
		name[slash - path] = '\0';
		if (mkdirat(at_fd, name, 0755) < 0 && errno != EEXIST)
			return -1;
		fd = open_real_folder(at_fd, name);
		if (fd < 0)
			return -1;
		close(at_fd);
		at_fd = fd;
	}
	*last = path;
	return at_fd < 0 ? -1 : KEEP_FD(at_fd);
}

static int
write_new(int at_fd, const char *name, const struct source_file *f, struct err *e)
{
	AUTO_FD int fd = openat(at_fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "create %s", f->path);
	while (done < f->len) {
		n = write(fd, f->bytes + done, f->len - done);
		if (n < 0 && errno != EINTR)
			return err_sys(e, "write %s", f->path);
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int
write_file(int top_fd, const struct source_file *f, struct err *e)
{
	const char *name;
	AUTO_FD int at_fd = open_folder(top_fd, f->path, &name);

	if (at_fd < 0)
		return err_sys(e, "create %s", f->path);
	return write_new(at_fd, name, f, e);
}

int
source_write(const struct source *s, const char *dir, struct err *e)
{
	AUTO_FD int top_fd = -1;

	if (mkdir(dir, 0755) < 0)
		return err_sys(e, "mkdir %s", dir);
	top_fd = open_real_folder(AT_FDCWD, dir);
	if (top_fd < 0)
		return err_sys(e, "open %s", dir);
	for (size_t i = 0; i < s->count; i++)
		if (write_file(top_fd, &s->files[i], e) < 0)
			return -1;
	return 0;
}

/* Linked to its name, because a link never replaces anything. */
static int
fill_new(int at_fd, const char *name, const struct source_file *f, struct err *e)
{
	int rc;

	unlinkat(at_fd, FRESH, 0);
	rc = write_new(at_fd, FRESH, f, e);
	if (rc == 0 && linkat(at_fd, FRESH, at_fd, name, 0) < 0 && errno != EEXIST)
		rc = err_sys(e, "create %s", f->path);
	unlinkat(at_fd, FRESH, 0);
	return rc;
}

/* A folder that its owner has closed, or that is none, is the user's own doing. */
static int
fill_file(int top_fd, const struct source_file *f, struct err *e)
{
	const char *name;
	AUTO_FD int at_fd = open_folder(top_fd, f->path, &name);
	struct stat st;

	if (at_fd < 0)
		return errno == ENOTDIR || errno == EACCES ? 0 :
		    err_sys(e, "create %s", f->path);
	if (fstatat(at_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return fill_new(at_fd, name, f, e) == 0 || e->sys == EACCES ? 0 : -1;
}

int
source_fill(const struct source *s, const char *dir, struct err *e)
{
	AUTO_FD int top_fd = open_real_folder(AT_FDCWD, dir);

	if (top_fd < 0)
		return err_sys(e, "open %s", dir);
	for (size_t i = 0; i < s->count; i++)
		if (fill_file(top_fd, &s->files[i], e) < 0)
			return -1;
	return 0;
}
