#include "../base/log.h"
#include "job.h"
#include "stmt.h"

static int
add_message(struct db *db, const char *workspace, const char *job, const char *type,
    const char *content, int64_t version, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_message_add, "ttttni", workspace, job, type, content,
	    version, now), e);
}

static int
check_room(struct db *db, const char *workspace, struct err *e)
{
	int64_t open;

	if (stmt_number(stmt_bind(db, Q_job_open_count, "t", workspace), &open, e) < 0)
		return -1;
	if (open > JOB_WAITING_MAX) {
		err_set(e, ERR_QUOTA, "%d changes are waiting for this app already; "
		    "try again when one is done.", JOB_WAITING_MAX);
		if (e)
			e->retry_after_secs = 10;
		return -1;
	}
	return 0;
}

static int
ask(struct db *db, const char *workspace, const char *kind, const char *caller,
    const char *prompt, int64_t base, const struct job_image *image, int64_t now,
    char id[ID_SIZE], struct err *e)
{
	if (check_room(db, workspace, e) < 0)
		return -1;
	id_new(id);
	if (stmt_change(db, stmt_bind(db, Q_workspace_touch, "ti", workspace, now), e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_job_add, "ttttttnbtit", id, workspace, kind, "queued", caller,
	    prompt, base, image ? image->bytes : NULL, image ? image->len : (size_t)0,
	    image ? image->type : NULL, now, log_request_id()), e) < 0)
		return -1;
	return add_message(db, workspace, id, "user", prompt, 0, now, e);
}

int
job_ask_write(struct db *db, const char *workspace, const char *caller, const char *prompt,
    const struct job_image *image, int64_t now, char id[ID_SIZE], struct err *e)
{
	return ask(db, workspace, "write", caller, prompt, 0, image, now, id, e);
}

int
job_ask_restore(struct db *db, const char *workspace, const char *caller, const char *from,
    int64_t version, const char *prompt, int64_t now, char id[ID_SIZE], struct err *e)
{
	if (ask(db, workspace, "restore", caller, prompt, version, NULL, now, id, e) < 0)
		return -1;
	if (stmt_change(db, stmt_bind(db, Q_candidate_copy, "tti", id, from, version), e) < 0)
		return err_field(e, ERR_MISSING, "version", "There is no version %lld of this app.",
		    (long long)version);
	return 0;
}

int
job_set_user(struct db *db, const char *id, const char *user_id, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_job_set_user, "tt", id, user_id), e);
}

int
job_cancel(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_job_first_open, "t", workspace);

	if (stmt_first(st, e, ERR_CONFLICT, "Nothing is running for this app.") < 0)
		return -1;
	stmt_copy(st, 0, id, ID_SIZE);
	stmt_end(st);
	return stmt_run(stmt_bind(db, Q_job_cancel, "t", workspace), e);
}

int
job_get(struct db *db, const char *id, struct arena *a, struct job *j, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_job_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no job with this id.") < 0)
		return -1;
	stmt_copy(st, 0, j->id, sizeof(j->id));
	stmt_copy(st, 1, j->workspace, sizeof(j->workspace));
	j->kind = stmt_text(st, 2, a);
	j->state = stmt_text(st, 3, a);
	j->caller = stmt_text(st, 4, a);
	j->prompt = stmt_text(st, 5, a);
	j->base = stmt_int(st, 6);
	j->image_type = stmt_text(st, 7, a);
	j->tries = stmt_int(st, 8);
	j->repairs = stmt_int(st, 9);
	j->wants_cancel = stmt_int(st, 10);
	j->answer = stmt_text(st, 11, a);
	j->verdict = stmt_text(st, 12, a);
	j->summary = stmt_text(st, 13, a);
	j->model = stmt_text(st, 14, a);
	j->input_tokens = stmt_int(st, 15);
	j->output_tokens = stmt_int(st, 16);
	j->version = stmt_int(st, 17);
	j->error_kind = stmt_text(st, 18, a);
	j->error_text = stmt_text(st, 19, a);
	j->retry_after = stmt_int(st, 20);
	j->created_at = stmt_int(st, 21);
	j->started_at = stmt_int(st, 22);
	j->ended_at = stmt_int(st, 23);
	j->request = stmt_text(st, 24, a);
	stmt_end(st);
	return 0;
}

int
job_get_image(struct db *db, const char *id, struct arena *a, struct job_image *image,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_job_image, "t", id);
	int got = stmt_step(st, e);

	*image = (struct job_image){0};
	if (got != 1)
		return got;
	image->len = (size_t)sqlite3_column_bytes(st, 0);
	image->bytes = arena_dupn(a, sqlite3_column_blob(st, 0), image->len);
	image->type = stmt_text(st, 1, a);
	stmt_end(st);
	return 0;
}

/* The id in the first column of the first row, if there is one. */
static int
one_id(sqlite3_stmt *st, char id[ID_SIZE], struct err *e)
{
	int got = stmt_step(st, e);

	if (got == 1) {
		stmt_copy(st, 0, id, ID_SIZE);
		stmt_end(st);
	} else {
		id[0] = '\0';
	}
	return got;
}

int
job_current(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e)
{
	int got = one_id(stmt_bind(db, Q_job_first_open, "t", workspace), id, e);

	if (got == 0)
		got = one_id(stmt_bind(db, Q_job_last, "t", workspace), id, e);
	return got < 0 ? -1 : 0;
}

int
job_place(struct db *db, const char *id, int64_t *before, struct err *e)
{
	return stmt_number(stmt_bind(db, Q_job_place, "t", id), before, e);
}

int
job_next_write(struct db *db, char id[ID_SIZE], struct err *e)
{
	return one_id(stmt_bind(db, Q_job_next, "t", "queued"), id, e);
}

int
job_next_restore(struct db *db, char id[ID_SIZE], struct err *e)
{
	return one_id(stmt_bind(db, Q_job_restore_next, ""), id, e);
}

int
job_stranded(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_job_stranded, ""), a, ids, e);
}

int
job_to_cancel(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_job_cancelled, ""), a, ids, e);
}

int
job_expired(struct db *db, int64_t started_before, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_job_expired, "i", started_before), a, ids, e);
}

int
job_unheard(struct db *db, int64_t asked_before, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_job_unheard, "i", asked_before), a, ids, e);
}

int
message_list(struct db *db, const char *workspace, struct arena *a, struct message **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_message_list, "t", workspace);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		struct message *m;

		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		m = &(*rows)[n++];
		m->seq = stmt_int(st, 0);
		m->job = stmt_text(st, 1, a);
		m->type = stmt_text(st, 2, a);
		m->content = stmt_text(st, 3, a);
		m->version = stmt_int(st, 4);
		m->created_at = stmt_int(st, 5);
		m->job_state = stmt_text(st, 6, a);
		m->error_kind = stmt_text(st, 7, a);
		m->job_kind = stmt_text(st, 8, a);
		m->verdict = stmt_text(st, 9, a);
		m->image_type = stmt_text(st, 10, a);
	}
	return got < 0 ? -1 : n;
}

int
job_history(struct db *db, const char *workspace, int max, struct arena *a,
    const char *(**pairs)[2], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_job_history, "ti", workspace, (int64_t)max);
	int n = 0, got;

	*pairs = arena_new(a, (size_t)max * sizeof(**pairs));
	while ((got = stmt_step(st, e)) == 1) {
		(*pairs)[n][0] = stmt_text(st, 0, a);
		(*pairs)[n++][1] = stmt_text(st, 1, a);
	}
	return got < 0 ? -1 : n;
}
