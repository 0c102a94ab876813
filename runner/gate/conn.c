#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/count.h"
#include "back.h"
#include "front.h"
#include "known.h"
#include "pool.h"
#include "wake.h"

#define NOT_WATCHED UINT32_MAX

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
	count_level(LEVEL_connections, ++g->conn_count);
	front_read_head(c);
	conn_settle(c);
}

void
conn_close_back(struct conn *c)
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
	conn_close_back(c);
	loop_forget(g->loop, c->front_watch);
	close(c->front);
	pipe_free(&c->up);
	pipe_free(&c->down);
	buf_free(&c->part);
	known_leave(c);
	if (c->app)
		c->app->conns--;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	free(c);
	count_level(LEVEL_connections, --g->conn_count);
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

void
conn_move_up(struct conn *c)
{
	bool was_ended = c->up.is_ended;

	if (pipe_move(&c->up, c->front, c->back) == PIPE_MOVED)
		c->has_moved = true;
	if (c->up.is_ended && !was_ended)
		c->is_front_gone = is_hung_up(c->front);
}

void
conn_move_down(struct conn *c)
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

	if (a->status >= 400 && a->kind != PAGE_WAITING)
		count_add(TOTAL_connection_refused, 1);
	wake_leave(c);
	conn_close_back(c);
	buf_init(&text, 2 * PAGE_BYTES_MAX);
	page_answer(g->pages, &g->site, &c->ask, a, &text);
	n = text.len;
	c->state = CONN_LAST;
	pipe_drop(&c->up);
	pipe_hold(&c->down, buf_take(&text), n);
	c->down.is_ended = true;
	c->down.left = -1;
	linger(c);
	conn_move_down(c);
}

void
conn_refuse(struct conn *c, enum limit l)
{
	struct answer a = {
		.status = limit_rows[l].status, .title = "This {app} did not answer",
		.words = limit_rows[l].words,
		.retry_after_secs = limit_rows[l].status == 503 ? 1 : 0,
	};

	conn_answer(c, &a);
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
			conn_move_down(c);
		if (c->up.is_ended)
			c->is_front_gone |= (events & (EPOLLHUP | EPOLLERR)) != 0;
		else if (!c->up.len)
			conn_move_up(c);
	}
	conn_settle(c);
}

static void
on_back(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct conn *c = arg;

	(void)l, (void)fd, (void)events;
	if (c->up.len)
		conn_move_up(c);
	if (c->state == CONN_ANSWER)
		back_read_head(c);
	else if (!c->down.len && !c->down.is_ended)
		conn_move_down(c);
	conn_settle(c);
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
		conn_close_back(c);
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
