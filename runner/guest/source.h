#ifndef GUEST_SOURCE_H
#define GUEST_SOURCE_H
/*
 * The files of an APPLY: read from their bytes, checked as a whole, then written.
 *
 * After source_parse every path is plain: below the given folder, of letters, digits, `.`,
 * `_`, `-`, no component that is empty or begins with a dot, none twice, none inside
 * another.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../../shared/base/err.h"
#include "../../shared/wire/guest.h"

struct source_file {
	char path[SOURCE_PATH_MAX + 1];
	const char *bytes;	/* in the message */
	size_t len;
};

struct source {
	size_t count;
	struct source_file files[SOURCE_FILES_MAX];
};

/* top: what every path begins with, "src/", or "" for anything (which may be no file at
 * all).  INPUT with a sentence where the payload is not such a tree within the limits. */
int source_parse(struct source *s, const char *top, const void *payload, size_t n,
    struct err *e);
/* Writes the tree below dir, which must not exist; with the rights of the caller. */
int source_write(const struct source *s, const char *dir, struct err *e);
/* Writes those files that are missing below dir, each whole or not at all; follows no
 * symbolic link, and passes over what is behind one.  FULL where there is no space. */
int source_fill(const struct source *s, const char *dir, struct err *e);

#endif
