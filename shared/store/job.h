#ifndef STORE_JOB_H
#define STORE_JOB_H
/*
 * Jobs: one thing a person asked to be done to a workspace, from the prompt to a version.
 *
 *   write:    queued → writing (author) → judging (keep) → done
 *                         ↑  bad verdict, repairs < JOB_REPAIRS_MAX │
 *                         └────────────────────────────────────────┘
 *   restore:  queued (its candidate is there from the start) → judging → done
 *   any open state → failed | cancelled
 *
 * The jobs of one workspace run one after the other, in the order asked.  Every step is one
 * transaction, so a process killed between two loses nothing: keep judges again what is
 * judging, author takes up again what it was writing (at most JOB_TRIES_MAX times).
 * The functions that end a job also write what a person reads: the answer into the history.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"
#include "version.h"

#define JOB_REPAIRS_MAX 2
#define JOB_TRIES_MAX 3
#define JOB_WAITING_MAX 3	/* behind the running one, per workspace */
#define PROMPT_MAX 20000	/* characters */

struct job {
	char id[ID_SIZE], workspace[ID_SIZE];
	const char *kind;	/* "write" or "restore" */
	const char *state;
	const char *caller, *prompt;
	int64_t base;		/* version it starts from; 0: none */
	const char *image_type;	/* NULL: no picture */
	int64_t tries, repairs;
	bool wants_cancel;
	const char *answer, *verdict;	/* of the last bad candidate, else NULL */
	const char *summary, *model;
	int64_t input_tokens, output_tokens, version;
	const char *error_kind, *error_text;	/* failed: err_name, "compile" or "answer" */
	int64_t retry_after, created_at, started_at, ended_at;
	const char *request;	/* id of the one that asked (log_request), or "" */
};

struct job_image {
	const char *type;
	const void *bytes;
	size_t len;
};

struct message {
	int64_t seq, version, created_at;
	const char *job, *type, *content;
	const char *job_state, *error_kind, *job_kind, *verdict, *image_type;
};

/* Asking.  All want a transaction.  job_ask adds the job and the person's message, and
 * revives a terminated workspace; QUOTA when too many wait already.  For a restore,
 * version is the one to bring back, from (the same or another) workspace `from`. */
int job_ask_write(struct db *db, const char *workspace, const char *caller, const char *prompt,
    const struct job_image *image, int64_t now, char id[ID_SIZE], struct err *e);
int job_ask_restore(struct db *db, const char *workspace, const char *caller, const char *from,
    int64_t version, const char *prompt, int64_t now, char id[ID_SIZE], struct err *e);
/* Notes whose request it was, in the words of the program that asked (user_id). */
int job_set_user(struct db *db, const char *id, const char *user_id, struct err *e);
/* Marks every open job of the workspace; CONFLICT if there is none.  The id of the first. */
int job_cancel(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e);

/* Looking. */
int job_get(struct db *db, const char *id, struct arena *a, struct job *j, struct err *e);
int job_get_image(struct db *db, const char *id, struct arena *a, struct job_image *image,
    struct err *e);	/* len 0: none */
/* The first open job of a workspace, else its last one, else "" (0 either way). */
int job_current(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e);
/* How many jobs are queued before this one, anywhere. */
int job_place(struct db *db, const char *id, int64_t *before, struct err *e);
/* The next job for author (a queued write), or for keep (a queued restore): 1 found, 0 none. */
int job_next_write(struct db *db, char id[ID_SIZE], struct err *e);
int job_next_restore(struct db *db, char id[ID_SIZE], struct err *e);
/* Ids of workspaces that ask for no sandbox, though keep has something to judge in them, as
 * after a restart; the count. */
int job_stranded(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
/* Ids of jobs that are wanted cancelled, or started before a time; the count. */
int job_to_cancel(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
int job_expired(struct db *db, int64_t started_before, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e);
/* Writes that were asked before a time and wait for author; the count. */
int job_unheard(struct db *db, int64_t asked_before, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e);
int message_list(struct db *db, const char *workspace, struct arena *a, struct message **rows,
    struct err *e);
/* The last max turns that made a version: prompts and summaries in turn, oldest first. */
int job_history(struct db *db, const char *workspace, int max, struct arena *a,
    const char *(**pairs)[2], struct err *e);

/* Author's steps.  All want a transaction.  job_start: CONFLICT if it is not queued any more. */
int job_start(struct db *db, const char *id, const char *model, int64_t now, struct err *e);
int job_requeue(struct db *db, struct err *e);	/* at author's start: what it was writing */
int job_give_candidate(struct db *db, const char *id, const struct source *s,
    const char *answer, const char *summary, int64_t input_tokens, int64_t output_tokens,
    int64_t now, struct err *e);

/* Keep's steps.  All want a transaction. */
int job_start_restore(struct db *db, const char *id, int64_t now, struct err *e);
/* Candidate becomes the next version and the live one; *n is its number. */
int job_accept(struct db *db, const char *id, int64_t now, int64_t *n, struct err *e);
/* Bad verdict: back to author (*is_over false), or failed for good (*is_over true). */
int job_reject(struct db *db, const char *id, const char *verdict, const char *message,
    int64_t now, bool *is_over, struct err *e);

/* Either's.  kind_name: err_name(…), "compile", "answer" (the model answered in words only),
 * or "cancelled"; text is what the person reads.  Nothing happens to a job that has ended. */
int job_fail(struct db *db, const char *id, const char *kind_name, const char *text,
    int64_t retry_after_secs, int64_t input_tokens, int64_t output_tokens, int64_t now,
    struct err *e);

#endif
