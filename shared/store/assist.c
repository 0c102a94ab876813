#include <string.h>

#include "../base/log.h"
#include "assist.h"
#include "stmt.h"

static int
check_room(struct db *db, const char *workspace, struct err *e)
{
	int64_t open;

	if (stmt_number(stmt_bind(db, Q_assist_open_count, "t", workspace), &open, e) < 0)
		return -1;
	if (open <= ASSIST_WAITING_MAX)
		return 0;
	err_set(e, ERR_QUOTA, "%d requests to the assistant are waiting for this notebook "
	    "already; try again when one is done.", ASSIST_WAITING_MAX);
	if (e)
		e->retry_after_secs = 10;
	return -1;
}

int
assist_ask(struct db *db, const struct assist *wanted, char id[ID_SIZE], struct err *e)
{
	if (check_room(db, wanted->workspace, e) < 0)
		return -1;
	id_new(id);
	return stmt_run(stmt_bind(db, Q_assist_add, "tttttiiit", id, wanted->workspace,
	    wanted->kind, wanted->caller, wanted->prompt, wanted->steps_max,
	    wanted->tokens_max, wanted->created_at, log_request_id()), e);
}

int
assist_get(struct db *db, const char *id, struct arena *a, struct assist *s, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_assist_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no request to the assistant with this "
	    "id.") < 0)
		return -1;
	stmt_copy(st, 0, s->id, sizeof(s->id));
	stmt_copy(st, 1, s->workspace, sizeof(s->workspace));
	s->kind = stmt_text(st, 2, a);
	s->state = stmt_text(st, 3, a);
	s->caller = stmt_text(st, 4, a);
	s->prompt = stmt_text(st, 5, a);
	s->tries = stmt_int(st, 6);
	s->wants_cancel = stmt_int(st, 7);
	s->code = stmt_text(st, 8, a);
	s->summary = stmt_text(st, 9, a);
	s->model = stmt_text(st, 10, a);
	s->steps = stmt_int(st, 11);
	s->steps_max = stmt_int(st, 12);
	s->input_tokens = stmt_int(st, 13);
	s->output_tokens = stmt_int(st, 14);
	s->tokens_max = stmt_int(st, 15);
	s->error_kind = stmt_text(st, 16, a);
	s->error_text = stmt_text(st, 17, a);
	s->retry_after = stmt_int(st, 18);
	s->created_at = stmt_int(st, 19);
	s->started_at = stmt_int(st, 20);
	s->ended_at = stmt_int(st, 21);
	s->request = stmt_text(st, 22, a);
	stmt_end(st);
	return 0;
}

/* The id in the only column of the first row. */
static int
one_id(sqlite3_stmt *st, char id[ID_SIZE], struct err *e)
{
	int got = stmt_step(st, e);

	id[0] = '\0';
	if (got == 1) {
		stmt_copy(st, 0, id, ID_SIZE);
		stmt_end(st);
	}
	return got;
}

int
assist_last(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e)
{
	return one_id(stmt_bind(db, Q_assist_last, "t", workspace), id, e) < 0 ? -1 : 0;
}

int
assist_place(struct db *db, const char *id, int64_t *before, struct err *e)
{
	return stmt_number(stmt_bind(db, Q_assist_place, "t", id), before, e);
}

int
assist_steps(struct db *db, const char *id, struct arena *a, struct assist_step **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_assist_step_list, "t", id);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		struct assist_step *s;

		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		s = &(*rows)[n++];
		s->n = stmt_int(st, 0);
		s->code = stmt_text(st, 1, a);
		s->output = stmt_text(st, 2, a);
		s->is_success = stmt_int(st, 3);
		s->took_ms = stmt_int(st, 4);
		s->tokens = stmt_int(st, 5);
	}
	return got < 0 ? -1 : n;
}

int
assist_cancel(struct db *db, const char *workspace, const char *id, struct err *e)
{
	return stmt_move(db, stmt_bind(db, Q_assist_cancel, "tt", id, workspace),
	    "This request to the assistant has ended.", e);
}

int
assist_next(struct db *db, char id[ID_SIZE], struct err *e)
{
	return one_id(stmt_bind(db, Q_assist_next, ""), id, e);
}

int
assist_to_cancel(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_assist_cancelled, ""), a, ids, e);
}

int
assist_taken(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_assist_taken, ""), a, ids, e);
}

int
assist_unheard(struct db *db, int64_t asked_before, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_assist_unheard, "i", asked_before), a, ids, e);
}

int
assist_requeue(struct db *db, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_assist_requeue, ""), e);
}

int
assist_start(struct db *db, const char *id, const char *model, int64_t now, struct err *e)
{
	return stmt_move(db, stmt_bind(db, Q_assist_start, "tit", id, now, model),
	    "it is not queued any more", e);
}

int
assist_begin_step(struct db *db, const char *id, const char *code,
    const struct assist_tokens *tokens, int64_t *n, struct err *e)
{
	if (stmt_move(db, stmt_bind(db, Q_assist_count_step, "tii", id, tokens->input,
	    tokens->output), "it is over", e) < 0)
		return -1;
	return stmt_number(stmt_bind(db, Q_assist_step_add, "tti", id, code,
	    tokens->input + tokens->output), n, e);
}

int
assist_end_step(struct db *db, const char *id, const char *output, bool is_success,
    int64_t took_ms, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_assist_step_end, "ttii", id, output,
	    (int64_t)is_success, took_ms), e);
}

int
assist_finish(struct db *db, const char *id, const char *code, const char *summary,
    const struct assist_tokens *tokens, int64_t now, struct err *e)
{
	return stmt_move(db, stmt_bind(db, Q_assist_done, "tttiii", id, code, summary,
	    tokens->input, tokens->output, now), "it is over already", e);
}

int
assist_fail(struct db *db, const char *id, const char *kind_name, const char *text,
    int64_t retry_after_secs, const struct assist_tokens *tokens, int64_t now, struct err *e)
{
	const char *state = strcmp(kind_name, "cancelled") == 0 ? "cancelled" : "failed";

	if (stmt_move(db, stmt_bind(db, Q_assist_fail, "ttttniii", id, state, kind_name, text,
	    retry_after_secs, tokens->input, tokens->output, now), "it is over already", e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_assist_step_end, "ttin", id, "It was stopped.",
	    (int64_t)0, (int64_t)0), e);
}
