#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/wire/bell.h"
#include "handle.h"
#include "park.h"
#include "serve.h"

#define THREADS_MAX 64
#define STACK_BYTES (512u << 10)
#define CGI_LOOK_MS 200	/* between two looks of a waiting CGI request without a bell */

/* Epoll data of what is not parked; parked numbers are larger. */
enum { ON_LISTEN, ON_STOP, ON_BELL, ON_CLOCK };
_Static_assert(ON_CLOCK < PARK_MAX, "numbers of parked requests begin at PARK_MAX");

struct server {
	const struct site *site;
	int epoll_fd, listen_fd, stop_fd, bell_fd, clock_fd;
	struct park *park;
};

struct worker {
	struct server *server;
	struct db *db;
	pthread_t thread;
};

static void serve_conn(struct worker *w, struct conn *c);

static int
watch(struct server *s, int fd, uint64_t number, uint32_t more, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN | more, .data.u64 = number};

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_sys(e, "watch a descriptor");
	return 0;
}

/* The clock ticks only while something waits. */
static void
set_clock(struct server *s, bool is_on)
{
	struct itimerspec at = {0};

	if (is_on)
		at = (struct itimerspec){.it_interval.tv_sec = 1, .it_value.tv_sec = 1};
	timerfd_settime(s->clock_fd, 0, &at, NULL);
}

static void
finish(struct worker *w, struct conn *c)
{
	if (conn_finish(c))
		park_conn(w->server->park, c);
	else
		conn_free(c);
}

static void
request_done(struct req *r, void *arg)
{
	struct conn *c = r->conn;

	req_free(r);
	finish(arg, c);
}

/* Opened by a thread when it first needs it: most of them never do, and each has a cache.  One
 * that could not be opened may be there later. */
static struct db *
store(struct worker *w)
{
	struct err e;

	if (!w->db)
		w->db = db_open(NULL, &e);
	if (!w->db)
		log_error("%s", e.text);
	return w->db;
}

static void
serve_conn(struct worker *w, struct conn *c)
{
	struct req *r;

	if (!conn_accept(c)) {
		conn_free(c);
		return;
	}
	r = req_new(c, w->server->site);
	r->db = store(w);
	handle(r);
	if (!r->wait.is_on) {
		request_done(r, w);
		return;
	}
	if (park_count(w->server->park) == 0)
		set_clock(w->server, true);
	park_request(w->server->park, r, w->db, request_done, w);
}

static void
hear_bell(struct worker *w)
{
	char id[ID_SIZE];

	while (bell_read(w->server->bell_fd, id))
		park_ring(w->server->park, id, store(w), request_done, w);
}

static void
hear_clock(struct worker *w)
{
	uint64_t ticks;

	if (read(w->server->clock_fd, &ticks, sizeof(ticks)) != sizeof(ticks))
		return;
	park_ring(w->server->park, NULL, store(w), request_done, w);
	if (park_count(w->server->park) == 0)
		set_clock(w->server, false);
}

/* One thread a time is woken by what all of them wait for: a level would wake every idle one,
 * for nothing. */
static void
watch_again(struct server *s, int fd, uint64_t what)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = what};

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &ev) < 0)
		BUG("cannot watch fd %d again: errno %d", fd, errno);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct server *s = w->server;
	struct epoll_event ev;
	struct conn *c;
	int fd;

	for (;;) {
		if (epoll_wait(s->epoll_fd, &ev, 1, -1) != 1)
			continue;
		switch (ev.data.u64) {
		case ON_STOP:
			return NULL;
		case ON_LISTEN:
			fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
			watch_again(s, s->listen_fd, ON_LISTEN);
			if (fd >= 0)
				serve_conn(w, conn_new(fd));
			break;
		case ON_BELL:
			hear_bell(w);
			watch_again(s, s->bell_fd, ON_BELL);
			break;
		case ON_CLOCK:
			hear_clock(w);
			watch_again(s, s->clock_fd, ON_CLOCK);
			break;
		default:
			c = park_event(s->park, ev.data.u64, store(w), request_done, w);
			if (c)
				serve_conn(w, c);
		}
	}
}

static int
open_server(struct server *s, struct err *e)
{
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->clock_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->epoll_fd < 0 || s->stop_fd < 0 || s->clock_fd < 0)
		return err_sys(e, "open the event set");
	s->park = park_new(s->epoll_fd);
	s->bell_fd = bell_open(NULL, s->site->plugin, e);
	if (s->bell_fd < 0)
		return -1;
	file_set_nonblocking(s->listen_fd, true);
	if (watch(s, s->listen_fd, ON_LISTEN, EPOLLONESHOT, e) < 0 ||
	    watch(s, s->stop_fd, ON_STOP, 0, e) < 0 ||
	    watch(s, s->bell_fd, ON_BELL, EPOLLONESHOT, e) < 0 ||
	    watch(s, s->clock_fd, ON_CLOCK, EPOLLONESHOT, e) < 0)
		return -1;
	return 0;
}

static int
start(struct worker *workers, int count, struct server *s, struct err *e)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (int i = 0; i < count && rc == 0; i++) {
		workers[i].server = s;
		rc = pthread_create(&workers[i].thread, &attr, work, &workers[i]);
	}
	pthread_attr_destroy(&attr);
	errno = rc;
	return rc ? err_sys(e, "start a thread") : 0;
}

int
serve_fastcgi(const struct site *site, int listen_fd, int threads, struct err *e)
{
	struct server s = {.site = site, .listen_fd = listen_fd};
	struct worker workers[THREADS_MAX] = {0};
	sigset_t signals;
	int got;

	/* Before any thread is there, so that only sigwait below gets them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (open_server(&s, e) < 0 || start(workers, threads, &s, e) < 0)
		return -1;
	while (sigwait(&signals, &got) != 0)
		;
	eventfd_write(s.stop_fd, 1);
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	park_stop(s.park, store(&workers[0]), request_done, &workers[0]);
	for (int i = 0; i < threads; i++)
		db_close(workers[i].db);
	return 0;
}

/* Waits for the bell (−1: there is none), a second, or the request's own descriptor.  False:
 * nobody reads our output any more. */
static bool
wait_cgi(const struct req *r, int bell)
{
	struct pollfd p[] = {
		{.fd = bell, .events = POLLIN},
		{.fd = r->wait.fd, .events = r->wait.is_write ? POLLOUT : POLLIN},
		{.fd = STDOUT_FILENO},
	};
	char id[ID_SIZE];

	poll(p, COUNT(p), bell >= 0 ? 1000 : CGI_LOOK_MS);
	while (bell >= 0 && bell_read(bell, id))
		;
	return !(p[2].revents & (POLLERR | POLLHUP));
}

int
serve_cgi(const struct site *site, struct err *e)
{
	struct conn *c = conn_new(-1);
	struct req *r = req_new(c, site);
	int bell = bell_open(NULL, site->plugin, NULL);

	signal(SIGPIPE, SIG_IGN);
	r->db = db_open(NULL, e);
	handle(r);
	while (r->wait.is_on) {
		handle_again(r, r->db);
		if (!r->wait.is_on)
			break;
		r->is_gone |= !wait_cgi(r, bell);
	}
	db_close(r->db);
	req_free(r);
	conn_finish(c);
	conn_free(c);
	return 0;
}
