#ifndef TEXT_CHUNK_H
#define TEXT_CHUNK_H
/*
 * The "chunked" transfer coding of HTTP/1.1, taken off bytes that come in any pieces.
 *
 * Strict: sizes are hexadecimal digits alone, lines end with CRLF.  Extensions and trailers
 * are skipped, CHUNK_WORDS_MAX bytes of them in all; more is refused.
 */
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

#define CHUNK_WORDS_MAX 4096

/* Bytes of the body.  −1 stops the decoder. */
typedef int chunk_fn(void *arg, const char *bytes, size_t n, struct err *e);

/* Zeroed: at the beginning. */
struct chunk {
	int state;
	uint64_t left;		/* of the chunk that is being read */
	int digits;		/* of its size, so far */
	int words;		/* bytes of extensions and trailers, so far */
	int line;		/* bytes of the trailer's line, so far */
};

/* 1: that was all (what follows in bytes is not looked at); 0: more must come; −1: UPSTREAM,
 * or what fn returned.  Feed nothing after 1 or −1. */
int chunk_feed(struct chunk *c, const char *bytes, size_t n, chunk_fn *fn, void *arg,
    struct err *e);

#endif
