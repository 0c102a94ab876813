#include <string.h>

#include "relay.h"

#define NAME_SIZE 100
#define REFUSAL_BYTES (64u << 10)
#define SILENCE_MS 1000	/* then a comment: web servers notice that a client has left when
				   they write to it, some at the second time */

struct relaying {
	struct tool *tool;
	struct relay_as as;
	char name[NAME_SIZE];
	struct buf refusal;
	struct req *req;	/* while it is visited */
	int64_t begun_ms;	/* boot time when it was asked */
	int64_t told_ms;	/* boot time of the last byte sent */
	/* Of the line that an event stream is in the middle of: enough to know "event: done". */
	char line[16];
	size_t line_len;
	bool is_at_gap;		/* behind a blank line: a comment may stand here */
	bool is_done;		/* the last event was sent */
};

static void
end(void *state)
{
	struct relaying *l = state;

	tool_free(l->tool);
	buf_free(&l->refusal);
}

/* Looks for the last event, which a stream must not end without. */
static void
watch_lines(struct relaying *l, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			if (l->line_len < sizeof(l->line))
				l->line[l->line_len] = bytes[i];
			l->line_len++;
			l->is_at_gap = false;
			continue;
		}
		l->is_done |= l->line_len == 11 && memcmp(l->line, "event: done", 11) == 0;
		l->is_at_gap = l->line_len == 0;
		l->line_len = 0;
	}
}

static int
take(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct relaying *l = arg;

	if (!l->req->is_streaming) {
		buf_add(&l->refusal, bytes, n);
		return l->refusal.is_over ? err_set(e, ERR_UPSTREAM,
		    "The notebook's answer could not be read.") : 0;
	}
	if (!l->as.name)
		watch_lines(l, bytes, n);
	reply_piece(l->req, bytes, n);
	l->told_ms = clock_boot_ms();
	return 0;
}

/* The head has come: the reply's own begins, unless it is a refusal. */
static int
begin(struct req *r, struct relaying *l, struct err *e)
{
	if (tool_status(l->tool) != 200)
		return 0;
	if (!l->as.name && !tool_is_stream(l->tool))
		return err_set(e, ERR_UPSTREAM, "The notebook's answer could not be read.");
	if (l->as.name)
		reply_header(r, "Content-Disposition", arena_fmt(&r->arena,
		    "attachment; filename=\"%s\"", l->name));
	/* With its length, a document that breaks off is known for what it is. */
	if (l->as.name && tool_length(l->tool) >= 0)
		reply_header(r, "Content-Length", arena_fmt(&r->arena, "%lld",
		    (long long)tool_length(l->tool)));
	if (l->as.name)
		reply_document(r, l->as.type);
	else
		reply_stream(r, l->as.type);
	l->is_at_gap = true;
	l->told_ms = clock_boot_ms();
	return 0;
}

/* A stream that breaks off ends with an event of its own, in the form of those before. */
static int
end_early(struct req *r, struct relaying *l, const char *why)
{
	AUTO_BUF struct buf json = {0};

	if (l->as.name || l->is_done)
		return -1;
	buf_init(&json, 4096);
	json_open(&json, '{');
	json_put_bool(&json, "success", false);
	json_put_text(&json, "output", NULL);
	json_put_text(&json, "error", why);
	json_put_bool(&json, "truncated", true);
	json_put_int(&json, "took_ms", clock_boot_ms() - l->begun_ms);
	json_close(&json, '}');
	buf_fmt(&r->out, "%sevent: done\ndata: %s\n\n", l->is_at_gap ? "" : "\n\n", json.at);
	reply_piece(r, r->out.at, r->out.len);
	return 0;
}

static int
fail(struct req *r, struct relaying *l, struct err *e)
{
	return r->is_streaming ? end_early(r, l, err_public(e)) : -1;
}

static int
finish(struct req *r, struct relaying *l, struct err *e)
{
	if (!r->is_streaming)
		return tool_refusal(l->tool, l->refusal.at, l->refusal.len, e);
	if (!l->as.name && !l->is_done)
		return end_early(r, l, "The notebook ended meanwhile; its notice says why.");
	return 0;
}

static int
wait_on(struct req *r, struct relaying *l, struct err *e)
{
	if (r->wait.is_stopping) {
		err_set(e, ERR_BUSY, "Carrel is being restarted; what ran was stopped.");
		return fail(r, l, e);
	}
	if (r->wait.is_late) {
		err_set(e, ERR_TIMEOUT, "The notebook took too long to answer.");
		return fail(r, l, e);
	}
	if (r->is_streaming && l->is_at_gap && !l->as.name &&
	    clock_boot_ms() - l->told_ms > SILENCE_MS) {
		reply_piece(r, ": still here\n\n", 14);
		l->told_ms = clock_boot_ms();
	}
	tool_wait(r, l->tool);
	return req_wait_on(r);
}

static int
go_on(struct req *r, struct err *e)
{
	struct relaying *l = r->state;
	bool had_head = tool_has_head(l->tool);
	int rc;

	l->req = r;
	rc = tool_go_on(l->tool, take, l, e);
	if (rc == 0 && !had_head && tool_has_head(l->tool)) {
		if (begin(r, l, e) < 0)
			return -1;
		rc = tool_go_on(l->tool, take, l, e);
	}
	if (rc < 0)
		return fail(r, l, e);
	if (rc == 1)
		return finish(r, l, e);
	return wait_on(r, l, e);
}

int
relay(struct req *r, struct tool *t, const struct relay_as *as)
{
	struct relaying *l = req_state(r, sizeof(*l));

	r->end_state = end;
	l->tool = t;
	l->as = *as;
	l->begun_ms = clock_boot_ms();
	snprintf(l->name, sizeof(l->name), "%s", as->name ? as->name : "");
	buf_init(&l->refusal, REFUSAL_BYTES);
	tool_wait(r, t);
	return req_wait(r, r->id, as->ms, go_on);
}
