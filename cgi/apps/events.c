/*
 * GET /api/app/{id}/events[?last_event_id=]
 * 200 text/event-stream: phase, token, verdict, version, error, done | 204 nothing more |
 * 404.  Resumed with Last-Event-ID.
 */
#include <string.h>

#include "../lib/follow.h"
#include "apps.h"

/* What to send: the job and from where.  0: that; 1: there is nothing (more); −1. */
static int
choose(struct req *r, const struct follow_mark *m, struct job *j, int64_t *offset,
    struct err *e)
{
	char current[ID_SIZE];
	struct err ignored;

	if (job_current(r->db, r->id, current, e) < 0)
		return -1;
	*offset = 0;
	if (m->id[0] && job_get(r->db, m->id, &r->arena, j, &ignored) == 0 &&
	    strcmp(j->workspace, r->id) == 0) {
		*offset = m->offset;
		if (m->offset != FOLLOW_STORE_OFFSET &&
		    !(j->ended_at && follow_is_over(j->id, m->offset)))
			return 0;
		/* That one was told to its end; a later one may be running. */
		*offset = 0;
		if (!current[0] || job_get(r->db, current, &r->arena, j, e) < 0)
			return current[0] ? -1 : 1;
		return j->ended_at ? 1 : 0;
	}
	if (!current[0])
		return 1;
	return job_get(r->db, current, &r->arena, j, e);
}

static void
put_version(struct buf *b, const struct job *j, struct buf *json)
{
	json_open(json, '{');
	json_put_int(json, "version", j->version);
	json_put_text(json, "summary", j->summary ? j->summary : j->prompt);
	json_close(json, '}');
	follow_put(b, j->id, 1, "version", json);
}

/* j->verdict is the judge's JSON, {"ok":false,"error":{…}}. */
static void
put_failure(struct buf *b, const struct job *j, struct buf *json)
{
	if (j->verdict && j->error_kind && strcmp(j->error_kind, "compile") == 0 &&
	    !strchr(j->verdict, '\n')) {
		buf_str(json, j->verdict);
		follow_put(b, j->id, 2, "verdict", json);
	}
	json_open(json, '{');
	json_put_text(json, "detail", j->error_text ? j->error_text : "It failed.");
	if (j->retry_after)
		json_put_int(json, "retry_after", j->retry_after);
	json_close(json, '}');
	follow_put(b, j->id, 1, "error", json);
}

static int
put_outcome(struct req *r, const char id[ID_SIZE], int64_t *ended_at, struct err *e)
{
	AUTO_BUF struct buf json = {0};
	const char *status = "ok";
	struct job j;

	buf_init(&json, 1u << 20);
	if (job_get(r->db, id, &r->arena, &j, e) < 0)
		return -1;
	*ended_at = j.ended_at;
	if (!j.ended_at)
		return 0;
	if (strcmp(j.state, "done") == 0) {
		put_version(&r->out, &j, &json);
	} else {
		status = strcmp(j.state, "cancelled") == 0 ? "cancelled" : "error";
		if (strcmp(status, "error") == 0)
			put_failure(&r->out, &j, &json);
	}
	json_open(&json, '{');
	json_put_text(&json, "status", status);
	json_close(&json, '}');
	follow_put(&r->out, j.id, 0, "done", &json);
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	struct follow_mark m = follow_mark(r);
	struct workspace w;
	struct job j;
	int64_t offset;
	int rc;

	if (apps_get(r, &w, e) < 0 || (rc = choose(r, &m, &j, &offset, e)) < 0)
		return -1;
	return rc == 1 ? reply_send(r, 204, NULL) : follow_start(r, j.id, offset, put_outcome);
}

const struct endpoint apps_events = {
	.about = "Server-sent events of the job that runs, or of the last one. Each event has an "
	    "id; with it in Last-Event-ID (or in the query) the stream goes on behind that event. "
	    "After done the server closes, and answers 204 to whoever comes back with that id. "
	    "phase {job, phase, detail}: queued, starting, reading, writing, compiling, repairing "
	    "or publishing. token {text}: a piece of the model's answer. verdict {ok, error: {file, "
	    "line, column, message, frame}}. version {version, summary}. error {detail, "
	    "retry_after}. done {status}: ok, error or cancelled.",
	.fields = FOLLOW_FIELDS,
	.headers = FOLLOW_HEADERS,
	.replies = REPLIES({200, "The events.", "id: " EXAMPLE_ID ".000000137\nevent: phase\n"
	    "data: {\"job\":\"" EXAMPLE_ID "\",\"phase\":\"writing\",\"detail\":\"wrote 64 lines\"}\n\n",
	    "text/event-stream"},
	    {204, "There is nothing more to tell.", NULL, NULL}),
	.run = run,
};
