#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "handle.h"
#include "park.h"

/* Added to the number of a place: the descriptor that its request waits for. */
#define OF_FD (UINT64_C(1) << 63)

struct place {
	uint64_t number;	/* 0: free */
	struct req *r;		/* NULL: a kept connection */
	struct conn *c;
	bool is_visited;	/* by a thread, now */
	bool is_rung;		/* visit it again */
	bool is_gone;		/* its client */
};

struct park {
	pthread_mutex_t lock;
	int epoll_fd;
	uint64_t last;		/* the low bits of a number are its place */
	struct place places[PARK_MAX];
	int used;		/* places below this may be taken */
	int requests;
};

struct park *
park_new(int epoll_fd)
{
	struct park *p = mem_new(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->epoll_fd = epoll_fd;
	return p;
}

int
park_count(struct park *p)
{
	int n;

	pthread_mutex_lock(&p->lock);
	n = p->requests;
	pthread_mutex_unlock(&p->lock);
	return n;
}

/* Locked.  NULL where all places are taken. */
static struct place *
take_place(struct park *p, struct req *r, struct conn *c)
{
	int i = 0;

	while (i < p->used && p->places[i].number)
		i++;
	if (i == PARK_MAX)
		return NULL;
	if (i == p->used)
		p->used++;
	p->last++;
	p->places[i] = (struct place){.number = p->last * PARK_MAX + (uint64_t)i, .r = r, .c = c};
	p->requests += r != NULL;
	return &p->places[i];
}

static void
free_place(struct park *p, struct place *at)
{
	p->requests -= at->r != NULL;
	at->number = 0;
	while (p->used > 0 && !p->places[p->used - 1].number)
		p->used--;
}

/* The descriptor is watched for the end of its peer, or for the next request. */
static void
watch(struct park *p, const struct place *at)
{
	struct epoll_event ev = {.data.u64 = at->number};
	int fd = conn_fd(at->c);

	ev.events = EPOLLONESHOT | EPOLLRDHUP | (at->r ? 0 : EPOLLIN);
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, fd, &ev);
}

/* Locked, so that the descriptor cannot be closed meanwhile. */
static void
watch_fd(struct park *p, const struct place *at)
{
	struct epoll_event ev = {.data.u64 = at->number | OF_FD};
	int fd = at->r->wait.fd;

	if (fd < 0)
		return;
	ev.events = EPOLLONESHOT | (at->r->wait.is_write ? EPOLLOUT : EPOLLIN);
	if (epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, fd, &ev);
}

/* With the place marked as visited and the lock not held. */
static void
visit(struct park *p, struct place *at, struct db *db, park_done_fn *done, void *arg)
{
	struct req *r = at->r;
	bool is_over;

	do {
		handle_again(r, db);
		pthread_mutex_lock(&p->lock);
		r->is_gone |= at->is_gone;
		is_over = !r->wait.is_on;
		if (is_over) {
			free_place(p, at);
			pthread_mutex_unlock(&p->lock);
			break;
		}
		at->is_visited = at->is_rung;
		at->is_rung = false;
		is_over = !at->is_visited;
		if (is_over)
			watch_fd(p, at);
		pthread_mutex_unlock(&p->lock);
		if (is_over)
			return;
	} while (true);
	/* A closed descriptor leaves the set by itself; a kept one must not report twice. */
	if (conn_fd(r->conn) >= 0)
		epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, conn_fd(r->conn), NULL);
	done(r, arg);
}

void
park_request(struct park *p, struct req *r, struct db *db, park_done_fn *done, void *arg)
{
	struct place *at;

	pthread_mutex_lock(&p->lock);
	at = take_place(p, r, r->conn);
	if (at)
		at->is_visited = true;
	pthread_mutex_unlock(&p->lock);
	if (!at) {
		handle_stop(r, db);
		done(r, arg);
		return;
	}
	watch(p, at);
	visit(p, at, db, done, arg);
}

void
park_conn(struct park *p, struct conn *c)
{
	struct place *at;

	pthread_mutex_lock(&p->lock);
	at = take_place(p, NULL, c);
	if (at)
		watch(p, at);
	pthread_mutex_unlock(&p->lock);
	if (!at)
		conn_free(c);
}

struct conn *
park_event(struct park *p, uint64_t number, struct db *db, park_done_fn *done, void *arg)
{
	bool is_of_fd = number & OF_FD, is_mine = false;
	struct place *at = &p->places[(number & ~OF_FD) % PARK_MAX];
	struct conn *c = NULL;

	number &= ~OF_FD;
	pthread_mutex_lock(&p->lock);
	if (at->number == number && !at->r) {
		c = at->c;
		free_place(p, at);
		epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, conn_fd(c), NULL);
	} else if (at->number == number) {
		at->is_gone |= !is_of_fd;
		is_mine = !at->is_visited;
		at->r->is_gone |= is_mine && at->is_gone;
		at->is_visited = true;
		at->is_rung = !is_mine;
	}
	pthread_mutex_unlock(&p->lock);
	if (is_mine)
		visit(p, at, db, done, arg);
	return c;
}

void
park_ring(struct park *p, const char *id, struct db *db, park_done_fn *done, void *arg)
{
	for (int i = 0; i < PARK_MAX; i++) {
		struct place *at = &p->places[i];
		bool is_mine = false;

		pthread_mutex_lock(&p->lock);
		if (i >= p->used) {
			pthread_mutex_unlock(&p->lock);
			return;
		}
		if (at->number && at->r && (!id || strcmp(at->r->wait.id, id) == 0)) {
			is_mine = !at->is_visited;
			at->is_visited = true;
			at->is_rung = !is_mine;
		}
		pthread_mutex_unlock(&p->lock);
		if (is_mine)
			visit(p, at, db, done, arg);
	}
}

void
park_stop(struct park *p, struct db *db, park_done_fn *done, void *arg)
{
	for (int i = 0; i < p->used; i++) {
		struct place *at = &p->places[i];

		if (at->number && at->r) {
			handle_stop(at->r, db);
			done(at->r, arg);
		} else if (at->number) {
			conn_free(at->c);
		}
	}
	pthread_mutex_destroy(&p->lock);
	free(p);
}
