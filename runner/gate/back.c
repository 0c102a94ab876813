#include <errno.h>
#include <sys/socket.h>

#include "../../shared/base/clock.h"
#include "back.h"
#include "field.h"
#include "frozen.h"
#include "pool.h"
#include "wake.h"

#define REPEATS_MAX 4
#define REPEAT_MS 50
#define ROOM_MS 10

static void
dial_again(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	back_dial(c);
	conn_settle(c);
}

/* A change is never sent twice, so nobody here knows whether it was made. */
static void
answer_bad_app(struct conn *c)
{
	conn_answer(c, &(struct answer){.status = 502,
	    .title = "This {app} did not answer", .retry_after_secs = 1,
	    .words = c->ask.is_change ?
	    "The {app} ended the connection without an answer. Whether it did what was "
	    "asked is not known; look before you ask again." :
	    "The {app} closed the connection or sent something that is no answer. "
	    "Its files are safe; loading the page again may help."});
}

/* How many bytes follow a response's head; −1: as long as they come. */
static int64_t
answer_body(const struct head *h, const struct ask *a)
{
	if (h->status == 101)
		return -1;
	if (a->is_head || h->status == 204 || h->status == 304)
		return 0;
	return h->length;
}

/* The app's answer is judged by its head; from then on bytes are passed. */
static void
pass_answer(struct conn *c, const struct head *h, const char *rest, size_t n)
{
	int64_t body = answer_body(h, &c->ask);
	struct buf out;
	size_t len;

	if (c->is_frozen && h->status == 404) {
		frozen_answer_missing(c);
		return;
	}
	if (body >= 0 && (size_t)body < n)
		n = (size_t)body;
	buf_init(&out, 2 * HEAD_BYTES_MAX + FIELD_ADDED_MAX + POOL_BLOCK_BYTES);
	field_response(h, &c->ask, &c->gate->site, &out);
	buf_add(&out, rest, n);
	if (out.is_over || !field_response_is_fine(h, &c->ask)) {
		buf_free(&out);
		answer_bad_app(c);
		return;
	}
	if (c->ask.is_upgrade && h->status != 101) {
		c->ask.is_upgrade = false;
		c->ask.body = c->up.left = 0;
	}
	len = out.len;
	conn_set_timer(c, 0, NULL);
	pipe_forget(&c->up);
	c->state = CONN_RELAY;
	c->down.left = body < 0 ? -1 : body - (int64_t)n;
	c->down.is_ended = c->down.left == 0;
	pipe_hold(&c->down, buf_take(&out), len);
	conn_move_down(c);
}

/* Interim answers (100, 103) are left out. */
static void
judge_answer(struct conn *c, const char *at, size_t n)
{
	enum head_result result;
	size_t used = 0, bytes = 0;
	struct head h;

	while ((result = head_response(at + used, n - used, &h, &bytes)) == HEAD_WHOLE &&
	    h.status < 200 && h.status != 101 && c->interims++ < 8)
		used += bytes;
	if (result == HEAD_PART && c->part.len) {
		buf_drop(&c->part, used);
	} else if (result == HEAD_PART) {
		buf_add(&c->part, at + used, n - used);
	} else if (result != HEAD_WHOLE || (h.status < 200 && h.status != 101)) {
		answer_bad_app(c);
	} else {
		pass_answer(c, &h, at + used + bytes, n - used - bytes);
	}
}

/*
 * Somebody may come just as the sandbox ends, or while the app starts anew within it.  What
 * only reads is asked once more of whatever comes after it; a little later, because one that
 * is dying takes connections still.
 */
static bool
ask_once_more(struct conn *c)
{
	if (!c->up.is_kept || c->part.len || c->interims || c->repeats++ >= REPEATS_MAX)
		return false;
	conn_close_back(c);
	pipe_rewind(&c->up);
	c->up.is_shut = false;
	app_doubt(c->app);
	c->state = CONN_DIAL;
	c->since_ms = clock_boot_ms();
	conn_set_timer(c, REPEAT_MS, dial_again);
	return true;
}

void
back_read_head(struct conn *c)
{
	char *block = pool_take();
	ssize_t n = recv(c->back, block, POOL_BLOCK_BYTES, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		pool_give(block);
		return;
	}
	if (n <= 0) {
		if (!ask_once_more(c))
			answer_bad_app(c);
	} else if (c->part.len) {
		buf_add(&c->part, block, (size_t)n);
		judge_answer(c, c->part.at, c->part.len);
	} else {
		judge_answer(c, block, (size_t)n);
	}
	if (c->state != CONN_ANSWER)
		buf_free(&c->part);
	pool_give(block);
}

/* An upload is an answer on its way, however long it takes. */
static void
stop_waiting_for_answer(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	if (c->has_moved) {
		c->has_moved = false;
		conn_set_timer(c, c->gate->limits[LIMIT_answer_ms],
		    stop_waiting_for_answer);
		return;
	}
	conn_refuse(c, LIMIT_answer_ms);
	conn_settle(c);
}

void
back_relay(struct conn *c, int back)
{
	c->back = back;
	c->state = CONN_ANSWER;
	c->has_moved = false;
	conn_set_timer(c, c->gate->limits[LIMIT_answer_ms], stop_waiting_for_answer);
	if (!c->ask.is_quiet)
		app_used(c->app);
	conn_move_up(c);
}

static void
dial_later(struct conn *c)
{
	int64_t now = clock_boot_ms();

	if (c->state != CONN_DIAL)
		c->since_ms = now;
	c->state = CONN_DIAL;
	if (now - c->since_ms >= c->gate->limits[LIMIT_dial_ms])
		conn_refuse(c, LIMIT_dial_ms);
	else
		conn_set_timer(c, ROOM_MS, dial_again);
}

/* Who asks for files gets them or nothing; others may wake the app. */
static void
dial_frozen(struct conn *c, bool may_wake)
{
	switch (frozen_serve(c)) {
	case FROZEN_TAKEN:
		break;
	case FROZEN_AWAY:
		dial_later(c);
		break;
	case FROZEN_NOT:
		if (may_wake)
			wake_wait(c);
		else
			conn_refuse(c, LIMIT_dial_ms);
		break;
	}
}

void
back_dial(struct conn *c)
{
	struct err e;
	int back;

	if (c->ask.is_asset || c->is_frozen) {
		dial_frozen(c, false);
		return;
	}
	back = app_dial(c->gate, c->app, c->door, &e);
	if (back >= 0) {
		wake_succeeded(c->gate, c->app);
		back_relay(c, back);
	} else if (e.kind != ERR_MISSING) {
		dial_later(c);
	} else if (c->ask.is_ping && !c->ask.is_notebook) {
		conn_answer(c, &(struct answer){.status = 503, .title = "",
		    .words = "The app is asleep."});
	} else {
		dial_frozen(c, true);
	}
}
