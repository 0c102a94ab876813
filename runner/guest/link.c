#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "link.h"

#define CHUNK_BYTES 32768
#define SPARES_MAX 16
#define REDIAL_MS 20
#define HOLD_MS 15000
#define UNWATCHED (-1)

/* Bytes on their way; taken while some wait, given back as soon as they are written. */
struct chunk {
	struct chunk *next;
	size_t at, len;
	char bytes[CHUNK_BYTES];
};

struct end {
	struct link *link;
	struct end *other;
	int fd;
	struct watch *watch;
	int events;		/* watched for, or UNWATCHED */
	struct chunk *out;	/* waits to be written to fd */
	bool is_eof;		/* nothing more is read from fd */
	bool is_shut;		/* nothing more is written to fd */
};

struct link {
	struct link *next, **at;
	struct end front, back;	/* the one that came, the one that is dialled */
	const struct target *to;
	link_gone_fn *gone;
	void *arg;
	struct timer *redial;	/* or its end, while it is connecting */
	int64_t give_up_ms;
};

static struct {
	struct loop *loop;
	struct link *first;
	struct chunk *spares;
	unsigned spare_count;
	uint64_t moved;		/* counts what was read and written */
} links;

static void dial(struct loop *l, void *arg);

static struct chunk *
take_chunk(void)
{
	struct chunk *c = links.spares;

	if (!c)
		return mem_resize(NULL, sizeof(*c));
	links.spares = c->next;
	links.spare_count--;
	return c;
}

static void
give_chunk(struct chunk *c)
{
	if (!c)
		return;
	if (links.spare_count == SPARES_MAX) {
		free(c);
		return;
	}
	c->next = links.spares;
	links.spares = c;
	links.spare_count++;
}

static void
end_close(struct end *e)
{
	loop_forget(links.loop, e->watch);
	give_chunk(e->out);
	if (e->fd >= 0)
		close(e->fd);
}

static void
link_drop(struct link *k)
{
	link_gone_fn *gone = k->gone;
	void *arg = k->arg;

	loop_cancel(links.loop, k->redial);
	end_close(&k->front);
	end_close(&k->back);
	if ((*k->at = k->next))
		k->next->at = k->at;
	free(k);
	gone(arg);
}

/* Nobody takes bytes at e any more, so none need come from the other side. */
static void
end_broke(struct end *e)
{
	give_chunk(KEEP_PTR(e->out));
	e->is_shut = true;
	if (!e->other->is_eof)
		shutdown(e->other->fd, SHUT_RD);
	e->other->is_eof = true;
}

static void
push(struct end *e)
{
	while (e->out) {
		struct chunk *c = e->out;
		ssize_t n = send(e->fd, c->bytes + c->at, c->len - c->at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			end_broke(e);
			return;
		}
		links.moved++;
		c->at += (size_t)n;
		if (c->at == c->len)
			give_chunk(KEEP_PTR(e->out));
	}
	if (e->other->is_eof && !e->is_shut) {
		shutdown(e->fd, SHUT_WR);
		e->is_shut = true;
	}
}

static void
pull(struct end *e)
{
	struct chunk *c;
	ssize_t n;

	if (e->is_eof || e->other->out)
		return;
	c = take_chunk();
	n = recv(e->fd, c->bytes, CHUNK_BYTES, MSG_DONTWAIT);
	if (n > 0) {
		links.moved++;
		c->at = 0;
		c->len = (size_t)n;
		e->other->out = c;
	} else {
		give_chunk(c);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		e->is_eof = true;
	}
	push(e->other);
}

/* With nothing to wait for, a descriptor must not even be watched: a hang-up is always
 * reported, and would be for ever while its last bytes cannot be taken. */
static int
wanted(const struct end *e)
{
	int events = 0;

	if (e->is_eof && e->is_shut)
		return UNWATCHED;
	if (!e->is_eof && !e->other->out)
		events |= EPOLLIN;
	if (e->out)
		events |= EPOLLOUT;
	return events || e->is_eof ? events : UNWATCHED;
}

static void end_event(struct loop *l, int fd, uint32_t events, void *arg);

static void
end_watch(struct end *e)
{
	int events = wanted(e);

	if (events == e->events)
		return;
	if (events == UNWATCHED) {
		loop_forget(links.loop, KEEP_PTR(e->watch));
	} else if (e->events == UNWATCHED) {
		e->watch = loop_watch(links.loop, e->fd, (uint32_t)events, end_event, e);
	} else {
		loop_change(links.loop, e->watch, (uint32_t)events);
	}
	e->events = events;
}

static void
link_settle(struct link *k)
{
	if (k->front.is_eof && k->back.is_eof && !k->front.out && !k->back.out) {
		link_drop(k);
		return;
	}
	end_watch(&k->front);
	end_watch(&k->back);
}

static void
end_event(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct end *e = arg;

	(void)l, (void)fd;
	if (events & EPOLLOUT)
		push(e);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		pull(e);
	/* Read to its end and hung up: closed altogether, not just half. */
	if ((events & (EPOLLHUP | EPOLLERR)) && e->is_eof)
		end_broke(e);
	link_settle(e->link);
}

/* While held: watched for nothing, so only a hang-up is told. */
static void
held_event(struct loop *l, int fd, uint32_t events, void *arg)
{
	(void)l, (void)fd, (void)events;
	link_drop(arg);
}

static void
give_up(struct loop *l, void *arg)
{
	struct link *k = arg;

	(void)l;
	k->redial = NULL;
	link_drop(k);
}

static void
dial_again(struct link *k)
{
	if (clock_boot_ms() >= k->give_up_ms) {
		link_drop(k);
		return;
	}
	k->redial = loop_timer(links.loop, REDIAL_MS, dial, k);
}

static void
joined(struct link *k)
{
	loop_forget(links.loop, KEEP_PTR(k->front.watch));
	link_settle(k);
}

static void
connected(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct link *k = arg;
	socklen_t n = sizeof(int);
	int why = 0;

	(void)events;
	loop_cancel(l, KEEP_PTR(k->redial));
	loop_forget(l, KEEP_PTR(k->back.watch));
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &why, &n) == 0 && why == 0) {
		joined(k);
		return;
	}
	close(KEEP_FD(k->back.fd));
	dial_again(k);
}

static void
dial(struct loop *l, void *arg)
{
	struct link *k = arg;
	bool is_connecting;

	k->redial = NULL;
	k->back.fd = target_dial(k->to, &is_connecting);
	if (k->back.fd >= 0 && !is_connecting) {
		joined(k);
		return;
	}
	if (!k->front.watch)
		k->front.watch = loop_watch(l, k->front.fd, 0, held_event, k);
	if (k->back.fd < 0) {
		dial_again(k);
		return;
	}
	k->back.watch = loop_watch(l, k->back.fd, EPOLLOUT, connected, k);
	k->redial = loop_timer(l, HOLD_MS, give_up, k);
}

void
link_new(struct loop *l, int fd, const struct target *to, link_gone_fn *gone, void *arg)
{
	struct link *k = mem_new(sizeof(*k));

	links.loop = l;
	*k = (struct link){.to = to, .gone = gone, .arg = arg,
	    .front = {.link = k, .other = &k->back, .fd = fd, .events = UNWATCHED},
	    .back = {.link = k, .other = &k->front, .fd = -1, .events = UNWATCHED},
	    .give_up_ms = clock_boot_ms() + HOLD_MS};
	if ((k->next = links.first))
		k->next->at = &k->next;
	k->at = &links.first;
	links.first = k;
	dial(l, k);
}

void
link_drop_all(void)
{
	while (links.first)
		link_drop(links.first);
}

uint64_t
link_moved(void)
{
	return links.moved;
}
