#ifndef WIRE_MULTI_H
#define WIRE_MULTI_H
/*
 * Many transfers of curl at once, driven by the loop.
 *
 * A transfer is a CURL of the caller's with CURLOPT_PRIVATE set.  When it ends it is taken
 * out first, and then told of, so that the callback may free it, and start or take out
 * others.
 */
#include "library.h"
#include "loop.h"

struct multi;

/* private: the transfer's CURLOPT_PRIVATE. */
typedef void multi_end_fn(void *private, CURLcode rc);

/* kept: how many idle connections may wait for more work.  NULL: UPSTREAM. */
struct multi *multi_new(struct loop *l, int kept, multi_end_fn *fn, struct err *e);
/* NULL is fine.  Every transfer must have been taken out. */
void multi_free(struct multi *m);
void multi_add(struct multi *m, CURL *easy);
/* Ends it without a word; fine for one that is not in there. */
void multi_remove(struct multi *m, CURL *easy);
/* At most all connections at once, and to_one of them to one host; others wait. */
void multi_bound(struct multi *m, int all, int to_one);
/* The certificates that the environment names, which libcurl itself, unlike its command,
 * does not look for. */
void multi_trust(CURL *easy);

#endif
