#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/guest.h"
#include "home.h"
#include "runsc.h"
#include "save.h"
#include "snap.h"

/* A disk that writes 200 MB/s gets 60 GB away in this time. */
#define SAVE_MS 300000
/* Later than this it is not begun: the guest lets go soon, and a checkpoint of one that has a
 * socket of the host's open ends it.  What is left is for runsc to start and to freeze it,
 * which takes some 40 ms, and a second on a machine that is very busy. */
#define HELD_MS (GUEST_HOLD_MS / 2)

static void
too_slow(struct loop *l, void *arg)
{
	struct box *b = arg;

	(void)l;
	b->timer = NULL;
	box_save_failed(b, -ETIMEDOUT, "runsc did not save it in time");
}

static void
goes_on(struct box *b, int result, const char *text)
{
	struct launch_msg m = b->save;

	b->save.verb = 0;
	b->state = BOX_RUNNING;
	box_answer(&m, result, text);
	/* If it has ended in the meantime, that is told now. */
	box_watch(b);
}

static void
published(const struct launch_msg *m, const struct task_end *end)
{
	struct box *b = box_find(m->id);

	b->tasks--;
	if (b->state != BOX_SAVING)
		return;
	if (end->result < 0) {
		box_save_failed(b, end->result, end->text);
		return;
	}
	b->save.result = 0;
	b->save.disk_bytes = end->disk_bytes;
	if (m->flags & LAUNCH_FLAG_KEEP_RUNNING)
		goes_on(b, 0, "");
	else
		box_stop(b);
}

void
save_runsc_ended(struct box *b, int status)
{
	char said[sizeof(b->save.text)];

	loop_cancel(box_loop(), KEEP_PTR(b->timer));
	if (status == 0) {
		b->tasks++;
		task_add(&b->save, snap_publish, published);
		return;
	}
	home_words(b->id, said, sizeof(said));
	box_save_failed(b, -EIO, said[0] ? said : "runsc could not save it");
}

static void
unmade(const struct launch_msg *m, const struct task_end *end)
{
	if (end->result < 0)
		log_error("%s: checkpoint %s: %s", m->id, m->image, end->text);
	box_find(m->id)->tasks--;
}

static void
begun(const struct launch_msg *m, const struct task_end *end)
{
	struct box *b = box_find(m->id);
	int64_t held_ms;
	char dir[HOME_PATH_SIZE], path[SNAP_PATH_SIZE];

	b->tasks--;
	if (b->state != BOX_SAVING)
		return;
	if (end->result == -EEXIST) {
		goes_on(b, -EEXIST, end->text);
		return;
	}
	if (end->result < 0) {
		box_save_failed(b, end->result, end->text);
		return;
	}
	held_ms = home_held_ms(b->id);
	if (held_ms < 0 || held_ms > HELD_MS) {
		b->tasks++;
		task_add(m, snap_drop, unmade);
		goes_on(b, -EAGAIN, held_ms < 0 ? "it does not hold still" :
		    "the checkpoint was asked for too late");
		return;
	}
	home_path(b->id, "", dir);
	snap_part(b->id, m->image, path);
	b->runsc_pid = runsc_save(dir, b->id, path, m->flags & LAUNCH_FLAG_KEEP_RUNNING);
	if (b->runsc_pid < 0) {
		b->runsc_pid = 0;
		box_save_failed(b, -errno, "fork failed");
		return;
	}
	b->timer = loop_timer(box_loop(), SAVE_MS, too_slow, b);
}

void
save_begin(struct box *b, const struct launch_msg *m)
{
	b->save = *m;
	/* Its end is part of saving it, and not told as a death. */
	loop_forget(box_loop(), KEEP_PTR(b->watch));
	b->state = BOX_SAVING;
	b->tasks++;
	task_add(m, snap_begin, begun);
}
