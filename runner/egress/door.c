#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/dial.h"
#include "conn.h"
#include "door.h"

#define BACKLOG 128
#define ACCEPTS_AT_ONCE 16
#define TELL_MS 60000
#define DAY_MS 86400000

static void
tell(struct door *d)
{
	if (d->bytes != d->told_bytes)
		log_info("workspace %s fetched %lld bytes, %lld files", d->id,
		    (long long)d->bytes, (long long)d->files);
	d->told_bytes = d->bytes;
}

static void
close_door(struct door *d)
{
	struct door **at = &d->egress->doors;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	tell(d);
	while (d->conns)
		conn_close(d->conns);
	loop_forget(d->egress->loop, d->watch);
	close(d->fd);
	free(d);
}

static void
on_listener(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct door *d = arg;

	(void)l, (void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE && d->watch; i++) {
		int inside = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (inside < 0) {
			if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
				log_error("accept: errno %d", errno);
			break;
		}
		conn_open(d, inside);
		door_listen(d);
	}
}

void
door_listen(struct door *d)
{
	struct egress *g = d->egress;

	if (d->conn_count >= g->limits[LIMIT_own_connections] && !conn_make_room(d)) {
		loop_forget(g->loop, d->watch);
		d->watch = NULL;
	} else if (!d->watch) {
		d->watch = loop_watch(g->loop, d->fd, EPOLLIN, on_listener, d);
	}
}

/*
 * A listening socket in the folder.  The folder's inside is the sandbox's, so nothing in it
 * is followed; the mode comes last, and says that it listens.
 */
static int
listen_in(int folder, struct err *e)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	AUTO_FD int made = -1;
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char path[40];
	mode_t before;
	struct stat st;
	int rc;

	if (fd < 0)
		return err_sys(e, "socket");
	unlinkat(folder, DOOR_SOCKET, 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/" DOOR_SOCKET, folder);
	before = umask(0177);
	rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	umask(before);
	if (rc < 0 || listen(fd, BACKLOG) < 0)
		return err_sys(e, "listen");
	made = openat(folder, DOOR_SOCKET, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0 || fstat(made, &st) < 0 || !S_ISSOCK(st.st_mode))
		return err_set(e, ERR_DENIED, "the socket was replaced");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", made);
	if (chmod(path, 0666) < 0)
		return err_sys(e, "open the socket to others");
	return KEEP_FD(fd);
}

static struct door *
find(struct egress *g, const char *id)
{
	struct door *d = g->doors;

	while (d && strcmp(d->id, id) != 0)
		d = d->next;
	return d;
}

/* Makes the door of this name be as the folder is.  A folder that is not ours yet is told of
 * again when its mode or owner changes. */
static void
reconcile(struct egress *g, const char *id)
{
	struct door *d = find(g, id);
	AUTO_FD int folder = -1;
	struct stat st;
	struct err e;
	int fd;

	if (!id_is_valid(id))
		return;
	folder = dial_folder(g->folders, id);
	if (folder >= 0 && fstat(folder, &st) < 0)
		return;
	if (d && (folder < 0 || d->dev != st.st_dev || d->ino != st.st_ino)) {
		close_door(d);
		d = NULL;
	}
	if (d || folder < 0 || faccessat(folder, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return;
	fd = listen_in(folder, &e);
	if (fd < 0) {
		log_warn("no door for %s: %s", id, e.text);
		return;
	}
	d = mem_new(sizeof(*d));
	*d = (struct door){.egress = g, .next = g->doors, .dev = st.st_dev, .ino = st.st_ino,
	    .fd = fd};
	memcpy(d->id, id, ID_SIZE);
	g->doors = d;
	door_listen(d);
}

static void
reconcile_all(struct egress *g)
{
	int fd = openat(g->folders, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct door *next;
	struct dirent *entry;

	for (struct door *d = g->doors; d; d = next) {
		char id[ID_SIZE];

		next = d->next;
		memcpy(id, d->id, ID_SIZE);
		reconcile(g, id);
	}
	while (dir && (entry = readdir(dir)))
		reconcile(g, entry->d_name);
	if (dir)
		closedir(dir);
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
		if (ev.mask & IN_Q_OVERFLOW)
			reconcile_all(arg);
		else if (ev.len)
			reconcile(arg, got.bytes + at + sizeof(ev));
		at += (ssize_t)sizeof(ev) + ev.len;
	}
}

static void
every_minute(struct loop *l, void *arg)
{
	struct egress *g = arg;

	for (struct door *d = g->doors; d; d = d->next)
		tell(d);
	loop_timer(l, TELL_MS, every_minute, g);
}

int
door_open_all(struct egress *g, struct err *e)
{
	g->folders = open(DOORS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->folders < 0)
		return err_sys(e, "open " DOORS);
	g->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (g->inotify < 0 || inotify_add_watch(g->inotify, DOORS, IN_CREATE | IN_DELETE |
	    IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR) < 0)
		return err_sys(e, "watch " DOORS);
	loop_watch(g->loop, g->inotify, EPOLLIN, on_inotify, g);
	reconcile_all(g);
	every_minute(g->loop, g);
	return 0;
}

void
door_close_all(struct egress *g)
{
	while (g->doors)
		close_door(g->doors);
	close(g->inotify);
	close(g->folders);
}

void
door_count(struct door *d, int64_t bytes, bool is_file)
{
	int64_t day = clock_wall_ms() / DAY_MS;

	if (d->day != day) {
		d->day = day;
		d->day_bytes = 0;
	}
	d->bytes += bytes;
	d->day_bytes += bytes;
	d->files += is_file;
}

enum limit
door_limit(struct door *d)
{
	const int64_t *limits = d->egress->limits;
	int64_t now = clock_wall_ms();

	if (d->day == now / DAY_MS && d->day_bytes >= limits[LIMIT_day_mb] << 20)
		return LIMIT_day_mb;
	if (d->minute == now / 60000 && d->minute_asks >= limits[LIMIT_minute_asks])
		return LIMIT_minute_asks;
	return 0;
}

void
door_asks(struct door *d)
{
	int64_t minute = clock_wall_ms() / 60000;

	if (d->minute != minute) {
		d->minute = minute;
		d->minute_asks = 0;
	}
	d->minute_asks++;
}
