#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shared/base/clock.h"
#include "../../../shared/base/log.h"
#include "../../../shared/store/pass.h"
#include "../../../shared/text/json.h"
#include "../../../shared/text/secret.h"
#include "../../../shared/text/sse.h"
#include "tool.h"

#define BODY_BYTES (4u << 20)
#define STREAM_BYTES (8u << 20)	/* more is not read: 64 KB of each stream are promised */

struct tool {
	struct tool_question q;
	struct net_call *call;
	struct buf body;	/* of an answer that is no stream */
	struct sse sse;
	size_t came;
	struct err broken;	/* kind set: why the answer was given up */
};

static void
free_tool(struct tool *t)
{
	net_stop(t->call);
	sse_free(&t->sse);
	buf_free(&t->body);
	free(t);
}

static bool
is_stream(const struct net_head *h)
{
	return h->status == 200 && strcmp(h->type, "text/event-stream") == 0;
}

static bool
on_bytes(void *arg, const struct net_head *h, const char *bytes, size_t n)
{
	struct tool *t = arg;

	t->came += n;
	if (!is_stream(h)) {
		buf_add(&t->body, bytes, n);
		if (t->body.is_over)
			err_set(&t->broken, ERR_UPSTREAM, "The notebook's answer is too "
			    "long.");
	} else if (t->came > STREAM_BYTES) {
		err_set(&t->broken, ERR_UPSTREAM, "The notebook's answer is too long.");
	} else if (sse_feed(&t->sse, bytes, n, &t->broken) < 0) {
		log_warn("%s of %s: %s", t->q.path, t->q.workspace, t->broken.text);
		err_set(&t->broken, ERR_UPSTREAM, "The notebook's answer could not be "
		    "read.");
	}
	return !t->broken.kind;
}

static enum err_kind
kind_of(long status)
{
	return status == 503 ? ERR_BUSY : status == 504 ? ERR_TIMEOUT : ERR_UPSTREAM;
}

/* What the gate or the tool server says of why it does not answer. */
static void
refused(const struct tool *t, const struct net_head *h, struct err *e)
{
	AUTO_JSON cJSON *root = json_parse(t->body.at, t->body.len, NULL);
	const char *detail = json_get_words(root, "detail");

	log_warn("%s of %s: status %ld", t->q.path, t->q.workspace, h->status);
	err_set(e, kind_of(h->status), "%.400s", detail[0] ? detail :
	    "The notebook could not be asked.");
	if (h->retry_after_ms > 0)
		e->retry_after_secs = (int)((h->retry_after_ms + 999) / 1000);
}

static void
on_end(void *arg, const struct net_head *h, enum net_end how, const char *why)
{
	struct tool *t = arg;
	struct err e = t->broken;

	t->call = NULL;
	if (!e.kind && how != NET_OK) {
		log_warn("%s of %s: %s", t->q.path, t->q.workspace, why);
		if (how == NET_TIMEOUT)
			err_set(&e, ERR_TIMEOUT, "The notebook took too long to answer.");
		else if (how == NET_CONNECT)
			err_set(&e, ERR_BUSY, "Notebooks cannot be reached at the moment.");
		else
			err_set(&e, ERR_UPSTREAM, "The notebook ended before it had "
			    "answered.");
	} else if (!e.kind && h->status != 200) {
		refused(t, h, &e);
	}
	t->q.on_end(t->q.arg, t->body.at, t->body.len, e.kind ? &e : NULL);
	free_tool(t);
}

/* What admits one question, of kind tool. */
static int
add_ticket(const struct tool_question *q, const char *ticket, struct err *e)
{
	struct db *db = q->author->db;
	unsigned char hash[SECRET_HASH_BYTES];
	struct pass pass = {.kind = "tool", .expires_at = clock_wall_ms() + TICKET_MS};

	snprintf(pass.workspace, sizeof(pass.workspace), "%s", q->workspace);
	secret_hash(ticket, strlen(ticket), hash);
	if (db_begin(db, e) < 0)
		return -1;
	if (pass_add(db, &pass, true, hash, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

struct tool *
tool_ask(const struct tool_question *q, struct err *e)
{
	char ticket[SECRET_TOKEN_SIZE], url[500], address[600], header[100], request[100];
	struct net_request r = {.url = address, .socket = TOOL_SOCKET, .body = q->json,
	    .body_len = q->json ? strlen(q->json) : 0, .timeout_ms = q->timeout_ms,
	    .on_bytes = on_bytes, .on_end = on_end,
	    .headers = {"accept: application/json, text/event-stream", header,
	    request, q->json ? "content-type: application/json" : NULL}};
	struct tool *t;

	secret_token(ticket);
	if (add_ticket(q, ticket, e) < 0)
		return NULL;
	conf_app_url(&q->author->conf, q->workspace, url, sizeof(url));
	/* The gate speaks plain HTTP, whatever the web server before it does. */
	snprintf(address, sizeof(address), "http%s%s", strstr(url, "://"), q->path + 1);
	snprintf(header, sizeof(header), "x-carrel-ticket: %s", ticket);
	snprintf(request, sizeof(request), "x-request-id: %s", log_request_id());
	t = mem_new(sizeof(*t));
	t->q = *q;
	buf_init(&t->body, BODY_BYTES);
	sse_init(&t->sse, q->on_event, q->arg);
	r.arg = t;
	t->call = net_start(q->author->net, &r, e);
	explicit_bzero(header, sizeof(header));
	if (!t->call)
		free_tool(KEEP_PTR(t));
	return t;
}

void
tool_stop(struct tool *t)
{
	if (t)
		free_tool(t);
}
