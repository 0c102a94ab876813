#include <stddef.h>

#include "insist.h"

#define AGAIN_MS 250
#define TRIES_MAX 40

static void go(struct insist *i);

static void
again(struct loop *l, void *arg)
{
	struct insist *i = arg;

	(void)l;
	i->timer = NULL;
	go(i);
}

static void
go(struct insist *i)
{
	struct err e = {0};

	if (i->store(i->arg, &e) == 0)
		i->end(i->arg, NULL);
	else if (e.kind == ERR_CONFLICT || e.kind == ERR_MISSING || ++i->tries == TRIES_MAX)
		i->end(i->arg, &e);
	else
		i->timer = loop_timer(i->loop, AGAIN_MS, again, i);
}

void
insist_start(struct insist *i, struct loop *l, int (*store)(void *arg, struct err *e),
    void (*end)(void *arg, const struct err *e), void *arg)
{
	*i = (struct insist){.loop = l, .store = store, .end = end, .arg = arg};
	go(i);
}

bool
insist_waits(const struct insist *i)
{
	return i->timer != NULL;
}

void
insist_stop(struct insist *i)
{
	if (i->timer)
		loop_cancel(i->loop, i->timer);
	i->timer = NULL;
}
