#ifndef STORE_FROZEN_H
#define STORE_FROZEN_H
/*
 * Versions of apps that are there as files, or could not be made so.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define FROZEN_KEY_SIZE 17	/* of the packages, with its end */

/* Its picture: nobody has tried, it is there, none came of it; the version is gone, or the
 * store cannot be asked. */
enum frozen_shot { FROZEN_UNSHOT, FROZEN_SHOT, FROZEN_SHOTLESS, FROZEN_GONE };

struct frozen {
	char packages[FROZEN_KEY_SIZE];	/* "": it could not be frozen */
	const char *problem;		/* then why; in the arena */
	int64_t bytes, took_ms, made_at;
};

/* 1: it is there; 0: nobody has tried yet; −1. */
int frozen_get(struct db *db, const char *workspace, int64_t version, struct arena *a,
    struct frozen *f, struct err *e);
/* 1: the newest of those on show that nobody has tried to take a picture of; 0: none; −1. */
int frozen_next_shot(struct db *db, char workspace[ID_SIZE], int64_t *version, struct err *e);
enum frozen_shot frozen_get_shot(struct db *db, const char *workspace, int64_t version);
/* All below want a transaction. */
/* Notes one that was frozen, or could not be: then its version is marked. */
int frozen_set(struct db *db, const char *workspace, int64_t version, const struct frozen *f,
    struct err *e);

/* Notes that its picture is there, or that none came of it. */
int frozen_set_shot(struct db *db, const char *workspace, int64_t version, bool is_there,
    struct err *e);

/* Files that are to be removed. */
struct thaw {
	char workspace[ID_SIZE];
	int64_t version;
};
#define THAWS_AT_ONCE 64
int thaw_list(struct db *db, struct thaw rows[THAWS_AT_ONCE], struct err *e);
int thaw_done(struct db *db, const char *workspace, int64_t version, struct err *e);

#endif
