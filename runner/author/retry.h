#ifndef AUTHOR_RETRY_H
#define AUTHOR_RETRY_H
/*
 * What a model service's trouble means: what the person is told, and whether and when to
 * ask again.  Pure: no clock, no chance, no I/O.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/base/err.h"
#include "net.h"
#include "reply.h"

#define RETRY_MAX 2		/* times, after the first */
#define RETRY_WAIT_MAX_MS 60000	/* told to wait longer: the person is told instead */

/* Whom the sentences are about. */
struct retry_who {
	const char *provider, *model, *key_name, *key;
};

struct trouble {
	struct err e;		/* for the person; its kind is the job's */
	bool may_retry;
	int64_t wait_ms;	/* −1: not told */
};

/* An HTTP status that is not 200, with the answer's body (JSON or anything). */
void retry_status(const struct net_head *h, const char *body, const struct retry_who *who,
    struct trouble *t);
/* A call that did not come to its end, or ended before the answer did. */
void retry_broken(enum net_end how, struct trouble *t);
/* An error told in the stream itself; returns −1. */
int retry_event(const char *type, const char *message, struct err *e);
/* What broke the stream: an error told in it (retry_event's), or one of a parser, which
 * is put into words for the person. */
void retry_stream(const struct err *e, struct trouble *t);
/* How long to wait before try number n (1 is the first repetition); chance is any
 * number. */
int64_t retry_wait_ms(const struct trouble *t, int n, uint64_t chance);
/* An answer that came whole and is none: cut for length, declined, empty.  −1, or 0. */
int retry_stop(const struct reply *r, struct err *e);
/* The service's own words in an error's body, "" if there are none; cut to size. */
void retry_message(const char *body, char *out, size_t size);

#endif
