#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H
/*
 * Files beneath a folder whose owner is not trusted: the kernel follows no link of any kind,
 * leaves the folder by no way, and only regular files are opened, whatever is put in their
 * place meanwhile.
 *
 * dir is a descriptor of the folder (O_PATH is enough).  Paths are relative, without "." and
 * "..", "" being the folder itself.  All return −1 with errno: ENOENT, ENOTDIR or ELOOP
 * (something on the way is no folder), EISDIR, EINVAL (neither file nor folder), and what
 * the system says.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* A regular file, for reading. */
int beneath_file(int dir, const char *path, struct stat *st);
/* A folder, for listing it and for what is in it. */
int beneath_folder(int dir, const char *path);
/* The folder that path's last name is in; where is_making, folders that are missing are made
 * (0755).  *last points at that name within path; *made, if not NULL, is the length of the
 * outermost part of path that was made, or 0. */
int beneath_parent(int dir, const char *path, bool is_making, const char **last,
    size_t *made);
/* Removes the folders above path that beneath_parent made. */
void beneath_unmake(int dir, const char *path, size_t made);
/* Removes whatever is there, but a folder only if it is empty (ENOTEMPTY) or is_tree; of a
 * tree at most max entries (EAGAIN: there are more), and at most 100 levels (EOVERFLOW). */
int beneath_remove(int dir, const char *path, bool is_tree, int64_t max);

#endif
