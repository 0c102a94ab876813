#ifndef GUEST_SOURCE_H
#define GUEST_SOURCE_H
/*
 * The source tree of an APPLY: read from its bytes, checked whole, then written.
 *
 * After source_parse every path is plain: below src/, of letters, digits, `.`, `_`, `-`,
 * no component that is empty or begins with a dot, none twice, none inside another.
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

/* INPUT with a sentence where the payload is not a source tree within the limits. */
int source_parse(struct source *s, const void *payload, size_t n, struct err *e);
/* Writes the tree below dir, which must not exist; with the rights of the caller. */
int source_write(const struct source *s, const char *dir, struct err *e);

#endif
