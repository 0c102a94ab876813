#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "admit.h"
#include "claim.h"
#include "known.h"

#define MINUTE_MS 60000

static const struct answer answer_trouble = {
	.status = 503, .title = "This address cannot be opened now", .retry_after_secs = 2,
	.words = "Something went wrong on our side. Nothing was lost; try again soon.",
};

static void
refuse(struct conn *c, struct refusal r)
{
	conn_answer(c, &(struct answer){.status = r.status,
	    .title = "This request was refused", .words = r.words});
}

void
admit_refuse(struct conn *c)
{
	conn_answer(c, &(struct answer){.kind = PAGE_ADMIT, .status = 401});
}

static void
answer_trouble_of(struct conn *c, const struct app *app, const struct err *e)
{
	log_error("letting in at %s: %s", app->id, e->text);
	conn_answer(c, &answer_trouble);
}

/*
 * Wrong tokens are counted as time that has to pass: each takes its share of a minute, and
 * beyond a minute no token is looked at.  Cookies and tickets are not held up by that, so a
 * flood keeps nobody out who is in.
 */
static bool
has_tried_too_much(const struct gate *g, const struct app *app)
{
	return app->wrong_until - clock_boot_ms() >
	    MINUTE_MS - MINUTE_MS / g->limits[LIMIT_wrong_tokens];
}

static void
count_wrong(const struct gate *g, struct app *app)
{
	int64_t now = clock_boot_ms();

	if (app->wrong_until < now)
		app->wrong_until = now;
	if (!has_tried_too_much(g, app))
		app->wrong_until += MINUTE_MS / g->limits[LIMIT_wrong_tokens];
}

static void
answer_wrong(struct conn *c, struct app *app)
{
	struct gate *g = c->gate;

	if (has_tried_too_much(g, app)) {
		int64_t each_ms = MINUTE_MS / g->limits[LIMIT_wrong_tokens];

		conn_answer(c, &(struct answer){.status = 429,
		    .title = "Too many wrong tokens",
		    .words = limit_rows[LIMIT_wrong_tokens].words,
		    .retry_after_secs = (int)(each_ms / 1000) + 1});
		return;
	}
	count_wrong(g, app);
	conn_answer(c, &(struct answer){.kind = PAGE_ADMIT, .status = 401,
	    .words = "This link is not valid: it may have been used already, taken back, or "
	    "copied only in part."});
}

/* NULL: it is wrong (AUTH), was not even looked at (QUOTA), or could not be. */
static struct known *
look_up(struct gate *g, struct app *app, struct text token, bool is_token, struct err *e)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	struct known *k;

	if (!claim_is_token(token)) {
		err_set(e, ERR_AUTH, "no token's form");
		return NULL;
	}
	secret_hash(token.at, token.len, hash);
	k = known_find(app, hash, is_token);
	if (k)
		return k;
	if (is_token && has_tried_too_much(g, app)) {
		err_set(e, ERR_QUOTA, "too many wrong tokens");
		return NULL;
	}
	return known_ask(g, app, hash, is_token, e);
}

/* Of several the one with most rights: whoever slipped in another gains nothing. */
static struct known *
by_cookies(struct gate *g, struct app *app, const struct claim *cl, struct err *e)
{
	struct known *best = NULL;

	e->kind = ERR_AUTH;
	for (int i = 0; i < cl->cookie_count; i++) {
		struct known *k = look_up(g, app, cl->cookies[i], false, e);

		if (k && (!best || k->door < best->door))
			best = k;
	}
	return best;
}

/* Takes a ticket of this notebook away; in a transaction. */
static int
take_ticket(struct gate *g, const struct app *app, struct text ticket, struct pass *p,
    struct err *e)
{
	unsigned char hash[TOKEN_HASH_BYTES];

	secret_hash(ticket.at, ticket.len, hash);
	if (pass_use_ticket(g->db, hash, clock_wall_ms(), p, e) < 0)
		return -1;
	return strcmp(p->workspace, app->id) == 0 ? 0 :
	    err_set(e, ERR_AUTH, "a ticket of another notebook");
}

/* A look first: whoever guesses must not take the store's one writer lock. */
static int
begin_ticket(struct gate *g, struct text ticket, struct err *e)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	int got;

	if (!claim_is_token(ticket))
		return err_set(e, ERR_AUTH, "no ticket's form");
	secret_hash(ticket.at, ticket.len, hash);
	got = pass_has_ticket(g->db, hash, e);
	if (got <= 0)
		return got < 0 ? -1 : err_set(e, ERR_AUTH, "no such ticket");
	return db_begin(g->db, e);
}

static bool
by_tool_ticket(struct conn *c, struct app *app, struct text ticket)
{
	struct gate *g = c->gate;
	struct pass p;
	struct err e;

	if (begin_ticket(g, ticket, &e) == 0 && take_ticket(g, app, ticket, &p, &e) == 0 &&
	    db_commit(g->db, &e) == 0) {
		c->door = known_door(p.kind);
		if (c->door == DOOR_TOOL)
			return true;
		err_set(&e, ERR_AUTH, "a ticket of kind %s", p.kind);
	}
	db_rollback(g->db);
	if (e.kind == ERR_AUTH)
		answer_wrong(c, app);
	else
		answer_trouble_of(c, app, &e);
	return false;
}

static int
add_pass(struct gate *g, const struct app *app, const char *kind, const char *share,
    const char *token, struct err *e)
{
	struct pass p = {.expires_at = clock_wall_ms() + PASS_MS};
	unsigned char hash[TOKEN_HASH_BYTES];

	memcpy(p.workspace, app->id, ID_SIZE);
	memcpy(p.share, share, ID_SIZE);
	snprintf(p.kind, sizeof(p.kind), "%s", kind);
	secret_hash(token, strlen(token), hash);
	if (pass_add(g->db, &p, false, hash, e) < 0)
		return -1;
	return pass_trim(g->db, app->id, share, e);
}

/* Somebody who is in with these rights for weeks to come needs no other pass. */
static bool
is_good_already(const struct known *had, enum door door, const char *share)
{
	return had && had->door == door && strcmp(had->share, share) == 0 &&
	    had->expires_at - clock_wall_ms() > PASS_MS / 2;
}

/* The transaction in which what the address shows becomes a pass; *token: "" where none is
 * needed. */
static int
trade(struct gate *g, struct app *app, const struct claim *cl, const struct known *had,
    char token[SECRET_TOKEN_SIZE], struct err *e)
{
	bool is_ticket = cl->address == CLAIM_TICKET;
	struct known *k = NULL;
	struct pass p = {0};

	token[0] = '\0';
	if (is_ticket) {
		if (begin_ticket(g, cl->shown, e) < 0 ||
		    take_ticket(g, app, cl->shown, &p, e) < 0)
			return -1;
		if (known_door(p.kind) > DOOR_RUN)
			return db_commit(g->db, e) < 0 ? -1 :
			    err_set(e, ERR_AUTH, "a ticket of kind %s", p.kind);
	} else {
		k = look_up(g, app, cl->shown, true, e);
		if (!k)
			return -1;
		memcpy(p.share, k->share, ID_SIZE);
		snprintf(p.kind, sizeof(p.kind), k->door == DOOR_APP ? "edit" : "app");
	}
	if (is_good_already(had, known_door(p.kind), p.share))
		return is_ticket ? db_commit(g->db, e) : 0;
	/* What was remembered may have been taken back just now: that decides. */
	if (!is_ticket &&
	    (db_begin(g->db, e) < 0 || known_confirm(g, app, k, e) < 0))
		return -1;
	secret_token(token);
	if (add_pass(g, app, p.kind, p.share, token, e) < 0)
		return -1;
	return db_commit(g->db, e);
}

/* To the same address without what it showed; token "": with no new cookie. */
static void
send_on(struct conn *c, const struct claim *cl, const char *token)
{
	AUTO_BUF struct buf address = {0}, cookie = {0};

	buf_init(&address, HEAD_BYTES_MAX);
	buf_init(&cookie, 512);
	claim_add_address(cl, &address);
	if (token[0])
		claim_add_cookie(cl, &c->gate->site, token, PASS_MS / 1000, &cookie);
	conn_answer(c, &(struct answer){.kind = PAGE_MOVED, .status = 303,
	    .location = address.at, .cookie = cookie.len ? cookie.at : NULL});
}

/* Who is in already, with a link that is worn, is brought to where it led. */
static void
exchange(struct conn *c, struct app *app, const struct claim *cl)
{
	struct gate *g = c->gate;
	char token[SECRET_TOKEN_SIZE];
	struct err e, old;
	struct known *had = by_cookies(g, app, cl, &old);
	int got;

	got = trade(g, app, cl, had, token, &e);
	if (got < 0)
		db_rollback(g->db);
	if (got == 0 || (had && (e.kind == ERR_AUTH || e.kind == ERR_QUOTA)))
		send_on(c, cl, got == 0 ? token : "");
	else if (e.kind == ERR_AUTH || e.kind == ERR_QUOTA)
		answer_wrong(c, app);
	else
		answer_trouble_of(c, app, &e);
}

static bool
join(struct conn *c, struct known *k)
{
	known_join(c, k);
	c->door = k->door;
	return true;
}

static bool
by_bearer(struct conn *c, struct app *app, struct text token)
{
	struct err e;
	struct known *k = look_up(c->gate, app, token, true, &e);

	if (k)
		return join(c, k);
	if (e.kind == ERR_AUTH || e.kind == ERR_QUOTA)
		answer_wrong(c, app);
	else
		answer_trouble_of(c, app, &e);
	return false;
}

static bool
let_in(struct conn *c, struct app *app, const struct head *h)
{
	struct gate *g = c->gate;
	struct claim cl;
	struct refusal r = claim_read(h, &g->site, &c->ask, &cl);
	struct known *k;
	struct err e;

	if (r.status) {
		refuse(c, r);
		return false;
	}
	known_tidy(g, app);
	/* First, so that it never goes further with the address. */
	if (cl.address != CLAIM_NOTHING) {
		exchange(c, app, &cl);
		return false;
	}
	if (cl.has_tool)
		return by_tool_ticket(c, app, cl.tool);
	if (cl.has_bearer)
		return by_bearer(c, app, cl.bearer);
	k = by_cookies(g, app, &cl, &e);
	if (k)
		return join(c, k);
	if (e.kind == ERR_AUTH)
		admit_refuse(c);
	else
		answer_trouble_of(c, app, &e);
	return false;
}

bool
admit(struct conn *c, struct app *app, const struct head *h)
{
	struct refusal r;
	struct err e;

	if (app_learn(c->gate, app, &e) < 0) {
		if (e.kind == ERR_MISSING)
			conn_answer(c, &(struct answer){.kind = PAGE_GONE, .status = 404});
		else
			answer_trouble_of(c, app, &e);
		return false;
	}
	c->ask.is_notebook = app->is_notebook;
	c->door = DOOR_APP;
	if (app->is_notebook && !let_in(c, app, h))
		return false;
	r = ask_judge_door(&c->ask, c->door, app->has_terminal);
	if (!r.status)
		return true;
	known_leave(c);
	refuse(c, r);
	return false;
}
