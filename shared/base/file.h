#ifndef BASE_FILE_H
#define BASE_FILE_H
/*
 * Files and descriptors.  Every descriptor made here is CLOEXEC.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "err.h"

/* Appends the whole file (MISSING if absent; LIMIT if it does not fit into the buf's limit,
 * which then holds what fits). */
int file_read(const char *path, struct buf *to, struct err *e);
/* Writes path anew: temporary name, fsync, rename.  mode as for open(2). */
int file_write(const char *path, const void *bytes, size_t n, mode_t mode, struct err *e);
/* All n bytes to fd, over short writes and EINTR. */
int file_write_all(int fd, const void *bytes, size_t n, struct err *e);
/* mkdir -p. */
int file_mkdirs(const char *path, mode_t mode, struct err *e);
/* rm -rf, not crossing symbolic links; an absent path is fine. */
int file_remove_tree(const char *path, struct err *e);
bool file_set_nonblocking(int fd, bool is_nonblocking);

#endif
