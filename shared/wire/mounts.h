#ifndef WIRE_MOUNTS_H
#define WIRE_MOUNTS_H
/* What is mounted below a folder, as the kernel tells it. */
#include <stdbool.h>

/* name: the part of the path below the folder.  is_broken: its file system gave up, because
 * its device failed; it answers errors only, or takes no writes any more. */
typedef void mounts_fn(const char *name, bool is_broken, void *arg);

/* folder: an absolute path without a slash at its end. */
void mounts_each(const char *folder, mounts_fn *fn, void *arg);

#endif
