/* The end of a job as the reply to the request that asked for it. */
#include <string.h>

#include "apps.h"

struct awaited {
	bool is_restore;
};

/* Kinds of failure that are the provider's or the machine's.  Any other one (a wrong provider
 * key, say) is not the caller's doing and must not look like it. */
static enum err_kind
kind_of(const char *name)
{
	enum err_kind kind = err_kind_of(name);

	switch (kind) {
	case ERR_QUOTA:
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_INTERNAL:
	case ERR_FULL:
	case ERR_READONLY:
		return kind;
	default:
		return ERR_UPSTREAM;
	}
}

static int
reply_done(struct req *r, const struct job *j, bool is_restore)
{
	apps_open(r, "ok");
	if (!is_restore)
		json_put_text(&r->out, "app_id", j->workspace);
	json_put_int(&r->out, "version", j->version);
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

static int
reply_ended(struct req *r, const struct job *j, bool is_restore)
{
	const char *kind = j->error_kind ? j->error_kind : "internal";
	struct err e;

	if (strcmp(j->state, "done") == 0)
		return reply_done(r, j, is_restore);
	if (strcmp(j->state, "cancelled") == 0) {
		err_set(&e, ERR_CONFLICT, "%s", j->error_text ? j->error_text : "It was cancelled.");
	} else if (strcmp(kind, "compile") == 0 || strcmp(kind, "answer") == 0) {
		apps_open(r, "error");
		json_put_text(&r->out, "message", j->error_text);
		json_close(&r->out, '}');
		return reply_json(r, 200);
	} else {
		err_set(&e, kind_of(kind), "%s", j->error_text ? j->error_text : "");
		e.retry_after_secs = (int)j->retry_after;
	}
	reply_failure(r, &e);
	return 0;
}

static int
look(struct req *r, struct err *e)
{
	const struct awaited *w = r->state;
	struct job j;

	if (job_get(r->db, r->wait.id, &r->arena, &j, e) < 0) {
		if (e->kind == ERR_MISSING)
			err_set(e, ERR_MISSING, "The app was deleted meanwhile.");
		return -1;
	}
	if (j.ended_at)
		return reply_ended(r, &j, w->is_restore);
	if (r->wait.is_late) {
		err_set(e, ERR_TIMEOUT, "It is still being worked on after %d s; the app's history "
		    "and events tell how it ends.", WAIT_MS / 1000);
		reply_failure(r, e);
		return 0;
	}
	if (r->wait.is_stopping) {
		err_set(e, ERR_BUSY, "Carrel is being restarted. The work goes on; the app's history "
		    "and events tell how it ends.");
		reply_failure(r, e);
		return 0;
	}
	return req_wait_on(r);
}

int
outcome_wait(struct req *r, const char *job, bool is_restore)
{
	struct awaited *w = req_state(r, sizeof(*w));

	w->is_restore = is_restore;
	return req_wait(r, job, WAIT_MS, look);
}
