/* The steps of a job (job.h): each moves it one state on, in the caller's transaction. */
#include <string.h>

#include "job.h"
#include "stmt.h"

int
job_start(struct db *db, const char *id, const char *model, int64_t now, struct err *e)
{
	return stmt_move(db, stmt_bind(db, Q_job_start, "tit", id, now, model),
	    "it is not queued any more", e);
}

int
job_requeue(struct db *db, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_job_requeue_writing, ""), e);
}

int
job_give_candidate(struct db *db, const char *id, const struct source *s, const char *answer,
    const char *summary, int64_t input_tokens, int64_t output_tokens, int64_t now,
    struct err *e)
{
	if (stmt_move(db, stmt_bind(db, Q_job_candidate, "tttiii", id, answer, summary,
	    input_tokens, output_tokens, now), "it is not open any more", e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_candidate_clear, "t", id), e) < 0)
		return -1;
	for (int i = 0; i < s->count; i++)
		if (stmt_run(stmt_bind(db, Q_candidate_add, "ttt", id, s->files[i].path,
		    s->files[i].text), e) < 0)
			return -1;
	return 0;
}

int
job_start_restore(struct db *db, const char *id, int64_t now, struct err *e)
{
	return stmt_move(db, stmt_bind(db, Q_job_restore_start, "ti", id, now),
	    "it is not queued any more", e);
}

static int
add_version(struct db *db, const struct job *j, const char *summary, int64_t n, int64_t now,
    struct err *e)
{
	if (stmt_run(stmt_bind(db, Q_version_add, "tintttttiiii", j->workspace, n, j->base,
	    j->id, j->caller, j->prompt, summary, j->model, j->input_tokens, j->output_tokens,
	    now - j->created_at, now), e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_source_add_candidate, "tit", j->workspace, n, j->id), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_candidate_clear, "t", j->id), e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_workspace_set_current, "tii", j->workspace, n, now), e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_message_add, "ttttni", j->workspace, j->id, "assistant",
	    summary, n, now), e);
}

static int
get_judging(struct db *db, const char *id, struct arena *a, struct job *j, struct err *e)
{
	if (job_get(db, id, a, j, e) < 0)
		return -1;
	if (strcmp(j->state, "judging") != 0)
		return err_set(e, ERR_CONFLICT, "job %s is %s, not judging", id, j->state);
	return 0;
}

int
job_accept(struct db *db, const char *id, int64_t now, int64_t *n, struct err *e)
{
	struct arena a = {0};
	struct job j;
	const char *summary;
	int result = -1;

	if (get_judging(db, id, &a, &j, e) < 0 ||
	    stmt_number(stmt_bind(db, Q_workspace_versions, "t", j.workspace), n, e) < 0)
		goto out;
	++*n;
	summary = j.summary && j.summary[0] ? j.summary :
	    strcmp(j.kind, "restore") == 0 ? j.prompt : "Done.";
	if (add_version(db, &j, summary, *n, now, e) < 0)
		goto out;
	result = stmt_run(stmt_bind(db, Q_job_done, "tii", id, *n, now), e);
out:
	arena_free(&a);
	return result;
}

int
job_reject(struct db *db, const char *id, const char *verdict, const char *message,
    int64_t now, bool *is_over, struct err *e)
{
	struct arena a = {0};
	struct job j;
	int result = -1;

	if (get_judging(db, id, &a, &j, e) < 0)
		goto out;
	*is_over = strcmp(j.kind, "write") != 0 || j.repairs >= JOB_REPAIRS_MAX;
	if (!*is_over) {
		result = stmt_run(stmt_bind(db, Q_candidate_clear, "t", id), e);
		if (result == 0)
			result = stmt_run(stmt_bind(db, Q_job_repair, "tt", id, verdict), e);
		goto out;
	}
	if (stmt_run(stmt_bind(db, Q_job_set_verdict, "tt", id, verdict), e) < 0)
		goto out;
	result = job_fail(db, id, "compile", message, 0, 0, 0, now, e);
out:
	arena_free(&a);
	return result;
}

int
job_fail(struct db *db, const char *id, const char *kind_name, const char *text,
    int64_t retry_after_secs, int64_t input_tokens, int64_t output_tokens, int64_t now,
    struct err *e)
{
	const char *state = strcmp(kind_name, "cancelled") == 0 ? "cancelled" : "failed";
	struct arena a = {0};
	struct job j;
	int result = -1;

	if (job_get(db, id, &a, &j, e) < 0)
		goto out;
	result = 0;
	if (j.ended_at)
		goto out;
	result = -1;
	if (stmt_run(stmt_bind(db, Q_job_fail, "ttttniii", id, state, kind_name, text,
	    retry_after_secs, now, input_tokens, output_tokens), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_candidate_clear, "t", id), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_workspace_set_tried, "ti", j.workspace, now), e) < 0)
		goto out;
	result = stmt_run(stmt_bind(db, Q_message_add, "ttttni", j.workspace, id, "assistant",
	    text, (int64_t)0, now), e);
out:
	arena_free(&a);
	return result;
}
