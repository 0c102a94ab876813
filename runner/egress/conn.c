#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "conn.h"
#include "serve.h"

#define READ_BYTES 4096
#define SEND_BYTES (256u << 10)	/* in a row, before others have their turn */
#define OUT_MAX (80u << 20)	/* a page as HTML is the largest */

static void settle(struct conn *c);

static void
set_timer(struct conn *c, int64_t ms, timer_fn *fn)
{
	struct loop *l = c->door->egress->loop;

	loop_cancel(l, c->timer);
	c->timer = fn ? loop_timer(l, ms, fn, c) : NULL;
}

static void
give_up(struct loop *l, void *arg)
{
	struct conn *c = arg;

	(void)l;
	c->timer = NULL;
	if (c->state == CONN_HEAD && c->in.len) {
		c->ask = (struct ask){.is_last = true};
		serve_words(c, limit_rows[LIMIT_head_ms].status, limit_rows[LIMIT_head_ms].words);
		settle(c);
	} else {
		conn_close(c);
	}
}

/* What the state waits for at most. */
static void
set_patience(struct conn *c)
{
	const int64_t *limits = c->door->egress->limits;

	switch (c->state) {
	case CONN_HEAD:
		set_timer(c, limits[c->in.len || !c->since_ms ? LIMIT_head_ms :
		    LIMIT_idle_ms], give_up);
		break;
	case CONN_WAIT:
		set_timer(c, 0, NULL);	/* the fetch has its own limits */
		break;
	case CONN_SEND:
		set_timer(c, limits[LIMIT_stall_ms], give_up);
		break;
	case CONN_LAST:
		set_timer(c, limits[LIMIT_linger_ms], give_up);
		break;
	}
}

static void
drop_file(struct conn *c)
{
	if (c->file >= 0)
		close(c->file);
	c->file = -1;
	c->left = 0;
}

void
conn_close(struct conn *c)
{
	struct door *d = c->door;
	struct egress *g = d->egress;

	job_leave(&c->waiter);
	set_timer(c, 0, NULL);
	loop_forget(g->loop, c->watch);
	close(c->fd);
	drop_file(c);
	buf_free(&c->in);
	buf_free(&c->out);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	free(c);
	d->conn_count--;
	g->conn_count--;
	if (!d->watch)
		door_listen(d);
}

bool
conn_make_room(struct door *d)
{
	struct conn *found = NULL;

	for (struct conn *c = d->conns; c; c = c->next)
		if (c->state == CONN_HEAD && !c->in.len && c->since_ms &&
		    (!found || c->since_ms < found->since_ms))
			found = c;
	if (found)
		conn_close(found);
	return found;
}

void
conn_waits(struct conn *c)
{
	c->state = CONN_WAIT;
}

void
conn_answered(struct conn *c)
{
	c->state = CONN_SEND;
	set_patience(c);
}

static void
on_outcome(struct waiter *w, const struct outcome *o)
{
	struct conn *c = (struct conn *)(void *)((char *)w - offsetof(struct conn, waiter));

	if (o->status)
		serve_words(c, o->status, o->words);
	else
		serve(c);
	settle(c);
}

static void
refuse(struct conn *c, int status, const char *words)
{
	c->ask.is_last = true;
	serve_words(c, status, words);
}

static void
judge(struct conn *c)
{
	struct egress *g = c->door->egress;
	const char *words = NULL;
	size_t bytes = 0;
	struct head h;
	int status;

	switch (head_request(c->in.at, c->in.len, &h, &bytes)) {
	case HEAD_PART:
		if ((int64_t)c->in.len > g->limits[LIMIT_head_bytes])
			break;
		return;
	case HEAD_WHOLE:
		if ((int64_t)bytes > g->limits[LIMIT_head_bytes])
			break;
		status = ask_judge(&h, &c->ask, &words);
		buf_drop(&c->in, bytes);
		c->was_page_asked = c->was_file_asked = c->was_checked = false;
		set_timer(c, 0, NULL);
		if (g->conn_count > g->limits[LIMIT_all_connections])
			refuse(c, limit_rows[LIMIT_all_connections].status,
			    limit_rows[LIMIT_all_connections].words);
		else if (status)
			serve_words(c, status, words);
		else
			serve(c);
		return;
	case HEAD_LARGE:
		break;
	case HEAD_BAD:
	case HEAD_CODING:
		refuse(c, 400, "This is no request for a package; only package downloads are "
		    "allowed from here.");
		return;
	}
	refuse(c, limit_rows[LIMIT_head_bytes].status, limit_rows[LIMIT_head_bytes].words);
}

/* How much was sent; *is_broken: nobody takes it. */
static int64_t
send_some(struct conn *c, bool *is_broken)
{
	size_t n = c->out.len - c->sent;
	ssize_t sent;

	if (n)
		sent = send(c->fd, c->out.at + c->sent, n, MSG_NOSIGNAL | MSG_DONTWAIT |
		    (c->left ? MSG_MORE : 0));
	else
		sent = sendfile(c->fd, c->file, &c->at,
		    c->left < SEND_BYTES ? (size_t)c->left : SEND_BYTES);
	/* A file that ends too early was cut on the disk: the client must not take it. */
	*is_broken = sent < 0 ? errno != EAGAIN && errno != EINTR : sent == 0;
	if (sent <= 0)
		return 0;
	if (n)
		c->sent += (size_t)sent;
	else
		c->left -= sent;
	if (!n && c->is_file)
		door_count(c->door, sent, !c->left);
	return sent;
}

/* The next request, or the end. */
static void
end_answer(struct conn *c)
{
	drop_file(c);
	buf_free(&c->out);
	c->sent = 0;
	c->is_file = false;
	c->since_ms = clock_boot_ms();
	if (c->ask.is_last) {
		/* Closing with something unread would take the answer back. */
		shutdown(c->fd, SHUT_WR);
		c->state = CONN_LAST;
	} else {
		c->state = CONN_HEAD;
		if (c->in.len)
			judge(c);
	}
	set_patience(c);
}

/* False: it is closed. */
static bool
move_out(struct conn *c)
{
	int64_t all = 0, now;
	bool is_broken;

	while (c->state == CONN_SEND && all < SEND_BYTES) {
		if (c->sent == c->out.len && !c->left) {
			end_answer(c);
			continue;
		}
		now = send_some(c, &is_broken);
		if (is_broken) {
			conn_close(c);
			return false;
		}
		if (!now)
			break;
		all += now;
	}
	if (all && c->state == CONN_SEND)
		set_patience(c);
	return true;
}

/* False: it is closed. */
static bool
move_in(struct conn *c)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0) {
		conn_close(c);
		return false;
	}
	if (c->state != CONN_HEAD)
		return true;	/* LAST */
	if (!c->in.len)
		set_timer(c, c->door->egress->limits[LIMIT_head_ms], give_up);
	buf_add(&c->in, bytes, (size_t)n);
	judge(c);
	return true;
}

static void
on_fd(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct conn *c = arg;

	(void)l, (void)fd;
	if (c->state == CONN_WAIT) {
		if (events & (EPOLLHUP | EPOLLERR))
			conn_close(c);
		return;
	}
	if (c->state == CONN_HEAD || c->state == CONN_LAST) {
		if (!move_in(c))
			return;
	}
	settle(c);
}

/* Moves what can be moved and watches for the rest; the last thing of every callback. */
static void
settle(struct conn *c)
{
	uint32_t want;

	if (c->state == CONN_SEND && !move_out(c))
		return;
	want = c->state == CONN_SEND ? EPOLLOUT : c->state == CONN_WAIT ? 0 : EPOLLIN;
	loop_change(c->door->egress->loop, c->watch, want);
}

void
conn_open(struct door *d, int fd)
{
	struct conn *c = mem_new(sizeof(*c));

	*c = (struct conn){.door = d, .next = d->conns, .link = &d->conns, .fd = fd,
	    .file = -1, .waiter.fn = on_outcome};
	buf_init(&c->in, HEAD_BYTES_MAX + READ_BYTES);
	buf_init(&c->out, OUT_MAX);
	if (c->next)
		c->next->link = &c->next;
	d->conns = c;
	d->conn_count++;
	d->egress->conn_count++;
	c->watch = loop_watch(d->egress->loop, fd, EPOLLIN, on_fd, c);
	set_patience(c);
}
