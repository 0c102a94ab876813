/*
 * What the admin does on /admin:
 * POST /admin/login {"admin_secret"}: 303 with a session cookie, or the page again with 401
 * POST /admin/logout
 * POST /admin/drain {"minutes"?, "sleep"?}
 * POST /admin/resume
 * POST /admin/stop {"id"}
 * POST /admin/hold {"id", "minutes"}
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/access.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/workspace.h"
#include "../../shared/wire/bell.h"
#include "../lib/guard.h"
#include "../lib/reply.h"

#define ADMIN_SESSION_SECS 43200
#define MINUTES_MAX (NOTEBOOK_HOLD_MAX_MS / 60000)

/* ---- signing in */

static int
add_session(struct req *r, void *hash, struct err *e)
{
	int64_t now = clock_wall_ms();
	char operator[CALLER_SIZE];

	guard_operator(r, operator);
	/* It ends earlier than those of callers. */
	if (session_add(r->db, hash, operator, now - SESSION_MS + ADMIN_SESSION_SECS * 1000LL, e) < 0)
		return -1;
	return event_add(r->db, "admin", "admin-login", NULL, r->request_id, now, e);
}

static int
log_in(struct req *r, struct err *e)
{
	const char *secret = r->site->conf.admin_secret;
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE];

	if (!*secret)
		return err_set(e, ERR_BUSY, "No ADMIN_SECRET is configured, so this is switched off.");
	if (!secret_is_equal(req_text(r, "admin_secret"), secret))
		return req_prefers_html(r) ? reply_admit(r, 401, "This is not the secret. Check it for "
		    "missing characters.", e) : err_set(e, ERR_AUTH, "The admin secret is wrong.");
	secret_token(token);
	secret_hash(token, strlen(token), hash);
	if (req_transaction(r, add_session, hash, e) < 0)
		return -1;
	reply_header(r, "Set-Cookie", arena_fmt(&r->arena, OPERATOR_COOKIE
	    "=%s; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Strict", token,
	    ADMIN_SESSION_SECS));
	return reply_see_other(r, "/admin");
}

static int
forget(struct req *r, void *hash, struct err *e)
{
	return session_delete(r->db, hash, e);
}

static int
log_out(struct req *r, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE];

	guard_cookie_of(r, OPERATOR_COOKIE, token, sizeof(token));
	if (token[0]) {
		secret_hash(token, strlen(token), hash);
		if (req_transaction(r, forget, hash, e) < 0)
			return -1;
	}
	reply_header(r, "Set-Cookie", OPERATOR_COOKIE
	    "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
	return reply_see_other(r, "/");
}

/* ---- what is done */

static int
reply_done(struct req *r, const char *status)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", status);
	json_close(&r->out, '}');
	return reply_result(r, 200, "/admin");
}

static int
note(struct req *r, const char *verb, const char *id, struct err *e)
{
	return event_add(r->db, r->caller, verb, id, r->request_id, clock_wall_ms(), e);
}

static int
begin_drain(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms(), minutes = req_number(r, "minutes", 0);

	(void)arg;
	if (drain_begin(r->db, minutes ? now + minutes * 60000 : 0, req_text(r, "sleep") != NULL,
	    r->caller, now, e) < 0)
		return -1;
	return note(r, "drain", NULL, e);
}

static int
drain(struct req *r, struct err *e)
{
	if (req_transaction(r, begin_drain, NULL, e) < 0)
		return -1;
	return reply_done(r, "draining");
}

static int
end_drain(struct req *r, void *arg, struct err *e)
{
	(void)arg;
	return drain_end(r->db, e) < 0 ? -1 : note(r, "resume", NULL, e);
}

static int
resume(struct req *r, struct err *e)
{
	if (req_transaction(r, end_drain, NULL, e) < 0)
		return -1;
	return reply_done(r, "resumed");
}

static int
find(struct req *r, struct workspace *w, struct err *e)
{
	const char *id = req_text(r, "id");

	if (!id_is_valid(id) || workspace_get(r->db, id, &r->arena, w, e) < 0)
		return err_field(e, ERR_MISSING, "id", "There is no app or notebook with this id.");
	return 0;
}

static int
stop_it(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	(void)arg;
	if (find(r, &w, e) < 0 || sandbox_want_asleep(r->db, w.id, "It was put to sleep by whoever "
	    "runs this Carrel; opening it wakes it.", e) < 0)
		return -1;
	return note(r, "stop", w.id, e);
}

static int
stop(struct req *r, struct err *e)
{
	if (req_transaction(r, stop_it, NULL, e) < 0)
		return -1;
	bell_ring(NULL, req_text(r, "id"));
	return reply_done(r, "stopping");
}

static int
hold_it(struct req *r, void *arg, struct err *e)
{
	int64_t minutes = req_number(r, "minutes", 0);
	struct workspace w;

	(void)arg;
	if (find(r, &w, e) < 0)
		return -1;
	if (strcmp(w.kind, "notebook") != 0)
		return err_field(e, ERR_CONFLICT, "id", "Only notebooks can be held awake.");
	if (notebook_set_hold(r->db, w.id, minutes ? clock_wall_ms() + minutes * 60000 : 0, e) < 0)
		return -1;
	return note(r, "hold", w.id, e);
}

static int
hold(struct req *r, struct err *e)
{
	int64_t minutes = req_number(r, "minutes", 0);

	if (req_transaction(r, hold_it, NULL, e) < 0)
		return -1;
	bell_ring(NULL, req_text(r, "id"));
	return reply_done(r, minutes ? "held" : "free");
}

#define FIELD_ID {"id", FIELD_TEXT, true, false, 1, 26, "Of the app or notebook."}
#define DONE(status) {200, "It is so now.", "{\"status\":\"" status "\"}", NULL}

const struct endpoint pages_admin_login = {
	.about = "Gives a browser a session of the admin for twelve hours. It ends when the secret "
	    "is changed.",
	.fields = FIELDS(FIELD_ADMIN_SECRET),
	.replies = REPLIES({303, "Signed in.", NULL, NULL}, {401, "The secret is wrong.", NULL, NULL},
	    {503, "No ADMIN_SECRET is configured.", NULL, NULL}),
	.run = log_in,
};

const struct endpoint pages_admin_logout = {
	.replies = REPLIES({303, "Signed out.", NULL, NULL}),
	.run = log_out,
};

const struct endpoint pages_admin_drain = {
	.about = "Until resume no sandbox is started: what would need one is refused with 503 and "
	    "Retry-After. What is awake goes on. It outlives a restart.",
	.fields = FIELDS(
	    {"minutes", FIELD_NUMBER, false, false, 0, DRAIN_MINUTES_MAX,
	     "How long it is expected to take, for those who ask meanwhile; 0: not known."},
	    {"sleep", FIELD_TEXT, false, false, 1, 5, "Anything: what is awake is put to sleep, too."}),
	.replies = REPLIES(DONE("draining")),
	.run = drain,
};

const struct endpoint pages_admin_resume = {
	.replies = REPLIES(DONE("resumed")),
	.run = resume,
};

const struct endpoint pages_admin_stop = {
	.about = "It goes to sleep, a notebook with its variables; opening it wakes it.",
	.fields = FIELDS(FIELD_ID),
	.replies = REPLIES(DONE("stopping"), {404, "There is none with this id.", NULL, NULL}),
	.run = stop,
};

const struct endpoint pages_admin_hold = {
	.about = "For this long it does not fall asleep by itself.",
	.fields = FIELDS(FIELD_ID, {"minutes", FIELD_NUMBER, true, false, 0, MINUTES_MAX,
	    "From now; 0 ends the hold."}),
	.replies = REPLIES({200, "It is so now.", "{\"status\":\"held\"}\n{\"status\":\"free\"}", NULL},
	    {404, "There is none with this id.", NULL, NULL},
	    {409, "It is an app: they cannot be held.", NULL, NULL}),
	.run = hold,
};
