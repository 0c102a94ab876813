/*
 * gate <fd>: the data plane.  fd is the listening socket that the web server in front
 * sends everything for <id>.<apps_domain> to; several gates may serve the same one.
 *
 * A request's head is read, judged and rewritten; the sandbox is woken if it sleeps; then
 * bytes are passed both ways.  Bodies are never looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/num.h"
#include "../../shared/conf/conf.h"
#include "../../shared/guard/promise.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/count.h"
#include "app.h"
#include "conn.h"
#include "front.h"
#include "pool.h"
#include "wake.h"

#define TEMPLATES "/run/carrel/build/www/templates"
#define ROUND_MS 5000
#define SPARE_FDS 512		/* for everything but connections */

static void
on_bell(struct loop *l, int fd, uint32_t events, void *arg)
{
	char id[ID_SIZE];

	(void)l, (void)events;
	while (bell_read(fd, id))
		wake_hear(arg, id);
}

static void
on_inotify(struct loop *l, int fd, uint32_t events, void *arg)
{
	union {
		struct inotify_event first;
		char bytes[4096];
	} got;
	ssize_t n = read(fd, &got, sizeof(got));

	(void)l, (void)events;
	for (ssize_t at = 0; at + (ssize_t)sizeof(got.first) <= n;) {
		struct inotify_event ev;

		memcpy(&ev, got.bytes + at, sizeof(ev));
		wake_notice(arg, ev.wd, ev.mask & IN_IGNORED);
		at += (ssize_t)sizeof(ev) + ev.len;
	}
}

static void
every_round(struct loop *l, void *arg)
{
	app_flush(arg);
	loop_timer(l, ROUND_MS, every_round, arg);
}

/* Two descriptors per connection; where the system gives less, fewer are served. */
static void
raise_limit(struct gate *g)
{
	int64_t *most = &g->limits[LIMIT_all_connections], have;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
	have = (int64_t)r.rlim_cur;
	if (r.rlim_cur == RLIM_INFINITY || have >= 2 * *most + SPARE_FDS)
		return;
	*most = have > 2 * SPARE_FDS ? (have - SPARE_FDS) / 2 : have / 4;
	log_warn("%lld descriptors are enough for %lld connections only", (long long)have,
	    (long long)*most);
}

static int
open_all(struct gate *g, const char *listener, struct err *e)
{
	static char control[512];
	static struct conf conf;
	uint64_t fd;

	if (!listener || !num_u64(listener, 1 << 20, &fd))
		return err_set(e, ERR_INPUT, "usage: gate <listening descriptor>");
	if (conf_load(&conf, e) < 0)
		return -1;
	log_open("gate", conf.verbose);
	g->site = (struct site){.scheme = conf.scheme ? conf.scheme : "http",
	    .apps_domain = conf.apps_domain, .control = control};
	snprintf(control, sizeof(control), "%s://%s", g->site.scheme, conf.site);
	g->wake_ms = conf.wake_timeout * 1000;
	g->listener = (int)fd;
	if (fcntl(g->listener, F_SETFD, FD_CLOEXEC) < 0 ||
	    !file_set_nonblocking(g->listener, true))
		return err_sys(e, "the listening socket %d", g->listener);
	g->folders = open(GATE_FOLDERS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->folders < 0)
		return err_sys(e, "%s", GATE_FOLDERS);
	g->frozen = open(GATE_FROZEN, O_PATH | O_DIRECTORY | O_CLOEXEC);
	g->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (g->inotify < 0)
		return err_sys(e, "inotify");
	g->bell = bell_open(NULL, "gate", e);
	if (g->bell < 0)
		return -1;
	g->db = db_open(NULL, e);
	g->pages = page_load(TEMPLATES);
	return g->db ? 0 : -1;
}

/* Those who wait for an app are told so; those who would go on for ever are cut: their browsers
 * come back. */
static void
leave(struct gate *g)
{
	struct conn *next;

	g->is_leaving = true;
	front_listen(g);
	wake_dismiss(g);
	for (struct conn *c = g->conns; c; c = next) {
		next = c->next;
		if (c->ask.is_upgrade || (c->state == CONN_HEAD && !c->part.len))
			conn_close(c);
	}
}

static void
stop_draining(struct loop *l, void *arg)
{
	(void)arg;
	loop_stop(l);
}

static void
close_all(struct gate *g)
{
	while (g->conns)
		conn_close(g->conns);
	app_flush(g);
	app_table_free(g->apps);
	template_free(g->pages);
	db_close(g->db);
	pool_free();
	close(g->bell);
	close(g->inotify);
	close(g->folders);
	if (g->frozen >= 0)
		close(g->frozen);
}

int
main(int argc, char **argv)
{
	struct gate g = {.listener = -1, .frozen = -1};
	struct watch *hearing, *noticing;
	struct err e;

	log_open("gate", false);
	limit_load(limit_rows, LIMITS, g.limits);
	if (open_all(&g, argc == 2 ? argv[1] : NULL, &e) < 0)
		goto failed;
	raise_limit(&g);
	g.apps = app_table_new();
	g.loop = loop_new();
	count_open("gate");
	if (promise(PROMISE_UNIX, &e) < 0)
		goto failed;
	hearing = loop_watch(g.loop, g.bell, EPOLLIN, on_bell, &g);
	noticing = loop_watch(g.loop, g.inotify, EPOLLIN, on_inotify, &g);
	front_listen(&g);
	alive_start(g.loop, "gate");
	every_round(g.loop, &g);
	loop_run(g.loop);
	leave(&g);
	if (g.conn_count) {
		loop_timer(g.loop, g.limits[LIMIT_drain_ms], stop_draining, NULL);
		loop_run(g.loop);
	}
	loop_forget(g.loop, hearing);
	loop_forget(g.loop, noticing);
	close_all(&g);
	loop_free(g.loop);
	return 0;
failed:
	log_error("%s", e.text);
	return 1;
}
