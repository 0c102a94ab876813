#ifndef TEXT_MULTIPART_H
#define TEXT_MULTIPART_H
/*
 * multipart/form-data bodies that are in memory as a whole.  Strict: every part has a name,
 * the last boundary is there, and nothing but space comes behind it.
 */
#include <stdbool.h>

#include "../base/err.h"
#include "../base/mem.h"

#define MULTIPART_PARTS_MAX 64
#define MULTIPART_HEAD_MAX 4096		/* bytes of one part's headers */

struct multipart_part {
	const char *name;
	const char *file_name;	/* NULL: not a file */
	const char *type;	/* its Content-Type, "" where none is given */
	const char *bytes;	/* within the body */
	size_t len;
};

/* content_type is the whole header.  Returns the count, or −1 (INPUT, LIMIT). */
int multipart_parse(const char *content_type, const char *body, size_t n, struct arena *a,
    struct multipart_part **parts, struct err *e);

#endif
