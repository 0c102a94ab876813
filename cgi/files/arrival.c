#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "upload.h"

#define TEMP_SECS 60		/* a name of ours lives for less than a millisecond */
#define LOOK_MAX 10000

/* Better said before the file has come than behind it. */
static int
look_ahead(int dir, const char *path, struct err *e)
{
	const char *last;
	AUTO_FD int parent = beneath_parent(dir, path, false, &last, NULL);
	struct stat st;

	if (parent < 0)
		return errno == ENOENT ? 0 : files_trouble("file", e);
	if (fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return err_field(e, ERR_CONFLICT, "file", "There is a folder of this name.");
	return 0;
}

int
arrival_open(struct arrivals *a, const char *path, struct err *e)
{
	int fd;

	if (a->count == ARRIVALS_MAX)
		return err_field(e, ERR_LIMIT, "file", "At most %d files can be sent at once.",
		    ARRIVALS_MAX);
	if (look_ahead(a->dir, path, e) < 0)
		return -1;
	fd = openat(a->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return files_trouble("file", e);
	a->list[a->count++] = (struct arrival){fd, path};
	return fd;
}

int
arrival_keep(struct arrivals *a, struct err *e)
{
	int fd = a->list[a->count - 1].fd;

	return fchmod(fd, 0644) < 0 || fsync(fd) < 0 ? files_trouble("file", e) : 0;
}

/* What a program that was killed between two calls has left in the top folder. */
static void
sweep(int dir)
{
	int fd = beneath_folder(dir, "");
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	for (int i = 0; d && i < LOOK_MAX && (entry = readdir(d)); i++)
		if (strncmp(entry->d_name, FILES_TEMP, strlen(FILES_TEMP)) == 0 &&
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    time(NULL) - st.st_ctim.tv_sec > TEMP_SECS &&
		    unlinkat(fd, entry->d_name, 0) == 0)
			log_warn("removed what an upload had left");
	if (d)
		closedir(d);
}

/* In place of what has the name: under a name of ours first, then renamed over it. */
static int
replace(int top, const char *proc, int dir, const char *name)
{
	char temp[sizeof(FILES_TEMP) + ID_SIZE] = FILES_TEMP;
	int why;

	id_new(temp + strlen(FILES_TEMP));
	if (linkat(AT_FDCWD, proc, top, temp, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	if (renameat(top, temp, dir, name) == 0)
		return 0;
	why = errno;
	unlinkat(top, temp, 0);
	return errno = why, -1;
}

static int
publish(int top, const struct arrival *a, struct err *e)
{
	const char *name;
	size_t made;
	AUTO_FD int dir = beneath_parent(top, a->path, true, &name, &made);
	char proc[32];
	int rc, why;

	if (dir < 0)
		return files_trouble("file", e);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", a->fd);
	rc = linkat(AT_FDCWD, proc, dir, name, AT_SYMLINK_FOLLOW);
	if (rc < 0 && errno == EEXIST)
		rc = replace(top, proc, dir, name);
	if (rc == 0)
		rc = fsync(dir);
	if (rc == 0)
		return 0;
	why = errno;
	beneath_unmake(top, a->path, made);
	errno = why;
	return why == EISDIR ? err_field(e, ERR_CONFLICT, "file",
	    "There is a folder of this name.") : files_trouble("file", e);
}

int
arrivals_publish(struct arrivals *a, struct err *e)
{
	sweep(a->dir);
	for (int i = 0; i < a->count; i++)
		if (publish(a->dir, &a->list[i], e) < 0)
			return -1;
	return 0;
}

void
arrivals_close(struct arrivals *a)
{
	for (int i = 0; i < a->count; i++)
		close(a->list[i].fd);
	a->count = 0;
}
