#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "door.h"
#include "place.h"
#include "relay.h"
#include "user.h"

#define LINKS_MAX 512
#define CHUNK_BYTES 32768
#define SPARES_MAX 16
#define REDIAL_MS 20
#define HOLD_MS 15000
#define ACCEPTS_AT_ONCE 16
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
	struct end host, work;
	struct timer *redial;
	int64_t give_up_ms;
};

static struct {
	struct loop *loop;
	int fd;
	struct watch *watch;	/* NULL while there are too many links */
	struct link *links;
	unsigned count;
	struct chunk *spares;
	unsigned spare_count;
} relay = {.fd = -1};

static void accept_some(struct loop *l, int fd, uint32_t events, void *arg);

static struct chunk *
take_chunk(void)
{
	struct chunk *c = relay.spares;

	if (!c)
		return mem_resize(NULL, sizeof(*c));
	relay.spares = c->next;
	relay.spare_count--;
	return c;
}

static void
give_chunk(struct chunk *c)
{
	if (!c)
		return;
	if (relay.spare_count == SPARES_MAX) {
		free(c);
		return;
	}
	c->next = relay.spares;
	relay.spares = c;
	relay.spare_count++;
}

static void
end_close(struct end *e)
{
	loop_forget(relay.loop, e->watch);
	give_chunk(e->out);
	if (e->fd >= 0)
		close(e->fd);
}

static void
link_drop(struct link *k)
{
	loop_cancel(relay.loop, k->redial);
	end_close(&k->host);
	end_close(&k->work);
	if ((*k->at = k->next))
		k->next->at = k->at;
	free(k);
	relay.count--;
	if (!relay.watch && relay.fd >= 0)
		relay.watch = loop_watch(relay.loop, relay.fd, EPOLLIN, accept_some,
		    NULL);
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
		loop_forget(relay.loop, KEEP_PTR(e->watch));
	} else if (e->events == UNWATCHED) {
		e->watch = loop_watch(relay.loop, e->fd, (uint32_t)events, end_event, e);
	} else {
		loop_change(relay.loop, e->watch, (uint32_t)events);
	}
	e->events = events;
}

static void
link_settle(struct link *k)
{
	if (k->host.is_eof && k->work.is_eof && !k->host.out && !k->work.out) {
		link_drop(k);
		return;
	}
	end_watch(&k->host);
	end_watch(&k->work);
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
dial(struct loop *l, void *arg)
{
	struct link *k = arg;

	k->redial = NULL;
	k->work.fd = user_connect(PLACE_WORK_APP);
	if (k->work.fd >= 0) {
		loop_forget(l, KEEP_PTR(k->host.watch));
		link_settle(k);
		return;
	}
	if (clock_boot_ms() >= k->give_up_ms) {
		link_drop(k);
		return;
	}
	if (!k->host.watch)
		k->host.watch = loop_watch(l, k->host.fd, 0, held_event, k);
	k->redial = loop_timer(l, REDIAL_MS, dial, k);
}

static void
link_new(int fd)
{
	struct link *k = mem_new(sizeof(*k));

	k->host = (struct end){.link = k, .other = &k->work, .fd = fd};
	k->work = (struct end){.link = k, .other = &k->host, .fd = -1};
	k->host.events = k->work.events = UNWATCHED;
	k->give_up_ms = clock_boot_ms() + HOLD_MS;
	if ((k->next = relay.links))
		k->next->at = &k->next;
	k->at = &relay.links;
	relay.links = k;
	relay.count++;
	dial(relay.loop, k);
}

static void
accept_some(struct loop *l, int fd, uint32_t events, void *arg)
{
	(void)events, (void)arg;
	for (int i = 0; i < ACCEPTS_AT_ONCE && relay.count < LINKS_MAX; i++) {
		int new_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (new_fd < 0)
			return;
		link_new(new_fd);
	}
	if (relay.count >= LINKS_MAX && relay.watch)
		loop_forget(l, KEEP_PTR(relay.watch));
}

void
relay_open(struct loop *l)
{
	if (relay.fd >= 0)
		return;
	relay.loop = l;
	relay.fd = door_open(PLACE_APP);
	relay.watch = loop_watch(l, relay.fd, EPOLLIN, accept_some, NULL);
}

void
relay_close(void)
{
	if (relay.fd < 0)
		return;
	loop_forget(relay.loop, KEEP_PTR(relay.watch));
	door_close(KEEP_FD(relay.fd), PLACE_APP);
	while (relay.links)
		link_drop(relay.links);
}
