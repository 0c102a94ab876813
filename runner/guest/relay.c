#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "door.h"
#include "link.h"
#include "place.h"
#include "relay.h"

#define DOORS_MAX 8
#define NAME_MAX_BYTES 15
#define LINKS_MAX 512		/* of the first door */
#define OTHER_LINKS_MAX 128	/* of each other one: none takes the descriptors of all */
#define ACCEPTS_AT_ONCE 16
#define BACKLOG 128

struct door {
	char path[64];		/* "": listens on a port */
	struct target to;
	unsigned count, max;	/* links */
	int fd;
	struct watch *watch;	/* NULL while there are too many links, or it is held */
};

static struct {
	struct loop *loop;
	struct door doors[DOORS_MAX], egress;
	size_t count;
	bool is_open, is_held;
} relay = {.egress.fd = -1};

static void accept_some(struct loop *l, int fd, uint32_t events, void *arg);

static void
door_watch(struct door *d)
{
	if (!d->watch && d->fd >= 0 && d->count < d->max && !relay.is_held)
		d->watch = loop_watch(relay.loop, d->fd, EPOLLIN, accept_some, d);
}

static void
link_gone(void *arg)
{
	struct door *d = arg;

	d->count--;
	door_watch(d);
}

static bool
accept_one(struct door *d)
{
	int fd = accept4(d->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	d->count++;
	link_new(relay.loop, fd, &d->to, link_gone, d);
	return true;
}

static void
accept_some(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct door *d = arg;

	(void)fd;
	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && d->count < d->max; i++)
		if (!accept_one(d))
			return;
	if (d->count >= d->max)
		loop_forget(l, KEEP_PTR(d->watch));
}

/* "name=target", at most n bytes of it. */
static void
add_door(const char *text, size_t n)
{
	struct door *d = &relay.doors[relay.count];
	char copy[100];
	char *equals;

	snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	equals = strchr(copy, '=');
	if (relay.count == DOORS_MAX || n >= sizeof(copy) || !equals ||
	    equals == copy || equals - copy > NAME_MAX_BYTES)
		BUG("WORKLOAD_DOORS makes no sense at %s", text);
	*equals = '\0';
	if (strspn(copy, "abcdefghijklmnopqrstuvwxyz") != strlen(copy) ||
	    !target_parse(&d->to, equals + 1))
		BUG("WORKLOAD_DOORS makes no sense at %s", text);
	snprintf(d->path, sizeof(d->path), PLACE_DOORS "/%.15s.sock", copy);
	d->fd = -1;
	d->max = relay.count++ ? OTHER_LINKS_MAX : LINKS_MAX;
}

static void
open_egress(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct door *d = &relay.egress;
	int one = 1;

	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(d->fd, BACKLOG) < 0)
		BUG("cannot listen on port %u: errno %d", port, errno);
	d->to = (struct target){.path = PLACE_EGRESS, .is_ours = true};
	d->max = OTHER_LINKS_MAX;
	door_watch(d);
}

void
relay_setup(struct loop *l, const char *doors, uint16_t egress_port)
{
	size_t n;

	relay.loop = l;
	for (; *doors; doors += n + (doors[n] == ',')) {
		n = strcspn(doors, ",");
		add_door(doors, n);
	}
	if (egress_port)
		open_egress(egress_port);
}

static void
open_doors(void)
{
	for (size_t i = 0; i < relay.count; i++) {
		relay.doors[i].fd = door_open(relay.doors[i].path);
		door_watch(&relay.doors[i]);
	}
}

/* Whoever has knocked is let in yet. */
static void
close_doors(void)
{
	for (size_t i = 0; i < relay.count; i++) {
		struct door *d = &relay.doors[i];

		loop_forget(relay.loop, KEEP_PTR(d->watch));
		if (d->fd < 0)
			continue;
		unlink(d->path);
		while (d->count < d->max && accept_one(d))
			;
		door_close(KEEP_FD(d->fd), d->path);
	}
}

void
relay_open(void)
{
	if (!relay.is_open && !relay.is_held)
		open_doors();
	relay.is_open = true;
}

void
relay_close(void)
{
	if (relay.is_open && !relay.is_held)
		close_doors();
	relay.is_open = false;
	link_drop_all();
}

void
relay_hold(void)
{
	relay.is_held = true;
	if (relay.is_open)
		close_doors();
	loop_forget(relay.loop, KEEP_PTR(relay.egress.watch));
}

void
relay_resume(void)
{
	relay.is_held = false;
	if (relay.is_open)
		open_doors();
	door_watch(&relay.egress);
}
