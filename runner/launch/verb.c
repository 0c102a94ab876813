#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "box.h"
#include "group.h"
#include "save.h"
#include "snap.h"
#include "spec.h"
#include "start.h"
#include "task.h"
#include "verb.h"
#include "volume.h"

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
	start_begin(m);
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
	if (b->state == BOX_SAVING)
		box_save_failed(b, -ECANCELED, "killed while it was saved");
	else if (b->state != BOX_STOPPING)
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
	a.disk_bytes = volume_used(b->id);
	box_answer(&a, 0, "");
}

static void
answer_task(const struct launch_msg *m, const struct task_end *end)
{
	struct launch_msg a = *m;

	a.disk_bytes = end->disk_bytes;
	box_answer(&a, end->result, end->text);
}

static void
drop(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	task_add(m, snap_drop, answer_task);
}

static void
find(struct box *unused, const struct launch_msg *m)
{
	char path[SNAP_PATH_SIZE], image[ID_SIZE];
	struct launch_msg a = *m;
	struct fits f;
	struct err e = {0};

	(void)unused;
	if (snap_newest(m->id, image, &e) < 0 || snap_find(m->id, image, path, &f, &e) < 0 ||
	    fits_check_all(&f, spec_find(m->template_name), &e) < 0) {
		box_answer(m, -ENOENT, e.text);
		return;
	}
	memcpy(a.image, image, ID_SIZE);
	box_answer(&a, 0, "");
}

static void
mount_volume(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	task_add(m, volume_mount, answer_task);
}

static void
unmount_volume(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	task_add(m, volume_unmount, answer_task);
}

static void
erase(struct box *unused, const struct launch_msg *m)
{
	(void)unused;
	task_add(m, volume_erase, answer_task);
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

#define NO(errno_value) {NULL, errno_value}

/* What each verb does in each state (absent, starting, running, saving, stopping); where it
 * does nothing, the answer to that. */
static const struct {
	void (*fn)(struct box *b, const struct launch_msg *m);
	int refusal;
} moves[][BOX_STOPPING + 1] = {
	[LAUNCH_CREATE] = {{create, 0}, NO(EEXIST), NO(EEXIST), NO(EEXIST), NO(EBUSY)},
	[LAUNCH_KILL] = {{nothing_there, 0}, {kill_it, 0}, {kill_it, 0}, {kill_it, 0},
	    {kill_it, 0}},
	[LAUNCH_STAT] = {NO(ENOENT), NO(EBUSY), {stat_it, 0}, {stat_it, 0}, NO(EBUSY)},
	[LAUNCH_SAVE] = {NO(ENOENT), NO(EBUSY), {save_begin, 0}, NO(EBUSY), NO(EBUSY)},
	[LAUNCH_DROP] = {{drop, 0}, NO(EBUSY), {drop, 0}, NO(EBUSY), {drop, 0}},
	[LAUNCH_FIND] = {{find, 0}, NO(EBUSY), NO(EBUSY), NO(EBUSY), NO(EBUSY)},
	[LAUNCH_MOUNT] = {{mount_volume, 0}, {mount_volume, 0}, {mount_volume, 0},
	    {mount_volume, 0}, {mount_volume, 0}},
	[LAUNCH_UNMOUNT] = {{unmount_volume, 0}, NO(EBUSY), NO(EBUSY), NO(EBUSY), NO(EBUSY)},
	[LAUNCH_ERASE] = {{erase, 0}, NO(EBUSY), NO(EBUSY), NO(EBUSY), NO(EBUSY)},
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
