#ifndef STORE_SANDBOX_H
#define STORE_SANDBOX_H
/*
 * The life of the one sandbox a workspace may have.
 *
 * want says what people need ("awake": somebody asked for it), state what is there.  Keep
 * alone moves the state; anybody may want it awake (and then rings the bell with the
 * workspace's id).
 */
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

struct sandbox {
	char id[ID_SIZE];		/* of the workspace */
	const char *kind;		/* of the workspace: "app" "notebook" */
	const char *state;		/* "absent" "provision" "running" "hibernated" "evicted"
					   "failed" */
	const char *want;		/* "awake" "asleep" */
	int64_t epoch;
	const char *reason;		/* why it is absent or failed, for people */
	int64_t memory_peak;
	int64_t wanted_at, started_at, ready_at, first_request_at, last_activity_at, ended_at;
	int64_t current;		/* version of the workspace that is live; 0: none yet */
	const char *title;
	int64_t terminated_at;		/* of the workspace; 0: not */
	const char *image;		/* the checkpoint it starts from next, or NULL */
	const char *request;		/* id of the one that wanted it last (log_request), or "" */
};

/* MISSING where there is no such workspace; state "absent" where it never had a sandbox. */
int sandbox_get(struct db *db, const char *id, struct arena *a, struct sandbox *s,
    struct err *e);
/* Ids of all that are provisioned, run or failed, or are wanted awake; the count. */
int sandbox_open_ids(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
int sandbox_count(struct db *db, int64_t *n, struct err *e);	/* provision or running */

/* All below want a transaction. */
/* BUSY while this Carrel starts nothing new (drain.h), unless it is there already. */
int sandbox_want_awake(struct db *db, const char *id, int64_t now, struct err *e);
/* The same, but it may have to wait until the drain is over: keep's, for what goes on. */
int sandbox_want_again(struct db *db, const char *id, int64_t now, struct err *e);
int sandbox_want_asleep(struct db *db, const char *id, const char *reason, struct err *e);
/* Somebody used it at this time (user requests only); at most every few seconds each. */
int sandbox_active(struct db *db, const char *id, int64_t at, struct err *e);
int sandbox_set_provision(struct db *db, const char *id, int64_t now, int64_t *epoch,
    struct err *e);
int sandbox_set_running(struct db *db, const char *id, int64_t now, struct err *e);
/* Its memory peak is at least that. */
int sandbox_set_peak(struct db *db, const char *id, int64_t bytes, struct err *e);
/* The checkpoint it starts from next; NULL: none. */
int sandbox_set_image(struct db *db, const char *id, const char *image, struct err *e);
/* state: "absent", "hibernated" or "failed". */
int sandbox_set_ended(struct db *db, const char *id, const char *state, const char *reason,
    int64_t memory_peak, int64_t now, struct err *e);

#endif
