#ifndef LAUNCH_LOOPDEV_H
#define LAUNCH_LOOPDEV_H
/*
 * Loop devices, by the kernel's own calls.  A file never gets a second one: two would be
 * two file systems on the same blocks.
 */
#include "../../shared/base/err.h"

#define LOOPDEV_PATH_SIZE 32

/* The loop device of an open file: the one it has, else a free one, which goes away with its
 * last user.  A descriptor that keeps it until it is mounted, or −1; its name is in path. */
int loopdev_attach(int file_fd, char path[LOOPDEV_PATH_SIZE], struct err *e);

#endif
