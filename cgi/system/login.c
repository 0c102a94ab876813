/*
 * GET  /login[?next=]: the page that asks for a key
 * POST /login {"key", "next"?}: 303 with a session cookie, or the page again with 401
 * POST /logout: 303, the session is over
 */
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/access.h"
#include "../lib/guard.h"
#include "../lib/reply.h"

static int
show(struct req *r, struct err *e)
{
	const char *next = req_text(r, "next");

	if (r->site->key_count == 0 || r->has_session)
		return reply_see_other(r, next ? next : "/");
	return reply_login(r, 200, next ? next : "/", NULL, e);
}

struct session {
	unsigned char hash[SECRET_HASH_BYTES];
	const char *caller;
};

static int
add(struct req *r, void *arg, struct err *e)
{
	const struct session *s = arg;
	int64_t now = clock_wall_ms();

	if (session_add(r->db, s->hash, s->caller, now, e) < 0)
		return -1;
	return event_add(r->db, s->caller, "login", NULL, r->request_id, now, e);
}

static int
refuse(struct req *r, const char *next, struct err *e)
{
	if (req_prefers_html(r))
		return reply_login(r, 401, next, "This key is not valid. Check it for missing "
		    "characters.", e);
	return err_set(e, ERR_AUTH, "Invalid API key");
}

static int
log_in(struct req *r, struct err *e)
{
	const char *next = req_text(r, "next");
	char token[SECRET_TOKEN_SIZE];
	struct session s;

	next = next ? next : "/";
	if (r->site->key_count == 0)
		return reply_see_other(r, next);
	s.caller = site_caller_of(r->site, req_text(r, "key"));
	if (!s.caller)
		return refuse(r, next, e);
	secret_token(token);
	secret_hash(token, strlen(token), s.hash);
	if (req_transaction(r, add, &s, e) < 0)
		return -1;
	reply_header(r, "Set-Cookie", arena_fmt(&r->arena, SESSION_COOKIE
	    "=%s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Lax", token,
	    SESSION_MS / 1000));
	return reply_see_other(r, next);
}

static int
forget(struct req *r, void *arg, struct err *e)
{
	return session_delete(r->db, arg, e);
}

static int
log_out(struct req *r, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE];

	guard_cookie(r, token, sizeof(token));
	if (token[0]) {
		secret_hash(token, strlen(token), hash);
		if (req_transaction(r, forget, hash, e) < 0)
			return -1;
	}
	reply_header(r, "Set-Cookie", SESSION_COOKIE
	    "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
	return reply_see_other(r, "/");
}

#define NEXT {"next", FIELD_TEXT, false, false, 0, 2000, "The path to go on to."}

const struct endpoint system_login_page = {
	.fields = FIELDS(NEXT),
	.replies = REPLIES({200, "The page.", NULL, "text/html; charset=utf-8"},
	    {303, "No key is needed here, or the browser is signed in.", NULL, NULL}),
	.run = show,
};

const struct endpoint system_login = {
	.about = "Gives a browser a session in place of the key: a cookie, with which only pages "
	    "of this Carrel can change anything.",
	.fields = FIELDS({"key", FIELD_TEXT, true, true, 1, 500, "An API key of this Carrel."}, NEXT),
	.replies = REPLIES({303, "Signed in.", NULL, NULL}, {401, "The key is not valid.", NULL, NULL}),
	.run = log_in,
};

const struct endpoint system_logout = {
	.replies = REPLIES({303, "Signed out.", NULL, NULL}),
	.run = log_out,
};
