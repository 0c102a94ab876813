#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "engine.h"
#include "fits.h"
#include "runsc.h"
#include "shot.h"
#include "snap.h"
#include "spec.h"
#include "start.h"
#include "task.h"
#include "volume.h"

#define START_MS 30000
#define RESTORE_MS 120000	/* reads as much as the sandbox may have memory */

static void
start_failed(struct box *b, int result, const char *text)
{
	b->create.result = result;
	snprintf(b->create.text, sizeof(b->create.text), "%.199s", text);
	log_error("%s did not start: %s", b->id, text);
	box_stop(b);
}

static void
start_too_slow(struct loop *l, void *arg)
{
	struct box *b = arg;

	(void)l;
	b->timer = NULL;
	start_failed(b, -ETIMEDOUT, "runsc did not start it in time");
}

void
start_runsc_ended(struct box *b, int status)
{
	char said[sizeof(b->create.text)];

	loop_cancel(box_loop(), KEEP_PTR(b->timer));
	b->pid = home_pid(b->id);
	if (status == 0 && b->pid > 0 && box_watch(b)) {
		b->create.pid = b->pid;
		b->create.disk_bytes = volume_used(b->id);
		box_answer(&b->create, 0, "");
		b->create.verb = 0;
		return;
	}
	home_words(b->id, said, sizeof(said));
	start_failed(b, -EIO, said[0] ? said : "it ended at once");
}

/* Which root file system it gets, and from which checkpoint it goes on ("": none). */
static int
choose(const struct launch_msg *m, struct fits *f, char image[SNAP_PATH_SIZE],
    struct err *e)
{
	char root[PATH_MAX];
	const struct spec_template *what = spec_find(m->template_name);

	image[0] = '\0';
	if (m->image[0]) {
		if (snap_find(m->from[0] ? m->from : m->id, m->image, image, f, e) < 0)
			return -1;
		return m->from[0] ? fits_check_all(f, what, e) : fits_wakes(f, e);
	}
	if (home_image(what->image, root, e) < 0)
		return -1;
	return fits_now(f, what, root, e);
}

static int
prepare(const struct box *b, char image[SNAP_PATH_SIZE], struct err *e)
{
	const struct launch_msg *m = &b->create;
	char group[128], dir[HOME_PATH_SIZE], file[HOME_PATH_SIZE];
	char engine[ENGINE_PATH_SIZE], guest[ENGINE_PATH_SIZE + 8];
	AUTO_BUF struct buf json = {0};
	struct fits f;
	struct spec s = {.id = b->id, .what = spec_find(m->template_name), .root = f.root,
	    .group = group, .epoch = m->epoch, .memory_mb = m->memory_mb,
	    .cpu_percent = m->cpu_percent, .pids = m->pids,
	    .workload_uid = (uid_t)box_conf()->uid_base + UID_WORKLOAD};

	image[0] = '\0';
	if (shot_is(m))
		return 0;	/* its task has made everything */
	if (choose(m, &f, image, e) < 0)
		return -1;
	group_path(b->id, group, sizeof(group));
	buf_init(&json, 65536);
	if (engine_find(&f, engine)) {
		snprintf(guest, sizeof(guest), "%s/guest", engine);
		s.guest = guest;
	}
	spec_print(&s, &json);
	home_path(b->id, "", dir);
	home_path(b->id, "config.json", file);
	if (home_make(b->id, &b->life, s.what->has_volume, box_conf(), e) < 0 ||
	    fits_write(&f, dir, e) < 0 || runsc_choose(dir, s.guest ? engine : NULL, e) < 0)
		return -1;
	return file_write(file, json.at, json.len, 0600, e);
}

static void
start(struct box *b)
{
	const struct spec_template *what = spec_find(b->create.template_name);
	char dir[HOME_PATH_SIZE], image[SNAP_PATH_SIZE];
	struct err e = {0};

	home_path(b->id, "", dir);
	if (prepare(b, image, &e) < 0) {
		start_failed(b, e.sys ? -e.sys : -EIO, e.text);
		return;
	}
	b->runsc_pid = runsc_start(dir, b->id, image[0] ? image : NULL,
	    what ? what->runsc_flags : NULL);
	if (b->runsc_pid < 0) {
		b->runsc_pid = 0;
		start_failed(b, -errno, "fork failed");
		return;
	}
	b->timer = loop_timer(box_loop(), image[0] ? RESTORE_MS : START_MS, start_too_slow, b);
}

static void
is_prepared(const struct launch_msg *m, const struct task_end *end)
{
	struct box *b = box_find(m->id);

	b->tasks--;
	if (b->state != BOX_STARTING)
		return;
	if (end->result < 0)
		start_failed(b, end->result, end->text);
	else
		start(b);
}

void
start_begin(const struct launch_msg *m)
{
	struct box *b = box_new(m->id);

	b->life = (struct home_life){.epoch = m->epoch, .memory_mb = m->memory_mb};
	b->create = *m;
	b->state = BOX_STARTING;
	if (!m->disk_mb && !shot_is(m)) {
		start(b);
		return;
	}
	b->tasks++;
	task_add(m, shot_is(m) ? shot_make : volume_mount, is_prepared);
}
