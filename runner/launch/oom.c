#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "box.h"
#include "oom.h"

/* The kernel speaks before it kills, so the count is looked at a few times. */
#define LOOK_MS 50
#define LOOKS 20
/* With the whole sandbox gone it is DIED that tells, so that is waited for. */
#define SURVIVED_MS 500

struct oom {
	struct loop *loop;
	struct box *box;
	int fd;
	struct watch *watch;
	struct timer *timer;
	unsigned looks_left;
	uint64_t told;
};

static void
tell(struct loop *l, void *arg)
{
	struct oom *o = arg;
	struct group_figures f;
	struct launch_msg m;

	(void)l;
	o->timer = NULL;
	group_read(o->box->id, &f);
	o->told = f.memory_kills;
	log_warn("%s: a process was killed for want of memory", o->box->id);
	box_unasked(o->box, LAUNCH_OOM, &m);
	box_send(&m);
}

static void
look(struct loop *l, void *arg)
{
	struct oom *o = arg;
	struct group_figures f;

	o->timer = NULL;
	group_read(o->box->id, &f);
	if (f.memory_kills > o->told)
		o->timer = loop_timer(l, SURVIVED_MS, tell, o);
	else if (--o->looks_left)
		o->timer = loop_timer(l, LOOK_MS, look, o);
}

static void
on_event(struct loop *l, int fd, uint32_t events, void *arg)
{
	struct oom *o = arg;
	char bytes[4096];

	(void)events;
	if (read(fd, bytes, sizeof(bytes)) <= 0)
		return;
	o->looks_left = LOOKS;
	if (!o->timer)
		o->timer = loop_timer(l, LOOK_MS, look, o);
}

struct oom *
oom_watch(struct loop *l, struct box *b)
{
	struct group_figures f;
	struct oom *o;
	int fd = group_watch_memory(b->id);

	if (fd < 0)
		return NULL;
	o = mem_new(sizeof(*o));
	group_read(b->id, &f);
	*o = (struct oom){.loop = l, .box = b, .fd = fd, .told = f.memory_kills};
	o->watch = loop_watch(l, fd, EPOLLIN, on_event, o);
	return o;
}

void
oom_forget(struct oom *o)
{
	if (!o)
		return;
	loop_cancel(o->loop, o->timer);
	loop_forget(o->loop, o->watch);
	close(o->fd);
	free(o);
}

uint64_t
oom_told(const struct oom *o)
{
	return o ? o->told : 0;
}
