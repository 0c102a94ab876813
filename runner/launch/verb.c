#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "box.h"
#include "group.h"
#include "verb.h"

static void
nothing_there(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	box_answer(m, 0, "");
}

static void
create(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	box_start(m);
}

static void
kill_it(struct box *b, const struct launch_msg *m)
{
	b->kills = mem_resize(b->kills, (b->kill_count + 1) * sizeof(*b->kills));
	b->kills[b->kill_count++] = *m;
	if (b->state == BOX_STARTING) {
		b->create.result = -ECANCELED;
		snprintf(b->create.text, sizeof(b->create.text),
		    "killed while it started");
	}
	if (b->state != BOX_STOPPING)
		box_stop(b);
}

static void
stat_it(struct box *b, const struct launch_msg *m)
{
	struct launch_msg a = *m;
	struct group_figures f;

	group_read(b->id, &f);
	box_figures(&a, &f);
	a.pid = b->pid;
	a.epoch = b->life.epoch;
	a.memory_mb = b->life.memory_mb;
	box_answer(&a, 0, "");
}

void
verb_list(const struct launch_msg *m)
{
	struct launch_msg a = *m;

	for (const struct box *b = box_first(); b; b = b->next) {
		if (b->state == BOX_STOPPING)
			continue;	/* its end is about to be told */
		memcpy(a.id, b->id, ID_SIZE);
		a.epoch = b->life.epoch;
		a.memory_mb = b->life.memory_mb;
		a.pid = b->pid;
		box_answer(&a, 0, "");
	}
	memset(a.id, 0, sizeof(a.id));
	a.epoch = a.memory_mb = 0;
	a.pid = 0;
	box_answer(&a, 0, "");
}

/* What each verb does in each state; where it does nothing, the answer to that. */
static const struct {
	void (*fn)(struct box *b, const struct launch_msg *m);
	int refusal;
} moves[][BOX_STOPPING + 1] = {
	[LAUNCH_CREATE] = {{create, 0}, {NULL, EEXIST}, {NULL, EEXIST}, {NULL, EBUSY}},
	[LAUNCH_KILL] = {{nothing_there, 0}, {kill_it, 0}, {kill_it, 0}, {kill_it, 0}},
	[LAUNCH_STAT] = {{NULL, ENOENT}, {NULL, EBUSY}, {stat_it, 0}, {NULL, EBUSY}},
};

void
verb_serve(const struct launch_msg *m)
{
	struct box *b;
	enum box_state state;

	if (m->verb == LAUNCH_LIST) {
		verb_list(m);
		return;
	}
	b = box_find(m->id);
	state = b ? b->state : BOX_ABSENT;
	if (moves[m->verb][state].fn)
		moves[m->verb][state].fn(b, m);
	else
		box_answer(m, -moves[m->verb][state].refusal, "");
}
