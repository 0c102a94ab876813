#ifndef STORE_SANDBOX_H
#define STORE_SANDBOX_H
/*
 * The life of the one sandbox a workspace may have.
 *
 * want says what people need ("awake": somebody asked for it), state what is there.  Keep
 * alone moves the state; anybody may want it awake (and then rings the bell with the
 * workspace's id).
 */
#include <stdbool.h>
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
	int64_t turn;			/* its turn among those who wait; 0: none (yet) */
	int64_t memory_now;		/* bytes, when it was last looked at; 0: not known */
};

/* One that is wanted awake and does not start yet. */
struct sandbox_waiting {
	char id[ID_SIZE];
	const char *owner;
	bool is_app, is_waking;		/* is_waking: it ran before */
	int64_t turn, wanted_at;	/* turn 0: not given yet */
	const char *reason;
};

/* One that sleeps with its kernel. */
struct sandbox_asleep {
	char id[ID_SIZE];
	const char *owner, *tier;	/* tier: of its own */
	int64_t ended_at;
};

/* Where one stands in the line. */
struct sandbox_place {
	bool is_waiting;
	int64_t before;			/* who come first */
	int64_t eta_ms;			/* until it is there */
	char why[160];			/* what all in the line wait for, for people; or "" */
};

/* The line as a whole. */
struct sandbox_line {
	int64_t waiting, gap_ms, boot_ms;
};

/* MISSING where there is no such workspace; state "absent" where it never had a sandbox. */
int sandbox_get(struct db *db, const char *id, struct arena *a, struct sandbox *s,
    struct err *e);
/* Ids of all that are provisioned, run or failed, or are wanted awake; the count. */
int sandbox_open_ids(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
/* Ids of those that run or start as far as the store knows; the count. */
int sandbox_alive_ids(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
/* Those that wait to be started: first those without a turn, then in their turn; the count,
 * at most max. */
int sandbox_waiting(struct db *db, int64_t max, struct arena *a, struct sandbox_waiting **rows,
    struct err *e);
int sandbox_place(struct db *db, const char *id, struct sandbox_place *p, struct err *e);
int sandbox_line(struct db *db, struct sandbox_line *l, struct err *e);
/* Those that sleep with their kernel, by owner and tier; the count. */
int sandbox_asleep(struct db *db, struct arena *a, struct sandbox_asleep **rows, struct err *e);
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
/* Its memory, and the peak that is at least that. */
int sandbox_set_memory(struct db *db, const char *id, int64_t peak, int64_t now_bytes,
    struct err *e);
/* turn 0: it does not stand in the line, for this reason. */
int sandbox_set_turn(struct db *db, const char *id, int64_t turn, const char *reason,
    struct err *e);
int sandbox_set_pace(struct db *db, int64_t gap_ms, int64_t boot_ms, const char *why,
    int64_t now, struct err *e);
/* Its kernel is let go; nothing happens to one that is wanted again. */
int sandbox_evict(struct db *db, const char *id, const char *reason, struct err *e);
/* The checkpoint it starts from next; NULL: none. */
int sandbox_set_image(struct db *db, const char *id, const char *image, struct err *e);
/* state: "absent", "hibernated" or "failed". */
int sandbox_set_ended(struct db *db, const char *id, const char *state, const char *reason,
    int64_t memory_peak, int64_t now, struct err *e);

#endif
