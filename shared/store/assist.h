#ifndef STORE_ASSIST_H
#define STORE_ASSIST_H
/*
 * Assists: what a person asks a model for inside a notebook.
 *
 *   cell:   queued → writing → done: the code of one cell is proposed
 *   agent:  queued → writing → running (its first step has begun) → done
 *   any open state → failed | cancelled
 *
 * Author alone moves them on; keep ends them where there is no author.  Of one notebook at
 * most one of each kind is at work; the others wait.  What was killed while nothing but
 * writing had happened is begun anew (at most ASSIST_TRIES_MAX times in all); an agent's
 * steps are not run twice.
 *
 * All tokens of all calls count, read and written, against tokens_max.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define ASSIST_TRIES_MAX 2
#define ASSIST_WAITING_MAX 3	/* behind those at work, per notebook */
#define ASSIST_STEPS 8		/* where nothing is said */
#define ASSIST_STEPS_MAX 30
#define ASSIST_TOKENS 60000	/* where nothing is said */
#define ASSIST_TOKENS_MIN 1000
#define ASSIST_TOKENS_MAX 2000000
#define ASSIST_OUTPUT_BYTES (16u << 10)	/* kept of a step's */
#define ASSIST_PROMPT_MAX 20000		/* characters */

struct assist {
	char id[ID_SIZE], workspace[ID_SIZE];
	const char *kind;	/* "cell" or "agent" */
	const char *state;
	const char *caller, *prompt;
	int64_t tries;
	bool wants_cancel;
	const char *code;	/* proposed, or NULL */
	const char *summary, *model;
	int64_t steps, steps_max, input_tokens, output_tokens, tokens_max;
	const char *error_kind, *error_text;	/* failed: err_name or "answer" */
	int64_t retry_after, created_at, started_at, ended_at;
	const char *request;	/* id of the one that asked (log_request), or "" */
};

struct assist_step {
	int64_t n;
	const char *code;
	const char *output;	/* NULL: it runs */
	bool is_success;
	int64_t took_ms, tokens;
};

/* Of one call to a model, or of several. */
struct assist_tokens {
	int64_t input, output;
};

/* All but the getters want a transaction. */

/* kind, workspace, caller, prompt, steps_max, tokens_max and created_at are used; QUOTA when
 * too many wait already. */
int assist_ask(struct db *db, const struct assist *wanted, char id[ID_SIZE], struct err *e);
int assist_get(struct db *db, const char *id, struct arena *a, struct assist *s,
    struct err *e);
/* The last one of a notebook; "" (and 0) where there is none. */
int assist_last(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e);
/* The count. */
int assist_steps(struct db *db, const char *id, struct arena *a, struct assist_step **rows,
    struct err *e);
/* How many wait before this one, anywhere. */
int assist_place(struct db *db, const char *id, int64_t *before, struct err *e);
/* CONFLICT where it has ended, or is none of this notebook's. */
int assist_cancel(struct db *db, const char *workspace, const char *id, struct err *e);

/* Author's. */
int assist_next(struct db *db, char id[ID_SIZE], struct err *e);	/* 1 found, 0 none */
int assist_to_cancel(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
/* Those that an author is at, or was. */
int assist_taken(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
int assist_requeue(struct db *db, struct err *e);	/* at author's start: what was written */
/* CONFLICT where it is not queued any more. */
int assist_start(struct db *db, const char *id, const char *model, int64_t now, struct err *e);
/* A step begins; *n is its number, tokens those of the call that wrote it. */
int assist_begin_step(struct db *db, const char *id, const char *code,
    const struct assist_tokens *tokens, int64_t *n, struct err *e);
/* The step that runs has ended. */
int assist_end_step(struct db *db, const char *id, const char *output, bool is_success,
    int64_t took_ms, struct err *e);
/* tokens: those that were not counted yet.  CONFLICT where it has ended already. */
int assist_finish(struct db *db, const char *id, const char *code, const char *summary,
    const struct assist_tokens *tokens, int64_t now, struct err *e);
/* kind_name: err_name(…), "answer" or "cancelled"; ends the step that runs, too. */
int assist_fail(struct db *db, const char *id, const char *kind_name, const char *text,
    int64_t retry_after_secs, const struct assist_tokens *tokens, int64_t now, struct err *e);

/* keep's, where no author is there: those that were asked for before a time. */
int assist_unheard(struct db *db, int64_t asked_before, struct arena *a,
    char (**ids)[ID_SIZE], struct err *e);

#endif
