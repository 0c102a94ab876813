#ifndef EGRESS_FETCH_H
#define EGRESS_FETCH_H
/*
 * One download: a GET, at most three redirects, and no byte from where none may come from
 * (where.h).  The only file of egress that calls curl for it.
 */
#include "egress.h"
#include "page.h"

struct fetch;

struct fetch_end {
	long status;		/* 0: no answer */
	bool is_whole;		/* the answer came to its end */
	bool is_late;		/* it took too long */
	const char *why;	/* curl's word or ours, for the log */
	const char *url;	/* where it came from in the end */
	char type[80], etag[ETAG_SIZE];
};

struct fetch_request {
	const char *url;	/* copied */
	const struct origin *home;
	const char *accept;	/* NULL: anything, as it is; else it may come compressed */
	const char *etag;	/* "": none */
	int64_t timeout_ms;
	/* Bytes of an answer with status 200; false stops it. */
	bool (*on_bytes)(void *arg, const char *bytes, size_t n);
	/* It is over, and the fetch is gone. */
	void (*on_end)(void *arg, const struct fetch_end *end);
	void *arg;
};

struct fetch *fetch_start(struct egress *g, const struct fetch_request *r, struct err *e);
/* Ends it without a word.  NULL is fine; not from on_bytes. */
void fetch_stop(struct fetch *f);

#endif
