#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "admit.h"
#include "conn.h"
#include "known.h"

enum door
known_door(const char *kind)
{
	if (strcmp(kind, "edit") == 0)
		return DOOR_APP;
	if (strcmp(kind, "app") == 0)
		return DOOR_RUN;
	return strcmp(kind, "tool") == 0 ? DOOR_TOOL : DOORS;
}

static bool
is_over(const struct known *k)
{
	return k->is_gone || k->expires_at <= clock_wall_ms();
}

struct known *
known_find(struct app *app, const unsigned char hash[TOKEN_HASH_BYTES], bool is_token)
{
	for (struct known *k = app->known; k; k = k->next)
		if (k->is_token == is_token && secret_is_same(k->hash, hash))
			return is_over(k) ? NULL : k;
	return NULL;
}

/* The owner's token, or that of a share which opens a door here. */
static int
ask_token(struct gate *g, const char *id, struct known *k, struct err *e)
{
	struct arena arena = {0};
	struct share s;
	int got = notebook_has_token(g->db, id, k->hash, e);

	k->expires_at = INT64_MAX;
	k->door = DOOR_APP;
	if (got != 0)
		return got < 0 ? -1 : 0;
	got = share_get(g->db, k->hash, &arena, &s, e);
	if (got == 0) {
		k->door = known_door(s.kind);
		memcpy(k->share, s.id, ID_SIZE);
		if (strcmp(s.workspace, id) != 0 || k->door == DOORS)
			got = err_set(e, ERR_AUTH, "This link opens nothing here.");
	} else if (e->kind == ERR_MISSING) {
		e->kind = ERR_AUTH;
	}
	arena_free(&arena);
	return got;
}

static int
ask_pass(struct gate *g, const char *id, struct known *k, struct err *e)
{
	struct pass p;

	if (pass_get(g->db, k->hash, clock_wall_ms(), &p, e) < 0)
		return -1;
	k->door = known_door(p.kind);
	k->expires_at = p.expires_at;
	memcpy(k->share, p.share, ID_SIZE);
	if (strcmp(p.workspace, id) != 0 || k->door == DOORS || k->door == DOOR_TOOL)
		return err_set(e, ERR_AUTH, "This pass opens nothing here.");
	return 0;
}

static int
ask(struct gate *g, const char *id, struct known *k, struct err *e)
{
	return k->is_token ? ask_token(g, id, k, e) : ask_pass(g, id, k, e);
}

void
known_tidy(struct gate *g, struct app *app)
{
	struct known **at = &app->known, *k;

	for (int64_t n = 0; (k = *at); n++) {
		if (k->conns || (n < g->limits[LIMIT_known_passes] && !is_over(k))) {
			at = &k->next;
			continue;
		}
		*at = k->next;
		free(k);
	}
}

int
known_confirm(struct gate *g, const struct app *app, const struct known *k, struct err *e)
{
	struct known again = *k;

	return ask(g, app->id, &again, e);
}

static bool
review_one(struct gate *g, struct app *app)
{
	if (app->known)
		known_review(g, app);
	return app->known;
}

static void
review_all(struct loop *l, void *arg)
{
	struct gate *g = arg;

	g->review = NULL;
	if (app_each(g, review_one) && !g->review)
		g->review = loop_timer(l, g->limits[LIMIT_review_ms], review_all, g);
}

struct known *
known_ask(struct gate *g, struct app *app, const unsigned char hash[TOKEN_HASH_BYTES],
    bool is_token, struct err *e)
{
	struct known asked = {.is_token = is_token}, *k;

	memcpy(asked.hash, hash, TOKEN_HASH_BYTES);
	if (ask(g, app->id, &asked, e) < 0)
		return NULL;
	k = mem_new(sizeof(*k));
	*k = asked;
	k->next = app->known;
	app->known = k;
	if (!g->review)
		g->review = loop_timer(g->loop, g->limits[LIMIT_review_ms], review_all, g);
	return k;
}

void
known_join(struct conn *c, struct known *k)
{
	c->known = k;
	k->conns++;
}

void
known_leave(struct conn *c)
{
	if (c->known)
		c->known->conns--;
	c->known = NULL;
}

static bool
may_stay(const struct conn *c)
{
	if (c->known && c->known->is_gone)
		return false;
	return !c->ask.path.is_shell || c->app->has_terminal || !c->ask.is_notebook;
}

/* Who still waits for an answer is told; what already flows is cut. */
static void
turn_out(struct conn *c)
{
	known_leave(c);
	if (c->state >= CONN_ANSWER) {
		conn_close(c);
		return;
	}
	admit_refuse(c);
	conn_settle(c);
}

void
known_review(struct gate *g, struct app *app)
{
	struct conn *next;
	struct err e;

	/* A store that cannot be read shuts nobody out. */
	for (struct known *k = app->known; k; k = k->next)
		k->is_gone = is_over(k) || (ask(g, app->id, k, &e) < 0 && e.kind == ERR_AUTH);
	app->is_learned = false;
	if (app_learn(g, app, &e) < 0 && e.kind != ERR_MISSING)
		log_warn("looking again at %s: %s", app->id, e.text);
	for (struct conn *c = g->conns; c; c = next) {
		next = c->next;
		if (c->app == app && c->state != CONN_LAST && !may_stay(c))
			turn_out(c);
	}
	known_tidy(g, app);
}

void
known_free(struct app *app)
{
	while (app->known) {
		struct known *k = app->known;

		app->known = k->next;
		free(k);
	}
}
