#ifndef AUTHOR_INSIST_H
#define AUTHOR_INSIST_H
/*
 * Something that must get into the store, which may be busy or full for a while: what was
 * paid for is worth some patience.
 */
#include <stdbool.h>

#include "../../shared/base/err.h"
#include "../../shared/wire/loop.h"

struct insist {
	struct loop *loop;
	struct timer *timer;
	int tries;
	int (*store)(void *arg, struct err *e);	/* in one transaction of its own */
	/* It is in (e NULL); or it was refused (CONFLICT, MISSING), or given up. */
	void (*end)(void *arg, const struct err *e);
	void *arg;
};

/* Tries at once, and again until it is in or refused, for ten seconds.  end may be called
 * before it returns, and may free i. */
void insist_start(struct insist *i, struct loop *l, int (*store)(void *arg, struct err *e),
    void (*end)(void *arg, const struct err *e), void *arg);
bool insist_waits(const struct insist *i);
/* Without a word.  Fine for one that was never started (all zeros). */
void insist_stop(struct insist *i);

#endif
