#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "home.h"
#include "snap.h"
#include "vault.h"

#define NEW ".new"
#define GONE ".gone"

/* "" for image: the folder of all checkpoints of a workspace. */
static void
path_of(const char *id, const char *image, const char *end, char out[SNAP_PATH_SIZE])
{
	snprintf(out, SNAP_PATH_SIZE, VAULT_SNAPSHOT "/%.26s%s%.26s%s", id,
	    image[0] ? "/" : "", image, end);
}

static void
remove_entry(const char *id, const char *name)
{
	char path[SNAP_PATH_SIZE];
	struct err e;

	snprintf(path, sizeof(path), VAULT_SNAPSHOT "/%.26s/%.40s", id, name);
	if (file_remove_tree(path, &e) < 0)
		log_error("%s", e.text);
}

static void
clean_folder(const char *id)
{
	char path[SNAP_PATH_SIZE];
	struct dirent *d;
	DIR *dir;

	path_of(id, "", "", path);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.' && !id_is_valid(d->d_name))
			remove_entry(id, d->d_name);
	if (dir)
		closedir(dir);
	path_of(id, "", "", path);
	rmdir(path);		/* fails where there is one, as it should */
}

int
snap_open(struct err *e)
{
	DIR *dir = opendir(VAULT_SNAPSHOT);
	struct dirent *d;

	if (!dir)
		return err_sys(e, "open " VAULT_SNAPSHOT);
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (id_is_valid(d->d_name))
			clean_folder(d->d_name);
		else
			remove_entry("", d->d_name);
	}
	closedir(dir);
	return 0;
}

void
snap_part(const char *id, const char *image, char path[SNAP_PATH_SIZE])
{
	path_of(id, image, NEW, path);
}

int
snap_find(const char *id, const char *image, char path[SNAP_PATH_SIZE], struct fits *f,
    struct err *e)
{
	path_of(id, image, "", path);
	if (access(path, F_OK) < 0)
		return err_sys(e, "checkpoint %s", image);
	return fits_read(f, path, e);
}

int
snap_newest(const char *id, char image[ID_SIZE], struct err *e)
{
	char path[SNAP_PATH_SIZE];
	struct timespec newest = {0};
	struct dirent *d;
	struct stat st;
	DIR *dir;

	path_of(id, "", "", path);
	dir = opendir(path);
	image[0] = '\0';
	while (dir && (d = readdir(dir))) {
		if (!id_is_valid(d->d_name) || fstatat(dirfd(dir), d->d_name, &st, 0) < 0 ||
		    st.st_mtim.tv_sec < newest.tv_sec || (st.st_mtim.tv_sec == newest.tv_sec &&
		    st.st_mtim.tv_nsec <= newest.tv_nsec))
			continue;
		newest = st.st_mtim;
		memcpy(image, d->d_name, ID_SIZE);
	}
	if (dir)
		closedir(dir);
	return image[0] ? 0 : err_set(e, ERR_MISSING, "%s has no checkpoint", id);
}

int
snap_remove_all(const char *id, struct err *e)
{
	char path[SNAP_PATH_SIZE], gone[SNAP_PATH_SIZE];

	path_of(id, "", "", path);
	path_of(id, "", GONE, gone);
	if (rename(path, gone) < 0 && errno != ENOENT)
		return err_sys(e, "rename %s", path);
	return file_remove_tree(gone, e);
}

/* ---- run in a task's child, from here on */

static int
sync_path(const char *path, uint64_t *bytes, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fsync(fd) < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "write %s to the disk", path);
	*bytes += (uint64_t)st.st_blocks * 512;
	return 0;
}

static int
sync_folder(const char *path, uint64_t *bytes, struct err *e)
{
	char file[SNAP_PATH_SIZE + NAME_MAX + 2];
	DIR *dir = opendir(path);
	struct dirent *d;
	int rc = 0;

	if (!dir)
		return err_sys(e, "open %s", path);
	while (rc == 0 && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		rc = sync_path(file, bytes, e);
	}
	closedir(dir);
	return rc < 0 ? -1 : sync_path(path, bytes, e);
}

static int
begin(const struct launch_msg *m, struct err *e)
{
	char path[SNAP_PATH_SIZE], home[HOME_PATH_SIZE];
	struct fits f;

	path_of(m->id, m->image, "", path);
	if (access(path, F_OK) == 0) {
		errno = EEXIST;
		return err_sys(e, "checkpoint %s", m->image);
	}
	home_path(m->id, "", home);
	if (fits_read(&f, home, e) < 0)
		return -1;
	path_of(m->id, "", "", path);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "folder %s", path);
	path_of(m->id, m->image, NEW, path);
	if (mkdir(path, 0700) < 0)
		return err_sys(e, "folder %s", path);
	return fits_write(&f, path, e);
}

void
snap_begin(const struct launch_msg *m, struct task_end *end)
{
	struct err e;

	if (begin(m, &e) < 0)
		task_failed(end, &e);
}

void
snap_publish(const struct launch_msg *m, struct task_end *end)
{
	char part[SNAP_PATH_SIZE], path[SNAP_PATH_SIZE], top[SNAP_PATH_SIZE];
	uint64_t unused = 0;
	struct err e;

	path_of(m->id, m->image, NEW, part);
	path_of(m->id, m->image, "", path);
	path_of(m->id, "", "", top);
	if (sync_folder(part, &end->disk_bytes, &e) < 0) {
		task_failed(end, &e);
		return;
	}
	if (rename(part, path) < 0) {
		err_sys(&e, "rename %s", part);
		task_failed(end, &e);
	} else if (sync_path(top, &unused, &e) < 0 ||
	    sync_path(VAULT_SNAPSHOT, &unused, &e) < 0) {
		task_failed(end, &e);
	}
}

void
snap_drop(const struct launch_msg *m, struct task_end *end)
{
	char path[SNAP_PATH_SIZE], gone[SNAP_PATH_SIZE];
	struct err e;

	path_of(m->id, m->image, "", path);
	path_of(m->id, m->image, GONE, gone);
	if (rename(path, gone) < 0 && errno != ENOENT) {
		err_sys(&e, "rename %s", path);
		task_failed(end, &e);
		return;
	}
	path_of(m->id, m->image, NEW, path);
	if (file_remove_tree(gone, &e) < 0 || file_remove_tree(path, &e) < 0)
		task_failed(end, &e);
	path_of(m->id, "", "", path);
	rmdir(path);		/* fails where there is another, as it should */
}
