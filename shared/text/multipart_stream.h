#ifndef TEXT_MULTIPART_STREAM_H
#define TEXT_MULTIPART_STREAM_H
/*
 * multipart/form-data bodies of any size, read piece by piece in constant memory; as strict
 * as multipart.h.
 *
 *	multipart_stream_open, then for each part multipart_stream_next and
 *	multipart_stream_piece until it gives 0 (a part may also be left unread).
 */
#include <sys/types.h>

#include "multipart.h"

#define MULTIPART_STREAM_BYTES 65536

/* Puts at most n bytes of the body at to; 0: there are no more. */
typedef size_t multipart_read_fn(void *arg, char *to, size_t n);

struct multipart_stream {
	multipart_read_fn *read;
	void *arg;
	const char *mark;	/* CRLF and the delimiter */
	size_t mark_len;
	char *buf;		/* MULTIPART_STREAM_BYTES */
	size_t from, to;	/* what of it is not used yet */
	enum { MULTIPART_BEGIN, MULTIPART_IN_PART, MULTIPART_BEHIND, MULTIPART_OVER } at;
};

/* The mark lives in the arena; close it also after a failure. */
int multipart_stream_open(struct multipart_stream *m, const char *content_type,
    multipart_read_fn *read, void *arg, struct arena *a, struct err *e);
void multipart_stream_close(struct multipart_stream *m);
/* The head of the next part (bytes and len are not set), its texts in the arena.  1: it is
 * there; 0: the form is over; −1 (INPUT). */
int multipart_stream_next(struct multipart_stream *m, struct arena *a,
    struct multipart_part *p, struct err *e);
/* Further bytes of this part, good until the next call.  Their count; 0: it is over; −1
 * where the body ends before its last boundary (INPUT). */
ssize_t multipart_stream_piece(struct multipart_stream *m, const char **bytes,
    struct err *e);

#endif
