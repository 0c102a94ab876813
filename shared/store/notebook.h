#ifndef STORE_NOTEBOOK_H
#define STORE_NOTEBOOK_H
/*
 * What a workspace of kind "notebook" has besides its row and its sandbox's: limits, what
 * its owner decided, and the files it begins with.  Its own files are on its volume, which
 * the store knows nothing of.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "access.h"
#include "version.h"
#include "workspace.h"

#define NOTEBOOK_HOLD_MAX_MS (24 * 3600000LL)
#define NOTEBOOK_FILE "notebook.py"
#define NOTEBOOK_IDLE_MS 600000

struct notebook {
	char id[ID_SIZE];
	const char *template_name;	/* the starter it was made from */
	const char *tier;
	bool is_public, has_terminal;
	int64_t held_until;		/* wall ms; 0: not held */
	int64_t volume_wanted_at;	/* wall ms; 0: never */
	int64_t disk_mb, disk_files;	/* limits of its volume */
	int64_t disk_bytes;		/* used, when it was last looked at */
	const char *restore;		/* the snapshot that is wanted back, or NULL */
	const char *notice;		/* what its owner should know of its last end, or "" */
};

/* One of a list. */
struct notebook_row {
	char id[ID_SIZE];
	const char *title, *sandbox_state, *sandbox_reason, *notice, *template_name;
	bool is_public, is_wanted;	/* is_wanted: awake */
	int64_t created_at, updated_at, last_activity_at, held_until;	/* 0: never */
	int64_t disk_bytes, memory_now;
};

/* What people are told of a sandbox's state: "idle" for one that runs and that nobody has
 * used for NOTEBOOK_IDLE_MS, else as it is. */
const char *notebook_state(const char *sandbox_state, int64_t last_activity_at, int64_t now);

/* All but the getters want a transaction; MISSING where there is no such notebook. */

/* The workspace and the sandbox are added by the caller. */
int notebook_add(struct db *db, const struct notebook *n,
    const unsigned char token_hash[TOKEN_HASH_BYTES], const struct source *files,
    struct err *e);
int notebook_get(struct db *db, const char *id, struct arena *a, struct notebook *n,
    struct err *e);
/* The files it begins with. */
int notebook_files(struct db *db, const char *id, struct arena *a, struct source *s,
    struct err *e);
/* 1: that is the hash of its owner's token; 0: not. */
int notebook_has_token(struct db *db, const char *id,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e);
int notebook_set_token(struct db *db, const char *id,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e);
int notebook_set_public(struct db *db, const char *id, bool is_public, struct err *e);
int notebook_set_terminal(struct db *db, const char *id, bool has_terminal, struct err *e);
int notebook_set_hold(struct db *db, const char *id, int64_t until, struct err *e);
int notebook_set_volume_wanted(struct db *db, const char *id, int64_t now, struct err *e);
int notebook_set_disk(struct db *db, const char *id, int64_t bytes, struct err *e);
/* NULL: none is wanted (any more). */
int notebook_set_restore(struct db *db, const char *id, const char *snapshot, struct err *e);
int notebook_set_notice(struct db *db, const char *id, const char *notice, struct err *e);
/* At most max rows from offset on; search "" finds all titles, state "" all states (as
 * notebook_state says them), "awake" those that run or are started, "asleep" the others.
 * The count, or −1. */
int notebook_list(struct db *db, const char *search, const char *state,
    enum workspace_order order, int64_t now, int max, int offset, struct arena *a,
    struct notebook_row *rows, struct err *e);
/* Ids of those whose volume was wanted after a time; the count. */
int notebook_volumes(struct db *db, int64_t after, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e);
/* Ids of those of which a snapshot is wanted back; the count. */
int notebook_restoring(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);

#endif
