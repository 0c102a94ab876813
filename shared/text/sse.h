#ifndef TEXT_SSE_H
#define TEXT_SSE_H
/*
 * A parser of server-sent events, fed with bytes as they come.
 *
 * Lines end with LF, CRLF or CR; an event ends at a blank line, its data lines are joined
 * by LF.  Bytes may be cut anywhere, inside a character too.  A line, and the data of an
 * event, may have SSE_BYTES at most: more is an error, as whoever sends it is broken or
 * hostile. What follows the last blank line is no event.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../base/buf.h"
#include "../base/err.h"

#define SSE_BYTES (1u << 20)
#define SSE_NAME_MAX 64

/* One event; name is "" where none was given (what the standard calls "message").  data
 * is NUL-terminated and stays the parser's.  −1 stops the parser. */
typedef int sse_fn(void *arg, const char *name, const char *data, size_t len,
    struct err *e);

struct sse {
	struct buf line, data;
	char name[SSE_NAME_MAX];
	bool has_data;
	bool was_cr;	/* a line ended with CR: an LF that follows belongs to it */
	bool is_begun;	/* past the place where a byte order mark may stand */
	sse_fn *fn;
	void *arg;
};

void sse_init(struct sse *s, sse_fn *fn, void *arg);
void sse_free(struct sse *s);
/* −1: LIMIT for a line too long, or what fn returned.  Feed nothing after that. */
int sse_feed(struct sse *s, const char *bytes, size_t n, struct err *e);

#endif
