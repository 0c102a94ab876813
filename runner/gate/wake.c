#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/workspace.h"
#include "../../shared/wire/bell.h"
#include "back.h"
#include "wake.h"

#define TICK_MS 25		/* between looks at the folder, which cost microseconds */
#define STORE_MS 1000		/* between looks at the store: a ring may be lost */
#define ASKS_MAX 3		/* a sandbox that was just ending may undo the first */
#define STALE_MS 5000		/* nobody came back for so long after it had failed */

/* While somebody waits, or came away with the page that comes back by itself. */
struct wake {
	struct gate *gate;
	struct wake *next, **link;	/* in the gate's list */
	struct app *app;
	struct conn *first, **last;	/* who waits, in the order they came */
	int waiting, asks;
	int64_t since_ms, looked_ms;	/* boot time */
	int inotify_watch;		/* on the folder of its socket; −1: none */
	struct timer *tick;
	char title[4 * TITLE_MAX + 1];	/* of the app, for the page */
};

static const struct answer answer_gone = {.kind = PAGE_GONE, .status = 404};
static const struct answer answer_empty = {
	.status = 404, .title = "This app has no version yet",
	.words = "Its first prompt did not end in one. Open it in Carrel to try again.",
};
static const struct answer answer_slow = {
	.status = 504, .title = "This app did not wake in time", .retry_after_secs = 5,
	.words = "The machine may be busy. Nothing was lost; try again in a moment.",
};
static const struct answer answer_trouble = {
	.status = 503, .title = "This app cannot be reached now", .retry_after_secs = 2,
	.words = "Something went wrong on our side. Nothing was lost; try again soon.",
};

static struct answer
answer_failed(const char *reason)
{
	return (struct answer){.status = 503, .title = "This app could not be started",
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
	bell_ring(NULL, s->id);
	return 0;
}

/* No version, and nothing under way that could become one? */
static int
is_empty(struct gate *g, const struct sandbox *s, struct arena *a, bool *is,
    struct err *e)
{
	struct workspace w;

	*is = false;
	if (s->current)
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

/*
 * Looks at the store, and wants the app awake where it is not wanted so already.  True:
 * it may wake; else a, whose texts are in the arena, says why not.
 */
static bool
look(struct wake *w, struct arena *arena, struct answer *a)
{
	struct gate *g = w->gate;
	bool is_first = !w->asks, is = false;
	struct sandbox s;
	struct err e;

	w->looked_ms = clock_boot_ms();
	if (sandbox_get(g->db, w->app->id, arena, &s, &e) < 0 ||
	    is_empty(g, &s, arena, &is, &e) < 0)
		goto failed;
	*a = answer_empty;
	if (is)
		return false;
	snprintf(w->title, sizeof(w->title), "%s", s.title);
	*a = answer_failed(s.reason);
	if (!is_first && strcmp(s.want, "awake") == 0)
		return true;
	if (strcmp(s.state, "failed") == 0 && (!is_first || is_resting(g, &s)))
		return false;
	if (w->asks++ >= ASKS_MAX)
		return false;
	if (ask_store(g, &s, &e) == 0)
		return true;
failed:
	*a = e.kind == ERR_MISSING ? answer_gone : answer_trouble;
	if (e.kind != ERR_MISSING)
		log_error("waking %s: %s", w->app->id, e.text);
	return !is_first && e.kind != ERR_MISSING;	/* next time it may be better */
}

static void tick(struct loop *l, void *arg);

static void
begin(struct gate *g, struct app *app)
{
	struct wake *w = mem_new(sizeof(*w));

	*w = (struct wake){.gate = g, .next = g->wakes, .link = &g->wakes, .app = app,
	    .last = &w->first, .inotify_watch = -1, .since_ms = clock_boot_ms()};
	if (w->next)
		w->next->link = &w->next;
	g->wakes = app->wake = w;
}

void
wake_forget(struct gate *g, struct app *app)
{
	struct wake *w = app->wake;

	if (!w)
		return;
	if (w->first)
		BUG("somebody waits still");
	if (w->inotify_watch >= 0)
		inotify_rm_watch(g->inotify, w->inotify_watch);
	loop_cancel(g->loop, w->tick);
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	free(w);
	app->wake = NULL;
}

void
wake_succeeded(struct gate *g, struct app *app)
{
	if (app->wake && !app->wake->first)
		wake_forget(g, app);
}

bool
wake_is_on(const struct gate *g, const struct app *app)
{
	return app->wake && (app->wake->first ||
	    clock_boot_ms() - app->wake->since_ms < g->wake_ms + STALE_MS);
}

void
wake_leave(struct conn *c)
{
	struct wake *w = c->app ? c->app->wake : NULL;

	if (!c->waiting_link)
		return;
	*c->waiting_link = c->next_waiting;
	if (c->next_waiting)
		c->next_waiting->waiting_link = c->waiting_link;
	else
		w->last = c->waiting_link;
	c->waiting_link = NULL;
	c->next_waiting = NULL;
	w->waiting--;
}

static void
answer_all(struct wake *w, const struct answer *a)
{
	while (w->first) {
		struct conn *c = w->first;

		conn_answer(c, a);
		conn_settle(c);
	}
}

/* Ends a waking that came to nothing. */
static void
give_up(struct wake *w, const struct answer *a)
{
	answer_all(w, a);
	wake_forget(w->gate, w->app);
}

/* The socket's mode is set when it listens; a folder can be watched once it is there. */
static void
watch_folder(struct wake *w)
{
	char path[64];

	if (w->inotify_watch >= 0 || w->app->folder < 0 || w->gate->inotify < 0)
		return;
	snprintf(path, sizeof(path), GATE_FOLDERS "/%s", w->app->id);
	w->inotify_watch = inotify_add_watch(w->gate->inotify, path,
	    IN_ATTRIB | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW);
}

/* Connects all who wait, as long as that succeeds; true: nobody waits any more. */
static bool
connect_all(struct wake *w)
{
	while (w->first) {
		struct conn *c = w->first;
		struct err e;
		int back = app_dial(w->gate, w->app, &e);

		if (back < 0)
			return false;
		wake_leave(c);
		back_relay(c, back);
		conn_settle(c);
	}
	return true;
}

static void
look_again(struct wake *w)
{
	struct arena arena = {0};
	struct answer a;

	if (!look(w, &arena, &a))
		give_up(w, &a);
	arena_free(&arena);
}

/* One step of waiting; the waking may be over, and w gone, afterwards. */
static void
step(struct wake *w)
{
	int64_t now = clock_boot_ms();

	if (!w->first)
		return;
	if (connect_all(w)) {
		wake_forget(w->gate, w->app);
		return;
	}
	watch_folder(w);
	if (now - w->since_ms >= w->gate->wake_ms)
		give_up(w, &answer_slow);
	else if (now - w->looked_ms >= STORE_MS)
		look_again(w);
}

static void
tick(struct loop *l, void *arg)
{
	struct wake *w = arg;
	struct app *app = w->app;

	w->tick = NULL;
	step(w);
	if (app->wake && app->wake->first && !app->wake->tick)
		app->wake->tick = loop_timer(l, TICK_MS, tick, app->wake);
}

static void
show_page(struct loop *l, void *arg)
{
	struct conn *c = arg;
	struct wake *w = c->app->wake;

	(void)l;
	c->timer = NULL;
	conn_answer(c, &(struct answer){.kind = PAGE_WAITING, .status = 503,
	    .title = w->title[0] ? w->title : NULL, .retry_after_secs = 1});
	conn_settle(c);
}

/* The first to come for an app that sleeps. */
static bool
start(struct conn *c)
{
	struct arena arena = {0};
	struct answer a;
	bool is_fine;

	begin(c->gate, c->app);
	is_fine = look(c->app->wake, &arena, &a);
	if (!is_fine) {
		wake_forget(c->gate, c->app);
		conn_answer(c, &a);
	}
	arena_free(&arena);
	return is_fine;
}

void
wake_wait(struct conn *c)
{
	struct gate *g = c->gate;
	struct app *app = c->app;
	struct wake *w = app->wake;
	int64_t now = clock_boot_ms();

	/* Too late: the one who comes first is told; the next one starts anew. */
	if (w && !w->first && now - w->since_ms >= g->wake_ms) {
		bool is_stale = now - w->since_ms >= g->wake_ms + STALE_MS;

		wake_forget(g, app);
		if (!is_stale) {
			conn_answer(c, &answer_slow);
			return;
		}
	}
	if (!app->wake && !start(c))
		return;
	w = app->wake;
	if (w->waiting >= g->limits[LIMIT_app_waiting]) {
		conn_refuse(c, LIMIT_app_waiting);
		return;
	}
	c->state = CONN_WAIT;
	c->waiting_link = w->last;
	*w->last = c;
	w->last = &c->next_waiting;
	w->waiting++;
	app_used(app);
	if (c->ask.is_page && c->ask.is_read)
		conn_set_timer(c, g->limits[LIMIT_page_ms], show_page);
	watch_folder(w);
	if (!w->tick)
		w->tick = loop_timer(g->loop, TICK_MS, tick, w);
}

void
wake_hear(struct gate *g, const char *id)
{
	struct app *app = app_find(g->apps, id);

	if (!app)
		return;
	app_doubt(app);
	if (!app->wake || !app->wake->first)
		return;
	app->wake->looked_ms = clock_boot_ms() - STORE_MS;
	step(app->wake);
}

void
wake_notice(struct gate *g, int inotify_watch, bool is_over)
{
	for (struct wake *w = g->wakes; w; w = w->next) {
		if (w->inotify_watch != inotify_watch)
			continue;
		if (is_over)
			w->inotify_watch = -1;
		step(w);
		return;
	}
}
