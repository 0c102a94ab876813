#ifndef STORE_ORPHAN_H
#define STORE_ORPHAN_H
/*
 * The store and the disk made equal, both ways: what lies on the disk without a row is noted
 * and goes a day later; a row whose bytes are gone says so to people.
 */
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define ORPHAN_GRACE_MS 86400000LL

/* What should lie on the disk: a checkpoint, or with image "" a volume. */
struct held {
	char workspace[ID_SIZE], image[ID_SIZE];
};

struct orphan {
	const char *path;	/* below var */
	int64_t found_at;
};

/* The count, or −1. */
int care_held(struct db *db, struct arena *a, struct held **rows, struct err *e);
int orphan_list(struct db *db, struct arena *a, struct orphan **rows, struct err *e);
/* 1: the store knows of it; 0: not. */
int care_knows(struct db *db, const struct held *h, struct err *e);

/* All below want a transaction. */

/* It is not there any more: a sleeping notebook's next start is from nothing, and its page
 * says why.  1: that was news; 0: it was known, or is gone from the store, too. */
int care_lost(struct db *db, const struct held *h, struct err *e);
/* Keep is to have it removed. */
int care_erase(struct db *db, const struct held *h, struct err *e);
/* The time of the first call for a path counts. */
int orphan_add(struct db *db, const char *path, int64_t now, struct err *e);
int orphan_drop(struct db *db, const char *path, struct err *e);
/* All: after the store was taken from a backup, each is found anew. */
int orphan_forget(struct db *db, struct err *e);

/* The wall clock was set by so much: all by which something that lasts is measured moves
 * along, so that nothing falls asleep or is given up at once, or never. */
int care_shift_clock(struct db *db, int64_t by_ms, struct err *e);
/* At a start: what was noted by a clock that went ahead of this one happened just now. */
int care_clamp_clock(struct db *db, int64_t now, struct err *e);
/* Old events, and all but the newest of a workspace's snapshots that nobody asked for. */
int care_retain(struct db *db, int64_t events_before, int64_t autos, int64_t now,
    struct err *e);

#endif
