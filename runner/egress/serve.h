#ifndef EGRESS_SERVE_H
#define EGRESS_SERVE_H
/*
 * What is answered: from the cache, or once it is there.
 */
#include "conn.h"

/* Goes on with the request of c->ask: an answer, or another wait. */
void serve(struct conn *c);
/* An answer of our own: a sentence. */
void serve_words(struct conn *c, int status, const char *words);

#endif
