#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "loopdev.h"

#define BLOCKS "/sys/block"
#define LOOP_MAJOR 7
#define TRIES 64		/* others take free ones, too */
#define BLOCK_BYTES 4096

static int
open_device(uint64_t number, char path[LOOPDEV_PATH_SIZE])
{
	int fd;

	snprintf(path, LOOPDEV_PATH_SIZE, "/dev/loop%u", (unsigned)number);
	fd = open(path, O_RDWR | O_CLOEXEC);
	/* In a container /dev has only the nodes that were there when it began. */
	if (fd < 0 && errno == ENOENT &&
	    mknod(path, S_IFBLK | 0600, makedev(LOOP_MAJOR, (unsigned)number)) == 0)
		fd = open(path, O_RDWR | O_CLOEXEC);
	return fd;
}

/* Asked of the device that is open, and so stays what it is. */
static bool
is_of(int fd, const struct stat *file)
{
	struct loop_info64 info;

	return ioctl(fd, LOOP_GET_STATUS64, &info) == 0 &&
	    info.lo_device == file->st_dev && info.lo_inode == file->st_ino;
}

/* Its device, if it has one; else −1. */
static int
find(const struct stat *file, char path[LOOPDEV_PATH_SIZE])
{
	DIR *dir = opendir(BLOCKS);
	struct dirent *d;
	char name[300];
	uint64_t number;
	int fd = -1;

	while (dir && fd < 0 && (d = readdir(dir))) {
		if (strncmp(d->d_name, "loop", 4) != 0 ||
		    !num_u64(d->d_name + 4, 1 << 20, &number))
			continue;
		snprintf(name, sizeof(name), BLOCKS "/%s/loop/backing_file", d->d_name);
		if (access(name, F_OK) < 0)
			continue;
		fd = open_device(number, path);
		if (fd >= 0 && !is_of(fd, file))
			close(KEEP_FD(fd));
	}
	if (dir)
		closedir(dir);
	return fd;
}

int
loopdev_attach(int file_fd, char path[LOOPDEV_PATH_SIZE], struct err *e)
{
	struct loop_config config = {.fd = (uint32_t)file_fd, .block_size = BLOCK_BYTES,
	    .info.lo_flags = LO_FLAGS_AUTOCLEAR};
	AUTO_FD int control = -1;
	struct stat st;
	int fd, number;

	if (fstat(file_fd, &st) < 0)
		return err_sys(e, "look at a volume");
	fd = find(&st, path);
	if (fd >= 0)
		return fd;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return err_sys(e, "open /dev/loop-control");
	for (int i = 0; i < TRIES; i++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		fd = number < 0 ? -1 : open_device((uint64_t)number, path);
		if (fd < 0)
			return err_sys(e, "take a free loop device");
		if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
			return fd;
		close(fd);
		if (errno != EBUSY)
			break;
	}
	return err_sys(e, "attach a volume to %s", path);
}
