/*
 * GET /workspaces/{id}/assists/{assist}/events[?last_event_id=]
 * 200 text/event-stream: phase, token, step, budget, proposal, error, done | 204 nothing
 * more | 404.  Resumed with Last-Event-ID.
 */
#include <string.h>

#include "../lib/follow.h"
#include "assisting.h"

static void
put_end(struct buf *b, const struct assist *a, struct buf *json)
{
	bool is_done = strcmp(a->state, "done") == 0;

	json_open(json, '{');
	if (is_done) {
		json_put_text(json, "code", a->code);
		json_put_text(json, "summary", a->summary);
	} else {
		json_put_text(json, "detail", a->error_text);
		if (a->retry_after)
			json_put_int(json, "retry_after", a->retry_after);
	}
	json_close(json, '}');
	follow_put(b, a->id, 1, is_done ? "proposal" : "error", json);
}

static int
put_outcome(struct req *r, const char id[ID_SIZE], int64_t *ended_at, struct err *e)
{
	AUTO_BUF struct buf json = {0};
	bool is_cancelled;
	struct assist a;

	buf_init(&json, 1u << 20);
	if (assist_get(r->db, id, &r->arena, &a, e) < 0)
		return -1;
	*ended_at = a.ended_at;
	if (!a.ended_at)
		return 0;
	is_cancelled = strcmp(a.state, "cancelled") == 0;
	if (!is_cancelled)
		put_end(&r->out, &a, &json);
	json_open(&json, '{');
	json_put_text(&json, "status", is_cancelled ? "cancelled" :
	    strcmp(a.state, "done") == 0 ? "ok" : "error");
	json_close(&json, '}');
	follow_put(&r->out, a.id, 0, "done", &json);
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	struct follow_mark m = follow_mark(r);
	struct assist a;
	bool is_same;

	if (assisting_get(r, &a, e) < 0)
		return -1;
	is_same = strcmp(m.id, a.id) == 0;
	if (is_same && a.ended_at && follow_is_over(a.id, m.offset))
		return reply_send(r, 204, NULL);
	return follow_start(r, a.id, is_same ? m.offset : 0, put_outcome);
}

const struct endpoint notebooks_assist_events = {
	.about = "Server-sent events, with ids as those of apps. phase {job, phase, detail}: queued, "
	    "reading (the notebook), writing or running. token {text}: a piece of the model's "
	    "answer. step {n, code}: an agent's step begins; with success, output and took_ms: it "
	    "has ended. budget {steps, steps_max, tokens, tokens_max}: what is used. proposal "
	    "{code, summary}: the end of its work; code may be null for an agent. error {detail, "
	    "retry_after}. done {status}: ok, error or cancelled.",
	.fields = FOLLOW_FIELDS,
	.headers = FOLLOW_HEADERS,
	.replies = REPLIES({200, "The events.", "id: " EXAMPLE_OTHER ".000000190\nevent: proposal\n"
	    "data: {\"code\":\"tea.describe()\",\"summary\":\"The usual figures.\"}\n\n",
	    "text/event-stream"},
	    {204, "There is nothing more to tell.", NULL, NULL}),
	.run = run,
};
