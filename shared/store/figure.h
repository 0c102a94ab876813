#ifndef STORE_FIGURE_H
#define STORE_FIGURE_H
/*
 * What the store can tell of the whole machine, for metrics and the admin page.
 */
#include <stdint.h>

#include "db.h"

struct figure {
	const char *kind, *state;	/* or NULL */
	int64_t n;
};

/* How many there are by kind and state; the number of rows.  Sandboxes that never were have
 * no row, and are asleep. */
int figure_sandboxes(struct db *db, struct arena *a, struct figure **rows, struct err *e);
int figure_workspaces(struct db *db, struct arena *a, struct figure **rows, struct err *e);
int figure_jobs(struct db *db, struct arena *a, struct figure **rows, struct err *e);	/* open */
int figure_assists(struct db *db, struct arena *a, struct figure **rows, struct err *e);

/* Who waits for a sandbox, and since when the first of them does (wall ms; 0: nobody). */
int figure_queue(struct db *db, int64_t *n, int64_t *since, struct err *e);
/* Apps whose newest version nobody has frozen yet, or tried to. */
int figure_unfrozen(struct db *db, int64_t *n, struct err *e);

struct tally {
	const char *label;
	int64_t n, last_at;
};
/* Counters that go on for ever: "job" and "assist" by how they ended, "job_failure" by kind of
 * error, "failure" of sandboxes by reason, "input_tokens" and "output_tokens" by model. */
int figure_tally(struct db *db, const char *name, struct arena *a, struct tally **rows,
    struct err *e);

#endif
