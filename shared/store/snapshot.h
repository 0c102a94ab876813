#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H
/*
 * Checkpoints of sandboxes: what a kernel sleeps in, and what people keep by hand.  The
 * bytes are launch's (var/snapshot/<workspace>/<id>); the row says that they are whole.
 */
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define SNAPSHOTS_MAX 20	/* made by hand, per workspace */

struct snapshot {
	char id[ID_SIZE], workspace[ID_SIZE];
	const char *kind;		/* "sleep" "hand" "auto" (made in the background) */
	const char *state;		/* "wanted" "good" "failed" */
	int64_t bytes;
	const char *reason;		/* why it failed, for people */
	int64_t created_at, made_at;	/* made_at 0: not yet */
};

/* All but the getters want a transaction. */
int snapshot_add(struct db *db, const char *id, const char *workspace, const char *kind,
    int64_t now, struct err *e);
int snapshot_get(struct db *db, const char *id, struct arena *a, struct snapshot *s,
    struct err *e);
/* The newest first; the count. */
int snapshot_list(struct db *db, const char *workspace, struct arena *a,
    struct snapshot **rows, struct err *e);
/* The bytes of those made by hand. */
int snapshot_kept(struct db *db, const char *workspace, int64_t *bytes, struct err *e);
/* 1: id is the one of the workspace that is to be made first: to sleep in, else the oldest;
 * 0: none is. */
int snapshot_wanted(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e);
/* Ids of the workspaces that wait for one; the count. */
int snapshot_waiting(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
int snapshot_set_made(struct db *db, const char *id, int64_t bytes, int64_t now,
    struct err *e);
int snapshot_set_failed(struct db *db, const char *id, const char *reason, int64_t now,
    struct err *e);
int snapshot_delete(struct db *db, const char *id, struct err *e);
/* Those made to sleep but this one ("": all) are out of date, and go. */
int snapshot_drop_sleep(struct db *db, const char *workspace, const char *but,
    struct err *e);

/* Those made in the background but this one ("": all) go. */
int snapshot_drop_auto(struct db *db, const char *workspace, const char *but, struct err *e);
/* 1: the last good one that was made in the background; 0: there is none. */
int snapshot_get_auto(struct db *db, const char *workspace, struct arena *a,
    struct snapshot *s, struct err *e);

/* What is to be removed from the disk, and is noted by the store itself when a row goes: a
 * checkpoint, or everything of a notebook that was deleted. */
struct erasure {
	char workspace[ID_SIZE], image[ID_SIZE];	/* image "": everything */
};

#define ERASURES_AT_ONCE 64
/* For a checkpoint that was made, and whose row stays. */
int erasure_add(struct db *db, const char *workspace, const char *image, struct err *e);
/* The count, at most ERASURES_AT_ONCE. */
int erasure_list(struct db *db, struct erasure rows[ERASURES_AT_ONCE], struct err *e);
int erasure_done(struct db *db, const char *workspace, const char *image, struct err *e);

#endif
