#ifndef STORE_DRAIN_H
#define STORE_DRAIN_H
/*
 * Draining: nothing new is started, what runs goes on.  It stands in the store, so it outlives
 * a restart; carrelctl and the admin page begin and end it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "db.h"

#define DRAIN_MINUTES_MAX 10080
#define DRAIN_RETRY_SECS 60	/* where nobody said how long it takes */

struct drain {
	int64_t since, until;	/* wall ms; until 0: not known */
	char by[40];
};

/* 1: it is on, and d (or NULL) is filled; 0: not; −1. */
int drain_get(struct db *db, struct drain *d, struct err *e);
/* "Nothing new is started until about 14:30 UTC, …": for people, and when to try again. */
void drain_words(const struct drain *d, int64_t now, char *out, size_t size);
int drain_retry_secs(const struct drain *d, int64_t now);
/* BUSY, with those words, while it is on; else 0.  A store that fails is no reason. */
int drain_check(struct db *db, int64_t now, struct err *e);

/* These want a transaction.  Begins it, or changes until; sends to sleep who waits, and with
 * is_sleep also what runs (what works on a job stays until that is done). */
int drain_begin(struct db *db, int64_t until, bool is_sleep, const char *by, int64_t now,
    struct err *e);
int drain_end(struct db *db, struct err *e);

#endif
