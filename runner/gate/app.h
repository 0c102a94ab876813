#ifndef GATE_APP_H
#define GATE_APP_H
/*
 * The apps that somebody uses now: one record each, from the first request until nobody
 * waits or is connected any more and what there was to tell the store has been told.
 */
#include "gate.h"

struct app {
	struct app *next;		/* of the same slot */
	char id[ID_SIZE];
	int folder;			/* of its sandbox; −1: not open */
	bool is_confirmed;		/* the store said that it is ready */
	bool is_learned;		/* it said what follows, and nothing has changed since */
	bool has_kind;			/* is_notebook is known; an id never changes its kind */
	bool is_notebook, has_terminal;
	int64_t frozen;			/* the version that is live, where it is frozen; 0 */
	bool is_wanted;			/* awake; its door is open soon, where it is not */
	int64_t learned_ms;		/* boot time of that: a ring may be lost */
	struct known *known;		/* who was let in, the latest first (known.h) */
	int64_t wrong_until;		/* boot ms; beyond now: wrong tokens were shown */
	int conns;			/* that wait or are relayed */
	int64_t first_used, last_used;	/* wall ms the store does not know yet; 0: none */
	struct wake *wake;		/* NULL: nobody waits for it to wake */
};

struct app_table *app_table_new(void);
void app_table_free(struct app_table *t);

/* The record of an id, or NULL. */
struct app *app_find(struct app_table *t, const char *id);
/* The same, made where it is missing. */
struct app *app_get(struct app_table *t, const char *id);
/* Asks the store for its kind, where that is not known.  MISSING: there is no such app. */
int app_learn(struct gate *g, struct app *app, struct err *e);
/* Calls fn for all; true: it was true for one. */
bool app_each(struct gate *g, bool (*fn)(struct gate *g, struct app *app));
/* Connects to a door of its sandbox, whose folder may have come anew.  A new folder's socket
 * answers before the app's version is in place, so the store is asked once about each.
 * The descriptor is the caller's; MISSING: it is not there (yet); any other error: it is,
 * and may take one more in a moment. */
int app_dial(struct gate *g, struct app *app, enum door door, struct err *e);
/* What the store said of it may not hold any more: it is asked again. */
void app_doubt(struct app *app);
/* A person used it now. */
void app_used(struct app *app);
/* Tells the store who was used when, all in one transaction, and drops idle records. */
void app_flush(struct gate *g);

#endif
