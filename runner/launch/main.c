/*
 * launch: the part of Carrel that is root while it runs, so the smallest.
 *
 *	launch FD
 *
 * FD is its end of a SOCK_SEQPACKET pair with keep.  Takes the fixed messages of
 * shared/wire/launch.def, starts, saves and kills sandboxes, mounts their volumes, and says
 * when one died.  Killed and started again it goes on with what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/num.h"
#include "../../shared/base/rand.h"
#include "../../shared/guard/deny.h"
#include "../../shared/wire/golden.h"
#include "box.h"
#include "group.h"
#include "shot.h"
#include "spec.h"
#include "verb.h"

#define INSTANCE_FILE "/run/carrel/instance"
#define INSTANCE_MAX 32
#define UNSENT_BYTES (8u << 20)

static struct {
	struct loop *loop;
	struct conf conf;
	int fd;
	struct watch *watch;
	struct buf unsent;	/* whole messages */
} launch;

static void
flush(void)
{
	const size_t size = sizeof(struct launch_msg);

	while (launch.unsent.len) {
		ssize_t n = send(launch.fd, launch.unsent.at, size,
		    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n != (ssize_t)size) {
			log_error("cannot write to keep: errno %d", errno);
			loop_stop(launch.loop);
			return;
		}
		buf_drop(&launch.unsent, size);
	}
	if (launch.unsent.is_over)
		BUG("keep reads nothing");
	loop_change(launch.loop, launch.watch,
	    launch.unsent.len ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void
send_msg(const struct launch_msg *m)
{
	buf_add(&launch.unsent, m, sizeof(*m));
	flush();
}

static bool
volume_is_good(const struct launch_msg *m)
{
	return m->disk_mb >= 16 && m->disk_mb <= 4u << 20 && m->disk_files >= 64 &&
	    m->disk_files <= 64u << 20;
}

static bool
is_golden_of(const char *id, const char *template_name)
{
	char golden[ID_SIZE];

	if (!spec_find(template_name))
		return false;
	golden_id(template_name, golden);
	return strcmp(id, golden) == 0;
}

static bool
create_is_good(const struct launch_msg *m)
{
	const struct spec_template *what;

	if (m->memory_mb < 64 || m->memory_mb > 65536 || m->cpu_percent < 10 ||
	    m->cpu_percent > 6400 || m->pids < 48 || m->pids > 4096)
		return false;
	if (shot_is(m))
		return shot_create_is_good(m);
	what = spec_find(m->template_name);
	return what && what->has_volume == (m->disk_mb > 0) &&
	    (!m->disk_mb || volume_is_good(m)) && (!m->image[0] || id_is_valid(m->image)) &&
	    (!m->from[0] || (m->image[0] && is_golden_of(m->from, m->template_name)));
}

/* All that a message may contain, whatever the state. */
static bool
msg_is_good(const struct launch_msg *m)
{
	if (m->verb == LAUNCH_LIST)
		return true;
	if (m->id[sizeof(m->id) - 1] || !id_is_valid(m->id) ||
	    m->image[sizeof(m->image) - 1] || m->from[sizeof(m->from) - 1] ||
	    m->template_name[sizeof(m->template_name) - 1])
		return false;
	switch (m->verb) {
	case LAUNCH_CREATE:
		return create_is_good(m);
	case LAUNCH_SAVE:
		return id_is_valid(m->image) && !(m->flags & ~LAUNCH_FLAG_KEEP_RUNNING);
	case LAUNCH_DROP:
		return id_is_valid(m->image);
	case LAUNCH_FIND:
		return is_golden_of(m->id, m->template_name);
	case LAUNCH_MOUNT:
		return volume_is_good(m);
	case LAUNCH_KILL:
	case LAUNCH_STAT:
	case LAUNCH_UNMOUNT:
	case LAUNCH_ERASE:
		return true;
	default:
		return false;
	}
}

static void
on_msg(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct launch_msg m;
	ssize_t n;

	(void)arg;
	if (events & EPOLLOUT)
		flush();
	n = recv(fd, &m, sizeof(m), MSG_DONTWAIT | MSG_TRUNC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		loop_stop(l);	/* carreld is gone, and with it everything */
		return;
	}
	if (n != sizeof(m) || m.version != LAUNCH_VERSION) {
		log_error("a message of %zd bytes is none of ours", n);
		return;
	}
	if (msg_is_good(&m)) {
		verb_serve(&m);
		return;
	}
	m.result = -EINVAL;
	m.text[0] = '\0';
	send_msg(&m);
}

static int
read_instance(struct err *e)
{
	AUTO_BUF struct buf text = {0};
	size_t n;

	buf_init(&text, INSTANCE_MAX + 1);
	if (file_read(INSTANCE_FILE, &text, e) < 0)
		return -1;
	n = strspn(text.at, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (n == 0 || n > INSTANCE_MAX || strcmp(text.at + n, "\n") != 0)
		return err_set(e, ERR_INTERNAL, INSTANCE_FILE " holds no instance name");
	text.at[n] = '\0';
	group_set_parent(text.at);
	return 0;
}

static int
start(const char *fd_text, struct err *e)
{
	uint64_t fd;

	if (!num_u64(fd_text, 1 << 20, &fd) || fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, ERR_INPUT, "usage: launch fd-of-the-link-with-keep");
	if (conf_load(&launch.conf, e) < 0 || read_instance(e) < 0 || deny_enter(e) < 0)
		return -1;
	umask(022);
	log_open("launch", launch.conf.verbose);
	launch.fd = (int)fd;
	launch.loop = loop_new();
	buf_init(&launch.unsent, UNSENT_BYTES);
	launch.watch = loop_watch(launch.loop, launch.fd, EPOLLIN, on_msg, NULL);
	/* Sandboxes lose their parent when runsc has started them: they become our children,
	 * which is how their exit status is known. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return err_sys(e, "become a subreaper");
	loop_children(launch.loop, box_reaped);
	return box_open(launch.loop, &launch.conf, send_msg, e);
}

int
main(int argc, char **argv)
{
	struct err e;

	log_open("launch", false);
	if (start(argc == 2 ? argv[1] : NULL, &e) < 0) {
		log_error("%s", e.text);
		return 1;
	}
	loop_run(launch.loop);
	return 0;
}
