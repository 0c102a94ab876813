/*
 * For one workspace: what is there, what is wanted, what should happen; then that.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/rule/life.h"
#include "../../shared/store/job.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"
#include "keep.h"

#define START_LIMIT_MS 45000
#define NOTEBOOK_START_LIMIT_MS 330000	/* packages may be installed first */
#define STARTING_MAX 4		/* two cores: more at once make each slower */

static bool
has_room(const struct keep *k)
{
	struct admit_facts f = {.awake = box_count(k, false), .starting = box_count(k, true),
	    .awake_max = k->conf.sandboxes, .starting_max = STARTING_MAX,
	    .free_mb = mem_available_mb()};

	return k->is_listed && admit_one(&f);
}

static enum life_box
box_stage(const struct box *b)
{
	if (!b)
		return LIFE_ABSENT;
	if (b->phase == BOX_UP)
		return LIFE_UP;
	return b->phase == BOX_ASKED || b->phase == BOX_BOOTING ? LIFE_STARTING : LIFE_STOPPING;
}

static void
gather(struct keep *k, struct box *b, const struct sandbox *s, bool has_job,
    struct life_facts *f)
{
	bool is_notebook = strcmp(s->kind, "notebook") == 0;
	int64_t used = s->last_activity_at;

	if (b && b->ready_wall_ms > used)
		used = b->ready_wall_ms;
	if (b && b->is_notebook && notebook_is_busy(k, b))
		used = clock_wall_ms();
	*f = (struct life_facts){
		.box = box_stage(b),
		.is_terminated = s->terminated_at != 0,
		.is_wanted = strcmp(s->want, "awake") == 0,
		.has_job = has_job,
		.unused_ms = clock_wall_ms() - used,
		.starting_ms = b ? clock_boot_ms() - b->phase_ms : 0,
		.idle_limit_ms = (is_notebook ? k->conf.notebook_idle : k->conf.idle) * 1000,
		.start_limit_ms = is_notebook ? NOTEBOOK_START_LIMIT_MS : START_LIMIT_MS,
	};
	f->has_room = f->box == LIFE_ABSENT && (f->is_wanted || f->has_job) && has_room(k);
}

static const char *
place_in_words(int n)
{
	static const char *const words[] = {"next", "second", "third", "fourth", "fifth"};
	static char number[24];

	if (n < 5)
		return words[n];
	snprintf(number, sizeof(number), "number %d", n + 1);
	return number;
}

/* Says where a job stands that waits for a sandbox; only when that changed.  Two jobs that
 * share a slot are told again, which does no harm. */
static void
tell_place(struct keep *k, const char *job, int before)
{
	static struct {
		char job[ID_SIZE];
		int place;
	} told[1024], *slot;
	char text[96];

	slot = &told[((unsigned)job[0] * 31 + (unsigned)job[1]) % COUNT(told)];
	if (strcmp(slot->job, job) == 0 && slot->place == before)
		return;
	memcpy(slot->job, job, ID_SIZE);
	slot->place = before;
	snprintf(text, sizeof(text), "%s in line for a sandbox, about %d s", place_in_words(before),
	    (int)((before / STARTING_MAX + 1) * k->boot_ms_mean / 1000) + 1);
	progress_phase(job, "queued", text, NULL);
	bell_ring(NULL, job);
}

/* How many were found waiting in this round of decide_all; −1 outside of one: a job's place
 * is known only when all that wait are looked at in order. */
static int queued_before = -1;

static void
act(struct keep *k, struct box *b, const struct sandbox *s, const struct job *j,
    struct arena *a, enum life_step step)
{
	switch (step) {
	case LIFE_START:
		box_start(k, s, j ? j->id : NULL);
		break;
	case LIFE_QUEUE:
		if (j && queued_before >= 0)
			tell_place(k, j->id, queued_before);
		queued_before += queued_before >= 0;
		break;
	case LIFE_STAY:
		if (b)
			work_consider(k, b, s, j, a);
		break;
	case LIFE_STOP_STUCK:
		if (j)
			work_fail(k, j->id, "busy", "The sandbox did not start in time; your app is "
			    "as it was. Try again in a moment.");
		box_stop(k, b, "failed", life_reason(step));
		break;
	case LIFE_STOP_ASKED:
	case LIFE_STOP_IDLE:
		if (b->is_notebook) {
			notebook_sleep(k, b, life_reason(step));
			break;
		}
		/* fall through */
	default:
		box_stop(k, b, "absent", life_reason(step));
		break;
	}
}

void
decide(struct keep *k, const char *id)
{
	struct life_facts f = {.is_gone = true};
	struct arena a = {0};
	struct box *b;
	struct sandbox s;
	struct job j;
	char job[ID_SIZE];
	bool has_job = false;
	struct err e;

	if (!k->is_listed || rest_is_on())
		return;
	if (job_get(k->db, id, &a, &j, NULL) == 0)
		id = arena_dup(&a, j.workspace);
	b = box_find(k, id);
	if (sandbox_get(k->db, id, &a, &s, &e) < 0) {
		if (e.kind != ERR_MISSING) {
			log_error("decide about %s: %s", id, e.text);
		} else if (b) {
			f.box = box_stage(b);
			if (life_decide(&f) == LIFE_STOP_GONE)
				box_stop(k, b, "absent", life_reason(LIFE_STOP_GONE));
		}
		arena_free(&a);
		return;
	}
	if (job_current(k->db, id, job, NULL) == 0 && job[0])
		has_job = job_get(k->db, job, &a, &j, NULL) == 0 && !j.ended_at;
	if (strcmp(s.kind, "notebook") == 0) {
		volume_consider(k, id);
		if (notebook_consider(k, b, &s, &a)) {
			arena_free(&a);
			return;
		}
	}
	gather(k, b, &s, has_job, &f);
	act(k, b, &s, has_job ? &j : NULL, &a, life_decide(&f));
	arena_free(&a);
}

void
decide_all(struct keep *k)
{
	struct arena a = {0};
	char (*ids)[ID_SIZE];
	int n = sandbox_open_ids(k->db, &a, &ids, NULL);

	queued_before = 0;
	for (int i = 0; i < n; i++) {
		struct box *b = box_find(k, ids[i]);
		struct sandbox s;

		/* The store says it is there, and it is not: a restart. */
		if (!b && k->is_listed && sandbox_get(k->db, ids[i], &a, &s, NULL) == 0 &&
		    (strcmp(s.state, "running") == 0 || strcmp(s.state, "provision") == 0) &&
		    db_begin(k->db, NULL) == 0) {
			if (strcmp(s.kind, "notebook") != 0 || !notebook_restarted(k, &s))
				sandbox_set_ended(k->db, ids[i], "absent", arena_fmt(&a,
				    "%s; opening it wakes it.", clock_restarted()), 0,
				    clock_wall_ms(), NULL);
			if (db_commit(k->db, NULL) < 0)
				log_error("cannot note that %s is gone", ids[i]);
		}
		decide(k, ids[i]);
	}
	arena_reset(&a);
	n = job_judging(k->db, &a, &ids, NULL);
	for (int i = 0; i < n; i++)
		decide(k, ids[i]);
	n = snapshot_waiting(k->db, &a, &ids, NULL);
	for (int i = 0; i < n; i++)
		decide(k, ids[i]);
	for (struct box *b = k->boxes, *next; b; b = next) {
		next = b->next;
		decide(k, b->id);
	}
	queued_before = -1;
	arena_free(&a);
}

static void
round_now(struct loop *l, void *arg)
{
	struct keep *k = arg;

	(void)l;
	k->is_round_due = false;
	decide_all(k);
}

void
decide_soon(struct keep *k)
{
	if (!k->is_round_due)
		loop_timer(k->loop, 0, round_now, k);
	k->is_round_due = true;
}
