#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/count.h"
#include "back.h"
#include "known.h"
#include "wake.h"
#include "wish.h"

#define TICK_MS 25		/* between looks at the folder, which cost microseconds */
#define STORE_MS 1000		/* between looks at the store: a ring may be lost */
#define PAGE_SECS_MAX 5		/* until a waiting page comes back */
#define STALE_MS 5000		/* nobody came back for so long after it had failed */

/* While somebody waits, or came away with the page that comes back by itself. */
struct wake {
	struct gate *gate;
	struct wake *next, **link;	/* in the gate's list */
	struct app *app;
	struct conn *first, **last;	/* who waits, in the order they came */
	int waiting;
	bool is_quiet;			/* only programs have waited so far */
	int64_t since_ms, looked_ms;	/* boot time */
	int inotify_watch;		/* on the folder of its socket; −1: none */
	struct timer *tick;
	struct wish wish;
};

static const struct answer answer_slow = {
	.status = 503, .title = "This {app} did not wake in time", .retry_after_secs = 5,
	.words = "The machine may be busy. Nothing was lost; try again in a moment.",
};

/* The same where it is known what it waits for. */
static struct answer
slow(struct wake *w)
{
	struct answer a = answer_slow;

	wish_place(w->gate, w->app, &w->wish);
	if (w->wish.words[0]) {
		a.words = w->wish.words;
		a.retry_after_secs = w->wish.eta_secs;
	}
	return a;
}

static void tick(struct loop *l, void *arg);

/* True: it may wake; else a says why not. */
static bool
look(struct wake *w, struct arena *arena, struct answer *a)
{
	w->looked_ms = clock_boot_ms();
	return wish_look(w->gate, w->app, &w->wish, w->is_quiet, arena, a);
}

static void
begin(struct gate *g, struct app *app)
{
	struct wake *w = mem_new(sizeof(*w));

	*w = (struct wake){.gate = g, .next = g->wakes, .link = &g->wakes, .app = app,
	    .last = &w->first, .is_quiet = true, .inotify_watch = -1,
	    .since_ms = clock_boot_ms()};
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

void
wake_dismiss(struct gate *g)
{
	while (g->wakes)
		give_up(g->wakes, &(struct answer){.kind = PAGE_WAITING, .status = 503,
		    .words = "Carrel is being started again.", .retry_after_secs = 1});
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

/* Connects those who wait and whose door is open; true: nobody waits any more. */
static bool
connect_all(struct wake *w)
{
	bool is_shut[DOORS] = {false};
	struct conn *next;

	for (struct conn *c = w->first; c; c = next) {
		struct err e;
		int back;

		next = c->next_waiting;
		if (is_shut[c->door])
			continue;
		back = app_dial(w->gate, w->app, c->door, &e);
		is_shut[c->door] = back < 0;
		if (back < 0)
			continue;
		wake_leave(c);
		count_span(SPAN_woken_ms, clock_boot_ms() - c->since_ms);
		back_relay(c, back);
		conn_settle(c);
	}
	return !w->first;
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
	struct answer a;

	if (!w->first)
		return;
	if (connect_all(w)) {
		wake_forget(w->gate, w->app);
		return;
	}
	watch_folder(w);
	if (now - w->since_ms >= w->gate->wake_ms) {
		a = slow(w);
		give_up(w, &a);
	} else if (now - w->looked_ms >= STORE_MS)
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
	int secs;

	(void)l;
	c->timer = NULL;
	wish_place(w->gate, w->app, &w->wish);
	/* Far behind in the line there is no need to ask every second. */
	secs = w->wish.eta_secs / 4;
	conn_answer(c, &(struct answer){.kind = PAGE_WAITING, .status = 503,
	    .title = w->wish.title[0] ? w->wish.title : NULL,
	    .words = w->wish.words[0] ? w->wish.words : NULL,
	    .retry_after_secs = secs < 1 ? 1 : secs > PAGE_SECS_MAX ? PAGE_SECS_MAX : secs});
	conn_settle(c);
}

/* Nobody was waiting yet for one that sleeps, or only those who may not wake it. */
static bool
start(struct conn *c)
{
	struct app *app = c->app;
	struct arena arena = {0};
	struct answer a;
	bool is_fine;

	if (!app->wake)
		begin(c->gate, app);
	app->wake->is_quiet = c->ask.is_quiet;
	app->wake->since_ms = clock_boot_ms();
	is_fine = look(app->wake, &arena, &a);
	if (!is_fine) {
		give_up(app->wake, &a);
		conn_answer(c, &a);
	}
	arena_free(&arena);
	return is_fine;
}

static void
join(struct wake *w, struct conn *c)
{
	struct gate *g = w->gate;

	c->state = CONN_WAIT;
	c->since_ms = clock_boot_ms();
	c->waiting_link = w->last;
	*w->last = c;
	w->last = &c->next_waiting;
	w->waiting++;
	if (!c->ask.is_quiet)
		app_used(w->app);
	if (c->ask.is_page && c->ask.is_read)
		conn_set_timer(c, g->limits[LIMIT_page_ms], show_page);
	watch_folder(w);
	if (!w->tick)
		w->tick = loop_timer(g->loop, TICK_MS, tick, w);
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
		bool is_stale = w->is_quiet || now - w->since_ms >= g->wake_ms + STALE_MS;

		if (!is_stale) {
			struct answer a = slow(w);

			conn_answer(c, &a);
		}
		wake_forget(g, app);
		if (!is_stale)
			return;
	}
	w = app->wake;
	if ((!w || (w->is_quiet && (!w->first || !c->ask.is_quiet))) && !start(c))
		return;
	w = app->wake;
	if (w->waiting >= g->limits[LIMIT_app_waiting])
		conn_refuse(c, LIMIT_app_waiting);
	else
		join(w, c);
}

void
wake_hear(struct gate *g, const char *id)
{
	struct app *app = app_find(g->apps, id);

	if (!app)
		return;
	app_doubt(app);
	if (app->is_notebook)
		known_review(g, app);
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
