/*
 * GET /api/app/{id}/events[?last_event_id=]
 * 200 text/event-stream: phase, token, verdict, version, error, done | 204 nothing more |
 * 404.  Resumed with Last-Event-ID.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/num.h"
#include "../../shared/wire/progress.h"
#include "apps.h"
#include "events.h"

/* The event id of an outcome that was told from the store: no file grows that long. */
#define STORE_OFFSET 999999999
#define SILENCE_MS 15000	/* then a comment, so that a client that has left is noticed */
#define DAY_MS 86400000LL

struct mark {
	char job[ID_SIZE];	/* "": none */
	int64_t offset;
};

/* Whatever is no id of ours counts as none. */
static struct mark
read_mark(const struct req *r)
{
	const char *text = req_header(r, "HTTP_LAST_EVENT_ID");
	struct mark m = {0};
	uint64_t offset;

	if (!text || !*text)
		text = req_text(r, "last_event_id");
	if (!text || strlen(text) < ID_LEN + 2 || text[ID_LEN] != '.')
		return m;
	memcpy(m.job, text, ID_LEN);
	text += ID_LEN + 1;
	while (text[0] == '0' && text[1])
		text++;
	if (!id_is_valid(m.job) || !num_u64(text, STORE_OFFSET, &offset))
		m.job[0] = '\0';
	else
		m.offset = (int64_t)offset;
	return m;
}

/* What to send: the job and from where.  0: that; 1: there is nothing (more); −1. */
static int
choose(struct req *r, const struct mark *m, struct job *j, int64_t *offset, struct err *e)
{
	char current[ID_SIZE];
	struct err ignored;

	if (job_current(r->db, r->id, current, e) < 0)
		return -1;
	*offset = 0;
	if (m->job[0] && job_get(r->db, m->job, &r->arena, j, &ignored) == 0 &&
	    strcmp(j->workspace, r->id) == 0) {
		*offset = m->offset;
		if (!events_is_over(j, m->offset) && m->offset != STORE_OFFSET)
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

static int follow(struct req *r, struct err *e);

static int
run(struct req *r, struct err *e)
{
	struct mark m = read_mark(r);
	struct following *f;
	struct workspace w;
	struct job j;
	int64_t offset;
	int rc;

	if (apps_get(r, &w, e) < 0 || (rc = choose(r, &m, &j, &offset, e)) < 0)
		return -1;
	if (rc == 1 || r->is_head) {
		if (rc == 1)
			return reply_send(r, 204, NULL);
		return reply_send(r, 200, "text/event-stream");
	}
	f = req_state(r, sizeof(*f));
	f->offset = offset;
	f->told_ms = clock_boot_ms();
	memcpy(f->job, j.id, ID_SIZE);
	reply_stream(r, "text/event-stream");
	return req_wait(r, j.id, 365 * DAY_MS, follow);
}

/* Called by the bell, each second, and once when it was parked. */
static int
follow(struct req *r, struct err *e)
{
	struct following *f = r->state;
	int rc = events_send_file(r, f, e);

	if (rc < 0)
		return -1;
	if (rc == 1 || r->is_gone || r->wait.is_stopping)
		return 0;
	/* The file says no more.  Has the job ended without a word in it (it was lost in a
	 * restart, or its writer was killed)?  Then the store tells. */
	rc = events_send_outcome(r, f, STORE_OFFSET, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (clock_boot_ms() - f->told_ms > SILENCE_MS) {
		reply_piece(r, ": still here\n\n", 14);
		f->told_ms = clock_boot_ms();
	}
	return r->is_gone ? 0 : req_wait_on(r);
}

const struct endpoint apps_events = {
	.about = "Server-sent events of the job that runs, or of the last one. Each event has an "
	    "id; with it in Last-Event-ID (or in the query) the stream goes on behind that event. "
	    "After done the server closes, and answers 204 to whoever comes back with that id. "
	    "phase {job, phase, detail}: queued, starting, reading, writing, compiling, repairing "
	    "or publishing. token {text}: a piece of the model's answer. verdict {ok, error: {file, "
	    "line, column, message, frame}}. version {version, summary}. error {detail, "
	    "retry_after}. done {status}: ok, error or cancelled.",
	.fields = FIELDS({"last_event_id", FIELD_TEXT, false, false, 0, 200,
	    "The id of the last event that was read; the header Last-Event-ID counts more."}),
	.headers = FIELDS({"Last-Event-ID", FIELD_TEXT, false, false, 0, 200,
	    "The id of the last event that was read."}),
	.replies = REPLIES({200, "The events.", "id: " EXAMPLE_ID ".000000137\nevent: phase\n"
	    "data: {\"job\":\"" EXAMPLE_ID "\",\"phase\":\"writing\",\"detail\":\"wrote 64 lines\"}\n\n",
	    "text/event-stream"},
	    {204, "There is nothing more to tell.", NULL, NULL}),
	.run = run,
};
