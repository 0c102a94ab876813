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
#define MULTIPART_BOUNDARY_MAX 70

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

/* Its pieces, for multipart_stream.h.  What goes before each part but the first, CRLF and
 * the delimiter; NULL (INPUT) where the Content-Type names no proper boundary. */
const char *multipart_mark(const char *content_type, struct arena *a, struct err *e);
/* Reads the headers of a part, each with its line end. */
int multipart_take_head(const char *head, size_t n, struct arena *a, struct multipart_part *p,
    struct err *e);

#endif
