#ifndef TEXT_TAR_H
#define TEXT_TAR_H
/*
 * A tar archive (POSIX pax), written into a buf: regular files only, mode 0644, owner 0.
 * Folders come to be by the names of the files in them.
 */
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"

/* path: relative, without "..", at most 250 bytes. */
void tar_add(struct buf *b, const char *path, const void *bytes, size_t n, int64_t mtime_secs);
void tar_end(struct buf *b);

#endif
