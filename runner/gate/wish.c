#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/rule/admit.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "wish.h"

#define ASIDE_SECS 30		/* nobody knows when a place of one's own is free */
#define ASKS_MAX 3		/* a sandbox that was just ending may undo the first */

static const struct answer answer_gone = {.kind = PAGE_GONE, .status = 404};
static const struct answer answer_empty = {
	.status = 404, .title = "This app has no version yet",
	.words = "Its first prompt did not end in one. Open it in Carrel to try again.",
};
static const struct answer answer_asleep = {
	.status = 503, .title = "This {app} is asleep", .retry_after_secs = 10,
	.words = "The {app} is asleep; opening it wakes it.",
};
static const struct answer answer_trouble = {
	.status = 503, .title = "This {app} cannot be reached now", .retry_after_secs = 2,
	.words = "Something went wrong on our side. Nothing was lost; try again soon.",
};

static struct answer
answer_failed(const char *reason)
{
	return (struct answer){.status = 503, .title = "This {app} could not be started",
	    .words = reason[0] ? reason : "Its files are safe; try again in a moment.",
	    .retry_after_secs = 15};
}

/* Asks for it in one transaction, if need be; opening a terminated app revives it. */
static int
ask_store(struct gate *g, const struct sandbox *s, struct err *e)
{
	if (strcmp(s->want, "awake") == 0 && !s->terminated_at) {
		bell_ring(NULL, s->id);
		return 0;
	}
	if (db_begin(g->db, e) < 0)
		return -1;
	if ((s->terminated_at && workspace_set_terminated(g->db, s->id, 0, e) < 0) ||
	    sandbox_want_awake(g->db, s->id, clock_wall_ms(), e) < 0 ||
	    db_commit(g->db, e) < 0) {
		db_rollback(g->db);
		return -1;
	}
	log_info("it is wanted awake");
	bell_ring(NULL, s->id);
	return 0;
}

/* Nothing new is started just now: what it said is shown. */
static struct answer
answer_drained(const struct err *e, struct arena *arena)
{
	return (struct answer){.status = 503, .title = "This {app} cannot be woken now",
	    .words = arena_dup(arena, e->text), .retry_after_secs = e->retry_after_secs};
}

/* An app with no version, and nothing under way that could become one? */
static int
is_empty(struct gate *g, const struct sandbox *s, struct arena *a, bool *is,
    struct err *e)
{
	struct workspace w;

	*is = false;
	if (s->current || strcmp(s->kind, "notebook") == 0)
		return 0;
	if (workspace_get(g->db, s->id, a, &w, e) < 0)
		return -1;
	*is = !w.current && !w.open_job;
	return 0;
}

/*
 * One that ended after it had run for a while is started anew at once.  One that failed
 * at its start, or soon after it, rests until people could read why.
 */
static bool
is_resting(const struct gate *g, const struct sandbox *s)
{
	int64_t rest_ms = g->limits[LIMIT_failed_ms];

	if (s->ready_at && s->ended_at - s->ready_at >= rest_ms)
		return false;
	return clock_wall_ms() - s->ended_at < rest_ms;
}

void
wish_place(struct gate *g, const struct app *app, struct wish *w)
{
	struct arena a = {0};
	struct sandbox_place p;
	char place[96];
	struct sandbox s;

	w->words[0] = '\0';
	w->eta_secs = 0;
	if (sandbox_place(g->db, app->id, &p, NULL) == 0 && p.is_waiting) {
		admit_place(p.before, p.eta_ms, place, sizeof(place));
		snprintf(w->words, sizeof(w->words), "It is %s.%s%s", place, p.why[0] ? " " : "", p.why);
		w->eta_secs = (int)((p.eta_ms + 999) / 1000);
	} else if (sandbox_get(g->db, app->id, &a, &s, NULL) == 0 && s.reason[0] &&
	    strcmp(s.want, "awake") == 0 && !s.turn && strcmp(s.state, "provision") != 0 &&
	    strcmp(s.state, "running") != 0) {
		snprintf(w->words, sizeof(w->words), "%s", s.reason);
		w->eta_secs = ASIDE_SECS;
	}
	arena_free(&a);
}

bool
wish_look(struct gate *g, const struct app *app, struct wish *w, bool is_quiet,
    struct arena *arena, struct answer *a)
{
	bool is_first = !w->asks, is_wanted, is = false;
	struct sandbox s;
	struct err e;

	if (sandbox_get(g->db, app->id, arena, &s, &e) < 0 ||
	    is_empty(g, &s, arena, &is, &e) < 0)
		goto failed;
	*a = answer_empty;
	if (is)
		return false;
	snprintf(w->title, sizeof(w->title), "%s", s.title);
	is_wanted = strcmp(s.want, "awake") == 0;
	*a = answer_asleep;
	if (is_quiet)
		return is_wanted && !s.terminated_at;
	*a = answer_failed(s.reason);
	if (!is_first && is_wanted)
		return true;
	if (strcmp(s.state, "failed") == 0 && (!is_first || is_resting(g, &s)))
		return false;
	if (w->asks++ >= ASKS_MAX)
		return false;
	if (ask_store(g, &s, &e) == 0)
		return true;
failed:
	if (e.kind == ERR_BUSY && e.retry_after_secs) {
		*a = answer_drained(&e, arena);
		return false;
	}
	*a = e.kind == ERR_MISSING ? answer_gone : answer_trouble;
	if (e.kind != ERR_MISSING)
		log_error("waking %s: %s", app->id, e.text);
	return !is_first && e.kind != ERR_MISSING;	/* next time it may be better */
}
