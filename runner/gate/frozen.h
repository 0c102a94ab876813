#ifndef GATE_FROZEN_H
#define GATE_FROZEN_H
/*
 * Frozen apps: the version that is live lies ready as files, so that nobody who visits it
 * need wait for a sandbox, nor wakes one.  A web server at a socket of its own hands them
 * out; the gate asks it for exactly one file, by the id in the request's Host, and passes
 * the answer on like an app's.
 *
 * Pages load what belongs to them from /__carrel/frozen/<version>/assets/, also while a
 * sandbox is awake: who came before it was goes on with what they have.
 */
#include "conn.h"

#define FROZEN_ASSETS "/__carrel/frozen/"

/* "/__carrel/frozen/<version>/assets/<name>", in that very spelling? */
bool frozen_is_asset(struct text target);
/* A request line and fields, rewritten to ask for one file: that asset, or the page of
 * version.  Appends to out. */
void frozen_request(const char *head, size_t n, const char *id, int64_t version,
    struct buf *out);
enum frozen_result {
	FROZEN_TAKEN,	/* it goes to the files, or was answered */
	FROZEN_AWAY,	/* who hands them out is being started again: ask in a moment */
	FROZEN_NOT,	/* the app is not frozen, or nobody hands out its files */
};
/* Takes a connection whose sandbox is not there. */
enum frozen_result frozen_serve(struct conn *c);
/* There is no such file. */
void frozen_answer_missing(struct conn *c);

#endif
