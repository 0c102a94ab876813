#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/text/form.h"
#include "../../shared/wire/count.h"
#include "decode.h"
#include "guard.h"
#include "handle.h"
#include "reply.h"

#define SLOW_MS 1000

/* Only REQUEST_URI: servers differ in how they decode and split all the others. */
static int
read_head(struct req *r, struct err *e)
{
	const char *uri = req_header(r, "REQUEST_URI"), *mark;

	r->method = req_header(r, "REQUEST_METHOD");
	if (!r->method)
		r->method = "GET";
	r->is_head = strcmp(r->method, "HEAD") == 0;
	r->path = r->query = "";
	if (!uri || uri[0] != '/')
		return err_set(e, ERR_INPUT, "The address of the request is malformed.");
	mark = strchr(uri, '?');
	r->path = mark ? arena_dupn(&r->arena, uri, (size_t)(mark - uri)) : uri;
	r->query = mark ? mark + 1 : "";
	return 0;
}

static int
find_route(struct req *r, struct err *e)
{
	AUTO_BUF struct buf allow = {0};
	struct route_part part;

	buf_init(&allow, 200);
	r->route = route_find(r->method, r->path, r->id, &part, &allow, e);
	if (!r->route) {
		if (allow.len)
			reply_header(r, "Allow", allow.at);
		return -1;
	}
	r->endpoint = r->route->endpoint;
	if (!r->endpoint)
		return err_set(e, ERR_MISSING, "There is nothing at this address.");
	r->is_form = r->route->method == POST && decode_is_form(r);
	if (part.len) {
		r->part = form_unescape(part.at, part.len, &r->arena);
		if (!r->part)
			return err_set(e, ERR_INPUT, "The address holds something that is no text.");
	}
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	if (read_head(r, e) < 0 || guard_host(r, e) < 0)
		return -1;
	guard_cors(r);
	if (guard_is_preflight(r)) {
		guard_preflight(r);
		return 0;
	}
	if (find_route(r, e) < 0)
		return -1;
	log_workspace(r->id);
	if (guard_origin(r, e) < 0)
		return -1;
	if (!r->db)
		return err_set(e, ERR_BUSY, "The store cannot be opened; try again in a moment.");
	if (guard_caller(r, e) < 0 || decode_input(r, e) < 0 || guard_admin(r, e) < 0)
		return -1;
	return r->endpoint->run(r, e);
}

/* In place of any page that needs a key, the page that asks for one. */
static bool
ask_for_key(struct req *r, const struct err *e)
{
	struct err ignored;

	if (r->route && r->route->who == OPERATOR && e->kind == ERR_AUTH && req_prefers_html(r))
		return reply_admit(r, 401, NULL, &ignored) == 0;
	return e->kind == ERR_AUTH && r->route && r->route->flags & PAGE &&
	    req_prefers_html(r) && reply_login(r, 401, r->route->method == GET ? r->path : "/",
	    NULL, &ignored) == 0;
}

static void
settle(struct req *r, int rc, const struct err *e)
{
	if (rc < 0) {
		r->wait.is_on = false;
		if (r->is_streaming)
			log_error("%s %s: %s", r->method, r->path, e->text);
		else if (!r->has_replied && !ask_for_key(r, e))
			reply_error(r, e);
	} else if (!r->has_replied && !r->wait.is_on) {
		BUG("%s gave no reply", r->route ? r->route->name : r->path);
	}
	if (r->is_gone)
		r->wait.is_on = false;
}

/* Counts a request that is over, and notes it in the log where it changed something or took
 * long.  Its address is not noted: there may be a token in it. */
static void
note(const struct req *r)
{
	int64_t ms = clock_boot_ms() - r->begun_ms;
	char what[64];

	if (r->status < 100 || r->status > 599)
		return;
	count_add(TOTAL_request_1xx + (enum count_total)(r->status / 100 - 1), 1);
	snprintf(what, sizeof(what), "%.8s %.48s %d", r->method, r->route ? r->route->path : "?",
	    r->status);
	if (r->is_streaming || r->was_parked) {
		if (!r->is_streaming)
			log_info("%s, %lld ms", what, (long long)ms);
		return;
	}
	count_span(SPAN_request_ms, ms);
	count_slow(ms, clock_wall_ms(), what, r->request_id);
	if (ms >= SLOW_MS || (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0))
		log_info("%s, %lld ms", what, (long long)ms);
	else
		log_debug("%s, %lld ms", what, (long long)ms);
}

void
handle(struct req *r)
{
	struct err e = {0};
	int rc;

	LOG_ABOUT("", r->request_id);
	rc = run(r, &e);
	/* Also what nobody wanted to read: libfcgi takes it for the next request otherwise. */
	if (r->route && r->route->flags & RAW)
		conn_drain_some(r->conn);
	else
		conn_drain(r->conn);
	settle(r, rc, &e);
	if (r->wait.is_on) {
		req_drop_input(r);
		conn_end_reading(r->conn);
	} else {
		note(r);
	}
}

void
handle_again(struct req *r, struct db *db)
{
	struct err e = {0};

	r->wait.is_on = false;
	if (r->is_gone)
		return;
	LOG_ABOUT(r->id, r->request_id);
	r->db = db;
	r->wait.is_late = clock_boot_ms() >= r->wait.until_ms;
	settle(r, r->wait.resume(r, &e), &e);
	if (r->wait.is_on)
		req_drop_input(r);
	else
		note(r);
}

void
handle_stop(struct req *r, struct db *db)
{
	r->wait.is_stopping = true;
	handle_again(r, db);
}
