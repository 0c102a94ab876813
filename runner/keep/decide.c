/*
 * For one workspace: what is there, what is wanted, what should happen; then that.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/rule/life.h"
#include "../../shared/store/job.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "keep.h"

#define START_LIMIT_MS 45000
#define NOTEBOOK_START_LIMIT_MS 330000	/* packages may be installed first */

static enum life_state
state_of(const struct box *b, const struct sandbox *s, int64_t unused_ms)
{
	if (!b && strcmp(s->state, "hibernated") == 0)
		return LIFE_HIBERNATED;
	if (!b && strcmp(s->state, "evicted") == 0)
		return LIFE_EVICTED;
	if (!b)
		return strcmp(s->state, "failed") == 0 ? LIFE_FAILED : LIFE_ABSENT;
	if (b->phase == BOX_UP)
		return unused_ms > b->share.tier.idle_s * 1000 ? LIFE_IDLE : LIFE_RUNNING;
	return b->phase == BOX_ASKED || b->phase == BOX_BOOTING ? LIFE_PROVISION : LIFE_ENDING;
}

/* What is in the sandbox, and what its tier says of it. */
static void
gather_box(struct keep *k, struct box *b, const struct sandbox *s, struct life_facts *f)
{
	const struct tier *t = &box_share(k, b)->tier;
	int64_t now = clock_wall_ms();

	b->used_at = s->last_activity_at > b->ready_wall_ms ? s->last_activity_at :
	    b->ready_wall_ms;
	b->is_seen = s->first_request_at != 0;
	/* A visitor should find an app frozen. */
	f->is_busy = b->is_notebook ? notebook_is_busy(k, b) : b->freezing || b->waits_for_freezer;
	f->is_held = b->held_until > now;
	f->is_pressed = b->press == PRESS_MACHINE;
	f->is_crowded = b->press == PRESS_OWNER;
	f->unused_ms = now - b->used_at;
	f->starting_ms = clock_boot_ms() - b->phase_ms;
	f->start_limit_ms = b->is_notebook ? NOTEBOOK_START_LIMIT_MS : START_LIMIT_MS;
	f->idle_ms = t->idle_s * 1000;
	f->hibernate_ms = t->hibernate_s * 1000;
	f->cell_ms = t->cell_s * 1000;
	if (b->is_notebook && !notebook_is_large(b) && b->kernel != GUEST_BUSY_NONE) {
		f->save_ms = k->conf.notebook_autosave * 1000;
		if (s->last_activity_at > b->saved_at || f->is_busy)
			f->unsaved_ms = now - b->saved_at;
	}
	/* For others nobody loses anything. */
	b->may_sleep = !f->has_job && !f->is_busy && !f->is_held && !notebook_is_large(b);
	b->press = PRESS_NONE;
}

static void
gather(struct keep *k, struct box *b, const struct sandbox *s, bool has_job,
    struct life_facts *f)
{
	struct account_share share;

	*f = (struct life_facts){
		.is_terminated = s->terminated_at != 0,
		.is_wanted = strcmp(s->want, "awake") == 0,
		.has_job = has_job,
		.asleep_ms = clock_wall_ms() - s->ended_at,
	};
	if (b)
		gather_box(k, b, s, f);
	f->state = state_of(b, s, f->unused_ms);
	if (b || account_share(k->db, &k->conf, s->id, &share, NULL) < 0)
		return;
	f->evict_ms = share.tier.evict_s * 1000;
	if (!f->is_wanted && !has_job)
		return;
	k->line.why = line_admits(k, &share, s->ready_at != 0);
	f->has_room = k->line.why == ADMIT_GO;
}

/* It waits: noted as wanted, so that it stands in the line, which is soon looked at. */
static void
queue(struct keep *k, const struct sandbox *s)
{
	struct err e;

	if (strcmp(s->want, "awake") != 0 && (db_begin(k->db, &e) < 0 ||
	    sandbox_want_again(k->db, s->id, clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0)) {
		db_rollback(k->db);
		log_error("%s cannot wait: %s", s->id, e.text);
	}
	if (!k->line.is_round)
		line_soon(k);
}

static void
act(struct keep *k, struct box *b, const struct sandbox *s, const struct job *j,
    struct arena *a, const struct life_rule *rule, int64_t ms)
{
	char reason[300];

	life_reason(rule, ms, reason, sizeof(reason));
	switch (rule->step) {
	case LIFE_START:
		box_start(k, s, j ? j->id : NULL);
		break;
	case LIFE_QUEUE:
		queue(k, s);
		break;
	case LIFE_SAVE:
		spare_save(k, b);
		/* fall through */
	case LIFE_STAY:
		if (b)
			work_consider(k, b, s, j, a);
		break;
	case LIFE_SLEEP:
		if (b->is_notebook)
			notebook_sleep(k, b, reason);
		else
			box_stop(k, b, "absent", reason);
		break;
	case LIFE_STOP:
		box_stop(k, b, rule->becomes == LIFE_FAILED ? "failed" : "absent", reason);
		break;
	case LIFE_DROP:
		spare_evict(k, s, reason);
		break;
	}
}

static void
decide_gone(struct keep *k, struct box *b)
{
	struct life_facts f = {.is_gone = true, .state = state_of(b, NULL, 0)};
	const struct life_rule *rule = life_decide(&f, NULL);
	char reason[300];

	life_reason(rule, 0, reason, sizeof(reason));
	if (rule->step == LIFE_STOP)
		box_stop(k, b, "absent", reason);
}

void
decide(struct keep *k, const char *id)
{
	struct box *b = box_find(k, id);
	struct arena a = {0};
	struct life_facts f;
	const struct life_rule *rule;
	struct sandbox s;
	struct job j;
	char job[ID_SIZE];
	bool has_job = false;
	int64_t ms;
	struct err e;

	if (!k->is_listed || rest_is_on())
		return;
	if (sandbox_get(k->db, id, &a, &s, &e) < 0) {
		if (e.kind != ERR_MISSING)
			log_error("decide about %s: %s", id, e.text);
		else if (b)
			decide_gone(k, b);
		arena_free(&a);
		return;
	}
	if (job_current(k->db, id, job, NULL) == 0 && job[0])
		has_job = job_get(k->db, job, &a, &j, NULL) == 0 && !j.ended_at;
	LOG_ABOUT(s.id, has_job ? j.request : s.request);
	if (b && b->phase == BOX_UP && strcmp(s.state, "provision") == 0)
		link_note_running(k, b);
	if (strcmp(s.kind, "notebook") == 0) {
		volume_consider(k, id);
		if (notebook_consider(k, b, &s, &a)) {
			arena_free(&a);
			return;
		}
	}
	gather(k, b, &s, has_job, &f);
	rule = life_decide(&f, &ms);
	act(k, b, &s, has_job ? &j : NULL, &a, rule, ms);
	arena_free(&a);
}

void
decide_heard(struct keep *k, const char *id)
{
	struct arena a = {0};
	struct job j;

	decide(k, job_get(k->db, id, &a, &j, NULL) == 0 ? j.workspace : id);
	arena_free(&a);
}

/* The store says it is there, and it is not: a restart. */
static void
note_restart(struct keep *k, const char *id, struct arena *a)
{
	struct sandbox s;

	if (sandbox_get(k->db, id, a, &s, NULL) < 0 || db_begin(k->db, NULL) < 0)
		return;
	if (strcmp(s.kind, "notebook") != 0 || !notebook_restarted(k, &s))
		sandbox_set_ended(k->db, id, "absent", arena_fmt(a, "%s; opening it wakes it.",
		    clock_restarted()), 0, clock_wall_ms(), NULL);
	if (db_commit(k->db, NULL) < 0)
		log_error("cannot note that %s is gone", id);
}

/* Those that have no sandbox, though something is to be done in it. */
static void
decide_each(struct keep *k, char (*ids)[ID_SIZE], int n)
{
	for (int i = 0; i < n; i++)
		if (!box_find(k, ids[i]))
			decide(k, ids[i]);
}

/* Sleepers are not looked at here: they are as many as there are workspaces. */
void
decide_all(struct keep *k)
{
	struct arena a = {0};
	char (*ids)[ID_SIZE];
	int n;

	if (!k->is_listed)
		return;
	n = sandbox_alive_ids(k->db, &a, &ids, NULL);
	for (int i = 0; i < n; i++)
		if (!box_find(k, ids[i]))
			note_restart(k, ids[i], &a);
	n = job_stranded(k->db, &a, &ids, NULL);
	decide_each(k, ids, n);
	n = snapshot_waiting(k->db, &a, &ids, NULL);
	decide_each(k, ids, n);
	n = notebook_restoring(k->db, &a, &ids, NULL);
	decide_each(k, ids, n);
	for (struct box *b = k->boxes, *next; b; b = next) {
		next = b->next;
		decide(k, b->id);
	}
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
