#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/err.h"
#include "../base/mem.h"
#include "loop.h"

#define EVENTS_AT_ONCE 64

struct watch {
	int fd;			/* −1: forgotten, freed at the end of the round */
	watch_fn *fn;
	void *arg;
	struct watch *next_dead;
};

struct timer {
	int64_t at_ms;
	timer_fn *fn;
	void *arg;
	size_t place;		/* in the heap */
};

struct loop {
	int epoll_fd;
	bool is_stopping;
	struct watch *dead;
	struct timer **heap;
	child_fn *child;
	size_t timers, room;
};

static void
heap_set(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->place = i;
}

static void
heap_up(struct loop *l, size_t i, struct timer *t)
{
	for (; i && l->heap[(i - 1) / 2]->at_ms > t->at_ms; i = (i - 1) / 2)
		heap_set(l, i, l->heap[(i - 1) / 2]);
	heap_set(l, i, t);
}

static void
heap_down(struct loop *l, size_t i, struct timer *t)
{
	for (;;) {
		size_t kid = 2 * i + 1;

		if (kid >= l->timers)
			break;
		if (kid + 1 < l->timers && l->heap[kid + 1]->at_ms < l->heap[kid]->at_ms)
			kid++;
		if (l->heap[kid]->at_ms >= t->at_ms)
			break;
		heap_set(l, i, l->heap[kid]);
		i = kid;
	}
	heap_set(l, i, t);
}

struct loop *
loop_new(void)
{
	struct loop *l = mem_new(sizeof(*l));

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0)
		BUG("epoll_create1: errno %d", errno);
	return l;
}

static void
bury(struct loop *l)
{
	struct watch *w;

	while ((w = l->dead)) {
		l->dead = w->next_dead;
		free(w);
	}
}

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	bury(l);
	for (size_t i = 0; i < l->timers; i++)
		free(l->heap[i]);
	free(l->heap);
	close(l->epoll_fd);
	free(l);
}

struct watch *
loop_watch(struct loop *l, int fd, uint32_t events, watch_fn *fn, void *arg)
{
	struct watch *w = mem_new(sizeof(*w));
	struct epoll_event ev = {.events = events, .data.ptr = w};

	*w = (struct watch){.fd = fd, .fn = fn, .arg = arg};
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		BUG("cannot watch fd %d: errno %d", fd, errno);
	return w;
}

void
loop_change(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};

	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev) < 0)
		BUG("cannot change the watch of fd %d: errno %d", w->fd, errno);
}

void
loop_forget(struct loop *l, struct watch *w)
{
	if (!w || w->fd < 0)
		return;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
	w->fd = -1;
	w->next_dead = l->dead;
	l->dead = w;
}

struct timer *
loop_timer(struct loop *l, int64_t ms, timer_fn *fn, void *arg)
{
	struct timer *t = mem_new(sizeof(*t));

	*t = (struct timer){.at_ms = clock_boot_ms() + ms, .fn = fn, .arg = arg};
	if (l->timers == l->room) {
		l->room = l->room ? l->room * 2 : 16;
		l->heap = mem_resize(l->heap, l->room * sizeof(*l->heap));
	}
	heap_up(l, l->timers++, t);
	return t;
}

void
loop_cancel(struct loop *l, struct timer *t)
{
	struct timer *last;

	if (!t)
		return;
	last = l->heap[--l->timers];
	if (last != t) {
		heap_down(l, t->place, last);
		heap_up(l, last->place, last);
	}
	free(t);
}

void
loop_put_off(struct loop *l, int64_t ms)
{
	for (size_t i = 0; i < l->timers; i++)
		l->heap[i]->at_ms += ms;	/* all alike: their order stays */
}

static void
fire_timers(struct loop *l)
{
	int64_t now = clock_boot_ms();

	while (l->timers && l->heap[0]->at_ms <= now && !l->is_stopping) {
		struct timer *t = l->heap[0];
		timer_fn *fn = t->fn;
		void *arg = t->arg;

		loop_cancel(l, t);
		fn(l, arg);
	}
}

static int
wait_ms(const struct loop *l)
{
	int64_t ms;

	if (!l->timers)
		return -1;
	ms = l->heap[0]->at_ms - clock_boot_ms();
	return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

/* Blocks the signals and gives a descriptor to read them from. */
static int
open_signals(const sigset_t *set)
{
	int fd;

	sigprocmask(SIG_BLOCK, set, NULL);
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		BUG("signalfd: errno %d", errno);
	return fd;
}

static void
on_child(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct signalfd_siginfo got;
	int status;
	pid_t pid;

	(void)events, (void)arg;
	if (read(fd, &got, sizeof(got)) < 0 && errno != EAGAIN && errno != EINTR)
		BUG("signalfd: errno %d", errno);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		l->child(pid, status);
}

void
loop_children(struct loop *l, child_fn *fn)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	l->child = fn;
	loop_watch(l, open_signals(&set), EPOLLIN, on_child, NULL);
}

static void
stop_on_signal(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct signalfd_siginfo got;

	(void)events, (void)arg;
	/* Taken, so that it does not stop a second run. */
	if (read(fd, &got, sizeof(got)) == (ssize_t)sizeof(got))
		loop_stop(l);
}

static void
run_round(struct loop *l)
{
	struct epoll_event ev[EVENTS_AT_ONCE];
	int n = epoll_wait(l->epoll_fd, ev, EVENTS_AT_ONCE, wait_ms(l));

	if (n < 0 && errno != EINTR)
		BUG("epoll_wait: errno %d", errno);
	for (int i = 0; i < n && !l->is_stopping; i++) {
		struct watch *w = ev[i].data.ptr;

		if (w->fd >= 0)
			w->fn(l, w->fd, ev[i].events, w->arg);
	}
	fire_timers(l);
	bury(l);
}

void
loop_run(struct loop *l)
{
	AUTO_FD int sig_fd = -1;
	struct watch *w;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	sig_fd = open_signals(&set);
	w = loop_watch(l, sig_fd, EPOLLIN, stop_on_signal, NULL);
	l->is_stopping = false;
	while (!l->is_stopping)
		run_round(l);
	loop_forget(l, w);
	bury(l);
}

void
loop_stop(struct loop *l)
{
	l->is_stopping = true;
}
