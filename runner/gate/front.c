#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/wire/count.h"
#include "admit.h"
#include "back.h"
#include "field.h"
#include "front.h"
#include "pool.h"

#define ACCEPTS_AT_ONCE 16	/* then others on the same socket have their turn */
#define EXTRA_CONNECTIONS 256	/* over the limit: accepted, to be told so */

static void
on_listener(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct gate *g = arg;

	(void)l, (void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && g->listening; i++) {
		int front = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (front < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				log_error("accept: errno %d", errno);
			break;
		}
		conn_open(g, front);
		front_listen(g);
	}
}

void
front_listen(struct gate *g)
{
	int64_t most = g->limits[LIMIT_all_connections] + EXTRA_CONNECTIONS;

	if (g->is_leaving || g->conn_count >= most) {
		loop_forget(g->loop, g->listening);
		g->listening = NULL;
	} else if (!g->listening) {
		g->listening = loop_watch(g->loop, g->listener, EPOLLIN | EPOLLEXCLUSIVE,
		    on_listener, g);
	}
}

static void
refuse(struct conn *c, int status, const char *words)
{
	struct answer a = {
		.status = status, .title = "This request was refused", .words = words,
	};

	conn_answer(c, &a);
}

/* The head as the sandbox is to get it, and what of the body came with it. */
static bool
hold_request(struct conn *c, const struct head *h, const char *rest, size_t n)
{
	struct buf out;
	size_t len;

	buf_init(&out, 2 * HEAD_BYTES_MAX + FIELD_ADDED_MAX + POOL_BLOCK_BYTES);
	field_request(h, &c->ask, &out);
	buf_add(&out, rest, n);
	if (out.is_over) {
		buf_free(&out);
		return false;
	}
	len = out.len;
	pipe_hold(&c->up, buf_take(&out), len);
	c->up.left = c->ask.body < 0 ? -1 : c->ask.body - (int64_t)n;
	c->up.is_kept = c->ask.is_read && !c->ask.body;
	return true;
}

/* That of our own programs or the web server; a visitor's only if it looks like one. */
static void
take_id(const struct head *h, struct ask *a)
{
	const struct head_field *f = head_find(h, "x-request-id", NULL);

	if (f && log_is_request_id(f->value.at, f->value.len))
		snprintf(a->request, sizeof(a->request), "%.*s", (int)f->value.len, f->value.at);
	else
		id_request(a->request);
}

static void
route(struct conn *c, const struct head *h, const char *rest, size_t n)
{
	struct gate *g = c->gate;
	struct refusal r = ask_judge(h, &g->site, &c->ask);
	struct app *app;

	take_id(h, &c->ask);
	LOG_ABOUT(c->ask.id, c->ask.request);
	count_add(TOTAL_connection, 1);
	if (r.status) {
		refuse(c, r.status, r.words);
		return;
	}
	/* A second request on this connection might be somebody else's. */
	if (c->ask.body >= 0 && n > (size_t)c->ask.body) {
		refuse(c, 400, "Something follows the request.");
		return;
	}
	if (g->conn_count > g->limits[LIMIT_all_connections]) {
		conn_refuse(c, LIMIT_all_connections);
		return;
	}
	app = app_get(g->apps, c->ask.id);
	if (!admit(c, app, h))
		return;
	c->app = app;
	if (app->conns++ >= g->limits[LIMIT_app_connections])
		conn_refuse(c, LIMIT_app_connections);
	else if (!hold_request(c, h, rest, n))
		refuse(c, 431, "The request's head is too large.");
	else
		back_dial(c);
}

static void
give_up_head(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	conn_refuse(c, LIMIT_head_ms);
	conn_settle(c);
}

static void
judge_head(struct conn *c, const char *at, size_t n)
{
	size_t bytes = 0;
	struct head h;

	switch (head_request(at, n, &h, &bytes)) {
	case HEAD_PART:
		if (!c->part.len)
			buf_add(&c->part, at, n);
		break;
	case HEAD_WHOLE:
		conn_set_timer(c, 0, NULL);
		route(c, &h, at + bytes, n - bytes);
		break;
	case HEAD_BAD:
		refuse(c, 400, "The request could not be understood.");
		break;
	case HEAD_LARGE:
		refuse(c, 431, "The request's head is too large.");
		break;
	case HEAD_CODING:
		refuse(c, 501, "Only the transfer coding \"chunked\" is understood.");
		break;
	}
}

void
front_read_head(struct conn *c)
{
	char *block = pool_take();
	ssize_t n = recv(c->front, block, POOL_BLOCK_BYTES, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		c->is_front_gone = true;
	} else if (n > 0 && c->part.len) {
		buf_add(&c->part, block, (size_t)n);
		judge_head(c, c->part.at, c->part.len);
	} else if (n > 0) {
		judge_head(c, block, (size_t)n);
	}
	if (c->state != CONN_HEAD)
		buf_free(&c->part);
	else if (!c->timer)
		conn_set_timer(c, c->gate->limits[LIMIT_head_ms], give_up_head);
	pool_give(block);
}
