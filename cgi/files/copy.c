/*
 * A tree of files from one volume to another.  Both belong to people who may do anything in
 * them meanwhile, so each step goes by a descriptor and one name, follows no link, and takes
 * nothing but folders and regular files; what else there is stays behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/mem.h"
#include "files.h"

#define DEPTH_MAX 24
#define AT_ONCE (8 << 20)

/* By sendfile, because copy_file_range goes from one file system to another only if they say
 * so, and ext4 does not. */
static int
copy_bytes(int from, int to, int64_t most, struct copying *c)
{
	int64_t done = 0;
	ssize_t n;

	while ((n = sendfile(to, from, NULL, AT_ONCE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += n;
		if (done > most)
			return errno = EFBIG, -1;
	}
	c->bytes += done;
	return 0;
}

static int
copy_file(int from_dir, int to_dir, const char *name, struct copying *c)
{
	AUTO_FD int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	AUTO_FD int to = -1;
	struct stat st;

	/* It may be something else by now, or closed to us by its owner. */
	if (from < 0 || fstat(from, &st) < 0 || !S_ISREG(st.st_mode)) {
		c->left_out++;
		return 0;
	}
	if (st.st_size > COPY_BYTES_MAX - c->bytes || ++c->files > COPY_FILES_MAX)
		return errno = EFBIG, -1;
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (to < 0)
		return errno == EEXIST ? 0 : -1;
	if (fchmod(to, (st.st_mode & 0111) | 0644) < 0)
		return -1;
	return copy_bytes(from, to, COPY_BYTES_MAX - c->bytes, c);
}

static int copy_folder(int from, int to, int depth, struct copying *c);

static int
copy_inner(int from_dir, int to_dir, const char *name, int depth, struct copying *c)
{
	AUTO_FD int from = openat(from_dir, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int to = -1;

	if (from < 0 || depth == DEPTH_MAX) {
		c->left_out++;
		return 0;
	}
	if (++c->files > COPY_FILES_MAX)
		return errno = EFBIG, -1;
	if (mkdirat(to_dir, name, 0755) < 0 && errno != EEXIST)
		return -1;
	to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to < 0 ? -1 : copy_folder(KEEP_FD(from), to, depth + 1, c);
}

/* What only helps, and is made again. */
static bool
is_left(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strcmp(name, "__pycache__") == 0 || strcmp(name, "lost+found") == 0 ||
	    strncmp(name, FILES_TEMP, strlen(FILES_TEMP)) == 0;
}

/* from is taken over. */
static int
copy_folder(int from, int to, int depth, struct copying *c)
{
	DIR *d = fdopendir(from);
	struct dirent *at;
	struct stat st;
	int rc = 0, why;

	if (!d) {
		close(from);
		return -1;
	}
	while (rc == 0 && (at = readdir(d))) {
		if (is_left(at->d_name))
			continue;
		if (fstatat(from, at->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;	/* gone already */
		if (S_ISDIR(st.st_mode))
			rc = copy_inner(from, to, at->d_name, depth, c);
		else if (S_ISREG(st.st_mode))
			rc = copy_file(from, to, at->d_name, c);
		else
			c->left_out++;
	}
	why = errno;
	closedir(d);
	errno = why;
	return rc;
}

int
copy_all(int from, int to, struct copying *c, struct err *e)
{
	int top = beneath_folder(from, "");
	AUTO_FD int into = beneath_folder(to, "");

	if (top < 0 || into < 0) {
		if (top >= 0)
			close(top);
		return files_trouble("path", e);
	}
	if (copy_folder(top, into, 0, c) == 0)
		return fsync(into) < 0 ? files_trouble("path", e) : 0;
	if (errno == EFBIG)
		return err_set(e, ERR_LIMIT, "A notebook with more than %d files or %d MB cannot be "
		    "copied; download what you need of it.", COPY_FILES_MAX, COPY_BYTES_MAX >> 20);
	return files_trouble("path", e);
}
