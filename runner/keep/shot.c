/*
 * Pictures of frozen apps for their cards (shared/rule/shot.h): one after the other, when
 * nothing else is to be done, of what is on show and has none.
 *
 * The picture is read from a file that stays open here when its sandbox is gone.  First the
 * file beside the frozen ones, then the row.  A version of which none came is not tried again;
 * one that made room for others is.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/rule/shot.h"
#include "../../shared/store/drain.h"
#include "../../shared/wire/launch.h"
#include "frozen.h"
#include "keep.h"

#define LOOK_EVERY_MS 2000
#define PATIENCE_MS 120000	/* 5 s of a processor, of which others get most */
#define KILL_AGAIN_MS 5000

static struct {
	enum { SHOT_IDLE, SHOT_ASKED, SHOT_TAKING, SHOT_KILLING } step;
	int64_t step_ms;		/* boot time at which it began */
	char workspace[ID_SIZE];
	int64_t version;
	int fd;				/* of the picture, while TAKING */
} shot = {.fd = -1};

static void
go(int step)
{
	shot.step = step;
	shot.step_ms = clock_boot_ms();
	if (step != SHOT_TAKING && shot.fd >= 0)
		close(KEEP_FD(shot.fd));
}

static void
look(struct keep *k, struct shot_facts *f)
{
	*f = (struct shot_facts){.waiting = k->line.waiting, .free_mb = mem_available_mb(),
	    .quiet_ms = clock_boot_ms() - k->started_ms, .load_percent = line_load_percent(),
	    .is_stopping = rest_is_on() || drain_get(k->db, NULL, NULL) == 1};
	for (const struct box *b = k->boxes; b; b = b->next) {
		f->starting += b->phase == BOX_ASKED || b->phase == BOX_BOOTING;
		f->freezing += b->freezing || b->waits_for_freezer;
	}
}

static void
begin(struct keep *k)
{
	struct shot_facts f;
	struct err e;
	int got;

	look(k, &f);
	if (!k->is_listed || !shot_may_begin(&f) || !room_for(SHOT_BYTES_MAX) ||
	    access(SHOT_BROWSER, X_OK) < 0)
		return;
	got = frozen_next_shot(k->db, shot.workspace, &shot.version, &e);
	if (got < 0)
		log_warn("%s", e.text);
	if (got != 1)
		return;
	launcher_create_shot(k, shot.workspace, shot.version);
	go(SHOT_ASKED);
}

static void
note(struct keep *k, bool is_there)
{
	struct err e;

	if (db_begin(k->db, &e) == 0 && frozen_set_shot(k->db, shot.workspace, shot.version,
	    is_there, &e) == 0 && db_commit(k->db, &e) == 0)
		return;
	db_rollback(k->db);
	log_error("%s", e.text);
}

static void
fail(struct keep *k, const char *words)
{
	log_warn("no picture came of version %" PRId64 " of %s: %s", shot.version,
	    shot.workspace, words);
	note(k, false);
}

static void
stop(struct keep *k)
{
	launcher_kill(k, SHOT_ID);
	go(SHOT_KILLING);
}

static void
created(struct keep *k, const struct launch_msg *m)
{
	if (shot.step != SHOT_ASKED || m->tag != (uint64_t)shot.version)
		return;
	if (m->result < 0) {
		fail(k, m->text);
		go(SHOT_IDLE);
		return;
	}
	shot.fd = open("/run/carrel/ctl/" SHOT_ID "/" SHOT_NAME, O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	go(SHOT_TAKING);
}

/* That there is none may be because its sandbox ended before we came to open it. */
static void
take(struct keep *k, const struct launch_msg *m)
{
	static char bytes[SHOT_BYTES_MAX + 1];
	ssize_t n = shot.fd < 0 ? -1 : pread(shot.fd, bytes, sizeof(bytes), 0);
	char path[300];
	struct err e;

	if (n < 0 || !shot_is_good(bytes, (size_t)n)) {
		fail(k, m->why == LAUNCH_WHY_MEMORY ? "it wanted too much memory" :
		    n == 0 ? m->text : n < 0 ? "it cannot be read" :
		    "there is nothing to be seen, or it is too large, or no picture");
		return;
	}
	snprintf(path, sizeof(path), FROZEN_FOLDER "/%s/%" PRId64 "/" SHOT_NAME, shot.workspace,
	    shot.version);
	if (file_write(path, bytes, (size_t)n, 0644, &e) < 0) {
		fail(k, e.text);
		return;
	}
	note(k, true);
	log_debug("picture of version %" PRId64 " of %s: %zd bytes, %" PRId64 " ms, %" PRIu64
	    " ms of a processor, at most %" PRIu64 " MB", shot.version, shot.workspace, n,
	    clock_boot_ms() - shot.step_ms, m->cpu_usec / 1000, m->memory_peak_bytes >> 20);
}

/* Where it died with an old launch before it began, another is made. */
static void
died(struct keep *k, const struct launch_msg *m)
{
	if (shot.step == SHOT_TAKING)
		take(k, m);
	if (shot.step != SHOT_KILLING)
		go(SHOT_IDLE);
}

void
shot_heard(struct keep *k, const struct launch_msg *m)
{
	switch (m->verb) {
	case LAUNCH_CREATE: created(k, m); break;
	case LAUNCH_DIED: died(k, m); break;
	case LAUNCH_KILL:
		if (shot.step == SHOT_KILLING)
			go(SHOT_IDLE);
		break;
	default: break;
	}
}

void
shot_listed(struct keep *k)
{
	if (shot.step == SHOT_IDLE)
		stop(k);	/* an earlier keep's, of which we know nothing */
}

void
shot_launch_restarted(struct keep *k)
{
	if (shot.step != SHOT_IDLE)
		stop(k);
}

void
shot_tick(struct keep *k)
{
	int64_t ms = clock_boot_ms() - shot.step_ms;
	struct shot_facts f;

	if (shot.step == SHOT_IDLE) {
		if (k->conf.screenshots && ms > LOOK_EVERY_MS) {
			shot.step_ms = clock_boot_ms();
			begin(k);
		}
		return;
	}
	if (shot.step == SHOT_KILLING) {
		if (ms > KILL_AGAIN_MS)
			stop(k);
		return;
	}
	look(k, &f);
	if (!shot_may_go_on(&f) ||
	    frozen_get_shot(k->db, shot.workspace, shot.version) == FROZEN_GONE) {
		stop(k);
	} else if (ms > PATIENCE_MS) {
		fail(k, "it took too long");
		stop(k);
	}
}
