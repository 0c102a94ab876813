#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "../../shared/wire/mounts.h"
#include "loopdev.h"
#include "snap.h"
#include "vault.h"
#include "volume.h"

#define PATH_SIZE 96
#define NEW ".new"
#define JOURNAL_MB "8"
#define OWN_FILES 16		/* inodes that the file system and we take */
#define SUPER_STATE 1024 + 58	/* s_state, 16 bits, little endian */
#define STATE_ERROR 2

/* A file's size is the quota: what is deleted inside is given back to the host. */
#define MOUNT_OPTIONS "errors=remount-ro,discard"

static struct {
	uid_t workload;
} volume;

static const char *const folders[] = {"work", "env"};

static void
path_of(const char *id, const char *end, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, VAULT_VOLUME "/%s.img%s", id, end);
}

static void
place_of(const char *id, const char *name, char out[PATH_SIZE])
{
	snprintf(out, PATH_SIZE, VOLUME_TOP "/%s%s%s", id, name[0] ? "/" : "", name);
}

int
volume_open(const struct conf *c, struct err *e)
{
	DIR *dir = opendir(VAULT_VOLUME);
	struct dirent *d;
	size_t n;

	volume.workload = (uid_t)c->uid_base + UID_WORKLOAD;
	if (!dir)
		return err_sys(e, "open " VAULT_VOLUME);
	while ((d = readdir(dir))) {
		n = strlen(d->d_name);
		if (n > strlen(NEW) && strcmp(d->d_name + n - strlen(NEW), NEW) == 0)
			unlinkat(dirfd(dir), d->d_name, 0);
	}
	closedir(dir);
	if ((mkdir(VOLUME_TOP, 0700) < 0 && errno != EEXIST) ||
	    chown(VOLUME_TOP, 0, volume.workload) < 0 || chmod(VOLUME_TOP, 0710) < 0)
		return err_sys(e, "folder " VOLUME_TOP);
	return 0;
}

static bool
is_mounted(const char *id)
{
	struct stat at, top;
	char path[PATH_SIZE];

	place_of(id, "", path);
	return stat(path, &at) == 0 && stat(VOLUME_TOP, &top) == 0 &&
	    at.st_dev != top.st_dev;
}

uint64_t
volume_used(const char *id)
{
	struct statvfs v;
	char path[PATH_SIZE];

	place_of(id, "", path);
	if (!is_mounted(id) || statvfs(path, &v) < 0)
		return 0;
	return (uint64_t)(v.f_blocks - v.f_bfree) * v.f_frsize;
}

/* ---- run in a task's child, from here on */

/* Exit status, or −1. */
static int
run(const char *const argv[])
{
	const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t self = getpid(), pid = fork();
	int status;

	if (pid == 0) {
		int null_fd = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self || dup2(null_fd, 0) < 0 || dup2(null_fd, 1) < 0 ||
		    dup2(null_fd, 2) < 0)
			_exit(126);
		execve(argv[0], (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* The blocks of the file are zero already, so no inode table is written now or later. */
static int
make_filesystem(const char *path, uint32_t files, struct err *e)
{
	char inodes[16];
	const char *const argv[] = {"/usr/sbin/mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0",
	    "-J", "size=" JOURNAL_MB, "-O", "^resize_inode", "-E",
	    "assume_storage_prezeroed=1,lazy_itable_init=1", "-N", inodes, path, NULL};
	int rc;

	snprintf(inodes, sizeof(inodes), "%" PRIu32, files + OWN_FILES);
	rc = run(argv);
	if (rc != 0)
		return err_set(e, ERR_INTERNAL, "mkfs.ext4 failed, status %d", rc);
	return 0;
}

static int
make_file(const struct launch_msg *m, struct err *e)
{
	AUTO_FD int fd = -1, dir_fd = -1;
	char path[PATH_SIZE], part[PATH_SIZE];

	path_of(m->id, "", path);
	path_of(m->id, NEW, part);
	if (access(path, F_OK) == 0)
		return 0;
	if (m->verb == LAUNCH_CREATE && m->flags & LAUNCH_FLAG_HAS_VOLUME) {
		errno = ENODATA;
		return err_sys(e, "the volume %s is gone", path);
	}
	unlink(part);
	fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)m->disk_mb << 20) < 0)
		return err_sys(e, "make the volume %s", part);
	if (make_filesystem(part, m->disk_files, e) < 0) {
		unlink(part);
		return -1;
	}
	dir_fd = open(VAULT_VOLUME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fsync(fd) < 0 || rename(part, path) < 0 || fsync(dir_fd) < 0)
		return err_sys(e, "make the volume %s", path);
	return 0;
}

/* Whether the kernel found the file system to be wrong when it was last used.  What was
 * merely not unmounted is put right by its journal, when it is mounted. */
static bool
has_errors(int fd)
{
	unsigned char state[2] = {0};

	return pread(fd, state, sizeof(state), SUPER_STATE) == (ssize_t)sizeof(state) &&
	    (state[0] & STATE_ERROR);
}

static int
repair(const char *device, struct err *e)
{
	const char *const argv[] = {"/usr/sbin/e2fsck", "-p", device, NULL};
	int rc = run(argv);

	if (rc == 0 || rc == 1)
		return 0;
	return err_set(e, ERR_INTERNAL,
	    "the volume is damaged, and e2fsck -p could not repair it (status %d)", rc);
}

static int
mount_device(const char *device, const char *to)
{
	return mount(device, to, "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME, MOUNT_OPTIONS);
}

static int
mount_file(const char *id, struct err *e)
{
	AUTO_FD int fd = -1, loop_fd = -1;
	char path[PATH_SIZE], to[PATH_SIZE], device[LOOPDEV_PATH_SIZE];

	path_of(id, "", path);
	place_of(id, "", to);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open the volume %s", path);
	loop_fd = loopdev_attach(fd, device, e);
	if (loop_fd < 0 || (has_errors(fd) && repair(device, e) < 0))
		return -1;
	if (mkdir(to, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "folder %s", to);
	if (mount_device(device, to) == 0)
		return 0;
	if (repair(device, e) < 0)
		return -1;
	return mount_device(device, to) < 0 ? err_sys(e, "mount the volume %s", path) : 0;
}

/* The top stays ours, so that what the workload owns cannot be taken away or linked
 * elsewhere. */
static int
make_folders(const char *id, struct err *e)
{
	char path[PATH_SIZE];
	struct stat st;

	place_of(id, "", path);
	if (chown(path, 0, volume.workload) < 0 || chmod(path, 0750) < 0)
		return err_sys(e, "folder %s", path);
	for (size_t i = 0; i < COUNT(folders); i++) {
		place_of(id, folders[i], path);
		if (mkdir(path, 0750) < 0 && errno != EEXIST)
			return err_sys(e, "folder %s", path);
		if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			return err_set(e, ERR_INTERNAL, "%s is not a folder", path);
		if (st.st_uid != volume.workload &&
		    chown(path, volume.workload, volume.workload) < 0)
			return err_sys(e, "folder %s", path);
	}
	return 0;
}

static void
note_broken(const char *name, bool is_broken, void *arg)
{
	const char **id = arg;

	if (is_broken && strcmp(name, *id) == 0)
		*id = NULL;
}

/* Its device failed.  What is on the disk is put right when it is mounted again. */
static void
drop_broken(const char *id)
{
	const char *look_for = id;
	char path[PATH_SIZE];

	mounts_each(VOLUME_TOP, note_broken, &look_for);
	if (look_for)
		return;
	place_of(id, "", path);
	log_warn("%s has failed, and is mounted again", path);
	umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH);
}

void
volume_mount(const struct launch_msg *m, struct task_end *end)
{
	struct err e;
	char path[PATH_SIZE];

	drop_broken(m->id);
	if (!is_mounted(m->id) && (make_file(m, &e) < 0 || mount_file(m->id, &e) < 0)) {
		place_of(m->id, "", path);
		rmdir(path);
		task_failed(end, &e);
		return;
	}
	if (make_folders(m->id, &e) < 0)
		task_failed(end, &e);
	end->disk_bytes = volume_used(m->id);
}

static int
unmount(const char *id, struct err *e)
{
	char path[PATH_SIZE];

	place_of(id, "", path);
	if (is_mounted(id) && umount2(path, UMOUNT_NOFOLLOW) < 0)
		return err_sys(e, "unmount %s", path);
	if (rmdir(path) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}

void
volume_unmount(const struct launch_msg *m, struct task_end *end)
{
	struct err e;

	if (unmount(m->id, &e) < 0)
		task_failed(end, &e);
}

void
volume_erase(const struct launch_msg *m, struct task_end *end)
{
	char path[PATH_SIZE];
	struct err e;

	if (unmount(m->id, &e) < 0 || snap_remove_all(m->id, &e) < 0) {
		task_failed(end, &e);
		return;
	}
	path_of(m->id, "", path);
	if (unlink(path) < 0 && errno != ENOENT) {
		err_sys(&e, "remove %s", path);
		task_failed(end, &e);
	}
}
