#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/guest.h"
#include "../../shared/wire/pack.h"
#include "apply.h"
#include "busy.h"
#include "ctl.h"
#include "door.h"
#include "hold.h"
#include "place.h"
#include "work.h"

#define CONNS_MAX 8
#define READ_BYTES 65536
#define UNREAD_MAX (GUEST_PAYLOAD_MAX + (1u << 20))

struct conn {
	struct conn *next;
	int fd;
	struct watch *watch;
	bool is_waiting_out;
	struct buf in, out;
};

static struct {
	struct loop *loop;
	ctl_fn *apply, *freeze;
	int fd;
	struct watch *watch;
	struct conn *conns;	/* newest first */
} ctl;

static void
conn_drop(struct conn *c)
{
	struct conn **at = &ctl.conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	apply_forget(c);
	loop_forget(ctl.loop, c->watch);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

/* False: the connection is of no use any more. */
static bool
flush(struct conn *c)
{
	bool must_wait;
	ssize_t n;

	while (c->out.len) {
		n = send(c->fd, c->out.at, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return false;
		buf_drop(&c->out, (size_t)n);
	}
	must_wait = c->out.len > 0;
	if (must_wait != c->is_waiting_out)
		loop_change(ctl.loop, c->watch, must_wait ? EPOLLIN | EPOLLOUT : EPOLLIN);
	c->is_waiting_out = must_wait;
	return !c->out.is_over;
}

static void
put(struct conn *c, enum guest_type type, uint64_t tag, const struct buf *payload)
{
	pack_u32(&c->out, payload ? (uint32_t)payload->len : 0);
	pack_u16(&c->out, (uint16_t)type);
	pack_u16(&c->out, 0);
	pack_u64(&c->out, tag);
	if (payload)
		buf_add(&c->out, payload->at, payload->len);
}

static void
put_state(struct conn *c)
{
	AUTO_BUF struct buf state = {0};

	buf_init(&state, GUEST_PAYLOAD_MAX);
	work_describe(&state);
	put(c, GUEST_STATE, 0, &state);
}

void
ctl_tell_state(void)
{
	for (struct conn *c = ctl.conns, *next; c; c = next) {
		next = c->next;
		put_state(c);
		if (!flush(c))
			conn_drop(c);
	}
}

/* Not flushed here: the caller may stand in the middle of this connection's input, where it
 * must not vanish. */
static void
answer(struct conn *c, enum guest_type type, uint64_t tag, const struct buf *payload)
{
	put(c, type, tag, payload);
	loop_change(ctl.loop, c->watch, EPOLLIN | EPOLLOUT);
	c->is_waiting_out = true;
}

void
ctl_verdict(struct conn *c, uint64_t tag, const char *json, size_t n)
{
	AUTO_BUF struct buf verdict = {0};

	buf_init(&verdict, GUEST_PAYLOAD_MAX);
	pack_bytes(&verdict, json, n);
	answer(c, GUEST_VERDICT, tag, &verdict);
}

void
ctl_frozen(struct conn *c, uint64_t tag, const char *payload, size_t n)
{
	AUTO_BUF struct buf frozen = {0};

	buf_init(&frozen, GUEST_PAYLOAD_MAX);
	buf_add(&frozen, payload, n);
	answer(c, GUEST_FROZEN, tag, &frozen);
}

static void
put_pong(struct conn *c, uint64_t tag)
{
	AUTO_BUF struct buf pong = {0};

	buf_init(&pong, 8);
	pack_u32(&pong, busy_now());
	pack_u32(&pong, busy_deaths());
	put(c, GUEST_PONG, tag, &pong);
}

/* Takes one whole frame off the input; false: malformed.  *is_done: none was there. */
static bool
take_frame(struct conn *c, bool *is_done)
{
	struct unpack u = {.at = (const unsigned char *)c->in.at, .left = c->in.len};
	uint32_t n = unpack_u32(&u);
	uint16_t type = unpack_u16(&u), zero = unpack_u16(&u);
	uint64_t tag = unpack_u64(&u);

	*is_done = u.is_bad;
	if (u.is_bad)
		return true;
	if (n > GUEST_PAYLOAD_MAX || zero)
		return false;
	if (type != GUEST_APPLY && (type != GUEST_FREEZE || !ctl.freeze) &&
	    ((type != GUEST_PING && type != GUEST_HOLD) || n))
		return false;
	*is_done = u.left < n;
	if (*is_done)
		return true;
	if (type == GUEST_PING)
		put_pong(c, tag);
	else if (type == GUEST_HOLD)
		hold_begin();
	else if (type == GUEST_FREEZE)
		ctl.freeze(c, tag, u.at, n);
	else
		ctl.apply(c, tag, u.at, n);
	buf_drop(&c->in, GUEST_HEADER_BYTES + n);
	return true;
}

static bool
read_frames(struct conn *c)
{
	char *room = buf_room(&c->in, READ_BYTES);
	bool is_done = false;
	ssize_t n;

	n = recv(c->fd, room, READ_BYTES, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	buf_grew(&c->in, (size_t)n);
	while (!is_done)
		if (!take_frame(c, &is_done))
			return false;
	if (c->in.len == 0)
		buf_free(&c->in);
	return true;
}

static void
conn_event(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct conn *c = arg;

	(void)l, (void)fd;
	if (((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_frames(c)) || !flush(c))
		conn_drop(c);
}

static void
accept_one(struct loop *l, int fd, uint32_t events, void *arg)
{
	int new_fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *c, *last;
	AUTO_BUF struct buf hello = {0};
	unsigned count = 0;

	(void)events, (void)arg;
	if (new_fd < 0)
		return;
	for (c = last = ctl.conns; c; last = c, c = c->next)
		count++;
	if (count == CONNS_MAX)
		conn_drop(last);
	c = mem_new(sizeof(*c));
	c->fd = new_fd;
	buf_init(&c->in, GUEST_HEADER_BYTES + GUEST_PAYLOAD_MAX + READ_BYTES);
	buf_init(&c->out, UNREAD_MAX);
	c->next = ctl.conns;
	ctl.conns = c;
	c->watch = loop_watch(l, new_fd, EPOLLIN, conn_event, c);
	buf_init(&hello, 64);
	pack_u32(&hello, GUEST_VERSION);
	put(c, GUEST_HELLO, 0, &hello);
	put_state(c);
	if (!flush(c))
		conn_drop(c);
}

void
ctl_set_apply(ctl_fn *apply, ctl_fn *freeze)
{
	ctl.apply = apply;
	ctl.freeze = freeze;
}

void
ctl_open(struct loop *l)
{
	ctl.loop = l;
	ctl.fd = door_open(PLACE_CTL);
	ctl.watch = loop_watch(l, ctl.fd, EPOLLIN, accept_one, NULL);
}

void
ctl_hold(void)
{
	loop_forget(ctl.loop, KEEP_PTR(ctl.watch));
	door_close(KEEP_FD(ctl.fd), PLACE_CTL);
	while (ctl.conns) {
		flush(ctl.conns);
		conn_drop(ctl.conns);
	}
}
