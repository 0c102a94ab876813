#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "conn.h"
#include "field.h"
#include "front.h"
#include "pool.h"
#include "wake.h"

#define NOT_WATCHED UINT32_MAX
#define REPEATS_MAX 4
#define REPEAT_MS 50

void
conn_open(struct gate *g, int fd)
{
	struct conn *c = mem_new(sizeof(*c));

	*c = (struct conn){
		.gate = g, .next = g->conns, .link = &g->conns, .state = CONN_HEAD,
		.front = fd, .back = -1,
		.front_events = NOT_WATCHED, .back_events = NOT_WATCHED,
		.ask.body = -1, .up.left = -1, .down.left = -1,
	};
	buf_init(&c->part, HEAD_BYTES_MAX + POOL_BLOCK_BYTES);
	if (c->next)
		c->next->link = &c->next;
	g->conns = c;
	g->conn_count++;
	front_read_head(c);
	conn_settle(c);
}

static void
close_back(struct conn *c)
{
	loop_forget(c->gate->loop, c->back_watch);
	c->back_watch = NULL;
	c->back_events = NOT_WATCHED;
	if (c->back >= 0)
		close(c->back);
	c->back = -1;
}

void
conn_close(struct conn *c)
{
	struct gate *g = c->gate;

	wake_leave(c);
	conn_set_timer(c, 0, NULL);
	close_back(c);
	loop_forget(g->loop, c->front_watch);
	close(c->front);
	pipe_free(&c->up);
	pipe_free(&c->down);
	buf_free(&c->part);
	if (c->app)
		c->app->conns--;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	free(c);
	g->conn_count--;
	front_listen(g);
	if (g->is_leaving && !g->conn_count)
		loop_stop(g->loop);
}

void
conn_set_timer(struct conn *c, int64_t ms, timer_fn *fn)
{
	loop_cancel(c->gate->loop, c->timer);
	c->timer = fn ? loop_timer(c->gate->loop, ms, fn, c) : NULL;
}

/* A side that still moves may go on. */
static void
stop_lingering(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	if (!c->has_moved) {
		conn_close(c);
		return;
	}
	c->has_moved = false;
	conn_set_timer(c, c->gate->limits[LIMIT_linger_ms], stop_lingering);
}

static void
linger(struct conn *c)
{
	c->has_moved = false;
	conn_set_timer(c, c->gate->limits[LIMIT_linger_ms], stop_lingering);
}

static bool
is_hung_up(int fd)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void
move_up(struct conn *c)
{
	bool was_ended = c->up.is_ended;

	if (pipe_move(&c->up, c->front, c->back) == PIPE_MOVED)
		c->has_moved = true;
	if (c->up.is_ended && !was_ended)
		c->is_front_gone = is_hung_up(c->front);
}

static void
move_down(struct conn *c)
{
	switch (pipe_move(&c->down, c->back, c->front)) {
	case PIPE_BROKEN:
		c->is_front_gone = true;
		pipe_drop(&c->up);
		break;
	case PIPE_MOVED:
		c->has_moved = true;
		break;
	case PIPE_IDLE:
		break;
	}
	if (c->down.left == 0)
		c->down.is_ended = true;	/* a second answer would be for nobody */
}

void
conn_answer(struct conn *c, const struct answer *a)
{
	struct gate *g = c->gate;
	struct buf text;
	size_t n;

	wake_leave(c);
	close_back(c);
	buf_init(&text, 2 * PAGE_BYTES_MAX);
	page_answer(g->pages, &g->site, &c->ask, a, &text);
	n = text.len;
	c->state = CONN_LAST;
	pipe_drop(&c->up);
	pipe_hold(&c->down, buf_take(&text), n);
	c->down.is_ended = true;
	c->down.left = -1;
	linger(c);
	move_down(c);
}

void
conn_refuse(struct conn *c, enum limit l)
{
	struct answer a = {
		.status = limit_status(l), .title = "This app did not answer",
		.words = limit_words(l),
		.retry_after_secs = limit_status(l) == 503 ? 1 : 0,
	};

	conn_answer(c, &a);
}

static void
answer_bad_app(struct conn *c)
{
	conn_answer(c, &(struct answer){.status = 502, .title = "This app did not answer",
	    .words = "The app closed the connection or sent something that is no answer. "
	    "Its files are safe; loading the page again may help.",
	    .retry_after_secs = 1});
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

	if (body >= 0 && (size_t)body < n)
		n = (size_t)body;
	buf_init(&out, 2 * HEAD_BYTES_MAX + FIELD_ADDED_MAX + POOL_BLOCK_BYTES);
	field_response(h, &c->gate->site, &out);
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
	move_down(c);
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

static void
dial_again(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	conn_dial(c);
	conn_settle(c);
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
	close_back(c);
	pipe_rewind(&c->up);
	c->up.is_shut = false;
	app_doubt(c->app);
	c->state = CONN_DIAL;
	c->since_ms = clock_boot_ms();
	conn_set_timer(c, REPEAT_MS, dial_again);
	return true;
}

static void
read_answer(struct conn *c)
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

static void
on_front(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct conn *c = arg;

	(void)l, (void)fd;
	switch (c->state) {
	case CONN_HEAD:
		front_read_head(c);
		break;
	case CONN_WAIT:
	case CONN_DIAL:
		c->is_front_gone |= (events & (EPOLLHUP | EPOLLERR)) != 0;
		c->is_half_closed |= (events & EPOLLRDHUP) != 0;
		break;
	default:
		if (c->down.len)
			move_down(c);
		if (c->up.is_ended)
			c->is_front_gone |= (events & (EPOLLHUP | EPOLLERR)) != 0;
		else if (!c->up.len)
			move_up(c);
	}
	conn_settle(c);
}

static void
on_back(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct conn *c = arg;

	(void)l, (void)fd, (void)events;
	if (c->up.len)
		move_up(c);
	if (c->state == CONN_ANSWER)
		read_answer(c);
	else if (!c->down.len && !c->down.is_ended)
		move_down(c);
	conn_settle(c);
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
conn_relay(struct conn *c, int back)
{
	c->back = back;
	c->state = CONN_ANSWER;
	c->has_moved = false;
	conn_set_timer(c, c->gate->limits[LIMIT_answer_ms], stop_waiting_for_answer);
	if (!c->ask.is_ping)
		app_used(c->app);
	move_up(c);
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
		conn_set_timer(c, 10, dial_again);
}

void
conn_dial(struct conn *c)
{
	int back;

	switch (app_dial(c->gate, c->app, &back)) {
	case DIAL_DONE:
		wake_succeeded(c->gate, c->app);
		conn_relay(c, back);
		break;
	case DIAL_FULL:
		dial_later(c);
		break;
	case DIAL_ABSENT:
		if (c->ask.is_ping)
			conn_answer(c, &(struct answer){.status = 503, .title = "",
			    .words = "The app is asleep."});
		else
			wake_wait(c);
	}
}

static void
watch_fd(struct conn *c, int fd, struct watch **w, uint32_t *now, uint32_t want,
    watch_fn *fn)
{
	struct loop *l = c->gate->loop;

	if (*now == want)
		return;
	*now = want;
	if (want == NOT_WATCHED) {
		loop_forget(l, *w);
		*w = NULL;
	} else if (*w) {
		loop_change(l, *w, want);
	} else {
		*w = loop_watch(l, fd, want, fn, c);
	}
}

/* 0 still reports a hang-up; where one is of no use yet, the descriptor is not watched at
 * all, else the loop would spin. */
static uint32_t
front_wants(const struct conn *c)
{
	uint32_t want;

	if (c->state == CONN_HEAD)
		return EPOLLIN;
	if (c->state == CONN_WAIT || c->state == CONN_DIAL)
		return c->is_half_closed ? 0 : EPOLLRDHUP;
	want = c->down.len ? EPOLLOUT : 0;
	if (c->up.is_ended)
		return c->is_front_gone ? NOT_WATCHED : want;
	if (!c->up.len)
		want |= EPOLLIN;
	return want ? want : NOT_WATCHED;
}

static uint32_t
back_wants(const struct conn *c)
{
	uint32_t want = c->up.len ? EPOLLOUT : 0;

	if (c->back < 0)
		return NOT_WATCHED;
	if (!c->down.len && !c->down.is_ended)
		want |= EPOLLIN;
	return want ? want : NOT_WATCHED;
}

/* Passes half-closes on; true: nothing is left to be done. */
static bool
is_over(struct conn *c)
{
	struct pipe *up = &c->up, *down = &c->down;

	if (c->is_front_gone && !up->len)
		return true;
	if (c->state < CONN_ANSWER)
		return false;
	if (up->is_ended && !up->len && !up->is_shut) {
		up->is_shut = true;
		if (c->back >= 0)
			shutdown(c->back, SHUT_WR);
	}
	if (!down->is_ended || down->len)
		return false;
	if (up->is_shut || c->ask.body == 0)
		return true;
	if (down->is_shut)
		return false;
	/* Closing now would tear what the front still sends; it may miss our answer. */
	down->is_shut = true;
	shutdown(c->front, SHUT_WR);
	if (!c->ask.is_upgrade || c->back < 0 || is_hung_up(c->back)) {
		c->state = CONN_LAST;
		pipe_drop(up);
		close_back(c);
	}
	linger(c);
	return false;
}

void
conn_settle(struct conn *c)
{
	if (is_over(c)) {
		conn_close(c);
		return;
	}
	watch_fd(c, c->front, &c->front_watch, &c->front_events, front_wants(c),
	    on_front);
	watch_fd(c, c->back, &c->back_watch, &c->back_events, back_wants(c), on_back);
}
