#ifndef STORE_USAGE_H
#define STORE_USAGE_H
/*
 * What is used, by the hour: written by keep while sandboxes live, and by triggers where
 * tokens are stored.
 *
 * A life is counted from when its start was asked for until nothing of it is left.  Durations
 * come from the boot clock, so that a clock that is set makes no row negative or huge; only
 * the hour that they are written to comes from the wall clock.  How far a life is counted
 * stands beside it (table meter): keep may die and come back, and goes on from there.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define USAGE_BOOT_SIZE 40

/* The moment up to which something is counted. */
struct usage_now {
	const char *boot;		/* which boot of the machine */
	int64_t boot_ms, wall_ms;
};

/* A life as it was seen. */
struct usage_life {
	const char *id;			/* of the workspace */
	int64_t epoch;
	int64_t cpu_usec;		/* taken since it began */
	int64_t memory_bytes;
};

/* All want a transaction.  usage_begin: nothing where there is no such workspace; one that
 * was counted before, of the same life and boot, goes on.  usage_count and usage_end do
 * nothing for what was not begun. */
int usage_begin(struct db *db, const char *id, int64_t epoch, int64_t memory_mb,
    const struct usage_now *now, struct err *e);
int usage_count(struct db *db, const struct usage_life *l, const struct usage_now *now,
    struct err *e);
int usage_end(struct db *db, const struct usage_life *l, const struct usage_now *now,
    struct err *e);
/* A life of which nobody knows when it ended. */
int usage_forget(struct db *db, const char *id, int64_t epoch, struct err *e);
/* The disk of all notebooks since it was counted last. */
int usage_count_disk(struct db *db, const struct usage_now *now, struct err *e);

/* A life that is being counted now, the largest first. */
struct usage_meter {
	char id[ID_SIZE];
	int64_t epoch, memory_mb, memory_bytes, cpu_usec, disk_bytes;
	const char *owner, *kind, *title, *state;
	int64_t started_at, last_activity_at, held_until;	/* wall ms; 0: not */
};
int usage_meters(struct db *db, struct arena *a, struct usage_meter **rows, struct err *e);

enum usage_by { USAGE_BY_HOUR, USAGE_BY_WORKSPACE, USAGE_BY_OWNER };

struct usage_filter {
	int64_t from, to;		/* wall ms: hours that begin in [from, to) */
	const char *owner;		/* NULL: all */
	enum usage_by by;
};

/* What is not told apart by a filter is "" or 0: workspace, epoch, hour, kind, title. */
struct usage {
	char workspace[ID_SIZE];
	int64_t epoch, hour;
	const char *owner, *kind, *title;	/* they last until the next row */
#define USAGE(name, doc) int64_t name;
#include "usage.def"
#undef USAGE
};

/* Calls fn for each row. */
typedef void usage_fn(const struct usage *u, void *arg);
int usage_each(struct db *db, const struct usage_filter *f, usage_fn *fn, void *arg,
    struct err *e);
void usage_sum(struct usage *sum, const struct usage *u);
/* "2026-11" as the month that it is, in UTC; false: it is none. */
bool usage_month(const char *text, int64_t *from, int64_t *to);

struct buf;
/* A whole document of the rows of a filter: CSV, or {"from","to","rows":[…],"total":{…}}. */
int usage_export(struct db *db, const struct usage_filter *f, bool is_csv, struct buf *out,
    struct err *e);

#endif
