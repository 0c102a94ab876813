/*
 * The line of those who want a sandbox and have none yet: who comes next, and what each is told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/num.h"
#include "../../shared/rule/admit.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/job.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"
#include "keep.h"

#define PACE_MS 2000		/* between two words on how fast it moves */
#define FRONT 64			/* of the line; looked at when something happens */
#define STALL_MS 5000		/* a shorter pause is none */
#define GAP_MAX_MS 20000	/* a pause longer than this is none of the line's */

static int64_t
cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? n : 1;
}

/* Tests say in a file what the machine is like. */
static bool
is_said(const char *name, long long *n)
{
	const char *path = getenv(name);
	FILE *f = path ? fopen(path, "re") : NULL;
	bool is_there = f && fscanf(f, "%lld", n) == 1;

	if (f)
		fclose(f);
	return is_there;
}

/* What the machine can still give. */
static int64_t
free_mb(void)
{
	long long mb;

	return is_said("CARREL_TEST_FREE_MB", &mb) ? mb : mem_available_mb();
}

int64_t
line_load_percent(void)
{
	long long said;
	double load;

	if (is_said("CARREL_TEST_LOAD", &said))
		return said;
	if (getloadavg(&load, 1) != 1)
		return 0;
	return (int64_t)(load * 100 / (double)cores());
}

static int64_t
need_mb(bool is_app)
{
	return is_app ? ADMIT_APP_MB : ADMIT_NOTEBOOK_MB;
}

/* The machine's part of the facts, gathered once for all who are looked at together. */
static void
look(struct keep *k)
{
	struct admit_facts *f = &k->line.facts;

	*f = (struct admit_facts){.is_draining = drain_get(k->db, NULL, NULL) == 1,
	    .starting_max = cores() + 1, .awake_max = k->conf.sandboxes,
	    .free_mb = free_mb(), .load_percent = line_load_percent()};
	for (const struct box *b = k->boxes; b; b = b->next) {
		f->awake++;
		if (b->phase != BOX_ASKED && (b->phase != BOX_BOOTING || b->ready_wall_ms))
			continue;
		f->starting++;
		f->promised_mb += need_mb(!b->is_notebook);
	}
}

static int64_t
owner_awake(const struct keep *k, const char *owner)
{
	int64_t n = 0;

	for (const struct box *b = k->boxes; b; b = b->next)
		n += strcmp(b->share.owner, owner) == 0;
	return n;
}

enum admit_why
line_admits(struct keep *k, const struct account_share *s, bool is_waking)
{
	struct admit_facts f;

	/* In a round it was looked at; alone, nobody may pass who waits. */
	if (!k->line.is_round) {
		if (k->line.waiting)
			return ADMIT_BUSY;
		look(k);
	}
	f = k->line.facts;
	f.need_mb = need_mb(s->is_app);
	f.owner_awake = owner_awake(k, s->owner);
	f.owner_max = s->tier.sandboxes;
	f.is_waking = is_waking;
	return admit_one(&f);
}

void
line_started(struct keep *k, bool is_app)
{
	k->line.facts.awake++;
	k->line.facts.starting++;
	k->line.facts.promised_mb += need_mb(is_app);
	k->line.moved_ms = clock_boot_ms();
}

void
line_ready(struct keep *k, int64_t took_ms)
{
	int64_t now = clock_boot_ms(), gap = now - k->line.last_ready_ms;

	k->boot_ms_mean = (k->boot_ms_mean * 3 + took_ms) / 4;
	if (k->line.waiting && gap < GAP_MAX_MS)
		k->line.gap_ms = (k->line.gap_ms * 3 + gap) / 4;
	k->line.last_ready_ms = now;
}

/* Where nobody could be started for a while, it may well take as long again. */
static int64_t
stall_ms(const struct keep *k)
{
	int64_t still = clock_boot_ms() - k->line.moved_ms;

	return k->line.waiting && still > k->line.gap_ms * 3 && still > STALL_MS ? still : 0;
}

/* Says it in the store, for pages and programs, where it has changed by a tenth. */
static void
note_pace(struct keep *k)
{
	struct line *l = &k->line;
	int64_t now = clock_boot_ms(), boot_ms = k->boot_ms_mean + stall_ms(k);
	struct err e;

	if (l->noted_why == l->blocked && (now - l->noted_ms < PACE_MS ||
	    (llabs(l->gap_ms - l->noted_gap_ms) * 10 <= l->noted_gap_ms &&
	    llabs(boot_ms - l->noted_boot_ms) * 10 <= l->noted_boot_ms)))
		return;
	if (db_begin(k->db, &e) < 0 || sandbox_set_pace(k->db, l->gap_ms, boot_ms,
	    admit_words(l->blocked), clock_wall_ms(), &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_warn("pace of the line: %s", e.text);
	}
	l->noted_ms = now;
	l->noted_gap_ms = l->gap_ms;
	l->noted_boot_ms = boot_ms;
	l->noted_why = l->blocked;
}

/* What was told last, by a few bits of the id: should two ever be taken for one, somebody is
 * told again, or a step late. */
static bool
is_news(const char *id, int64_t before)
{
	static struct {
		uint32_t who;
		int32_t place;
	} told[8192], *slot = NULL;
	uint32_t who = 2166136261u;

	for (int i = 0; i < 8; i++)
		who = (who ^ (unsigned char)id[i]) * 16777619u;
	for (size_t i = 0; i < 8; i++) {
		slot = &told[(who + i) % COUNT(told)];
		if (slot->who == who || !slot->who)
			break;
	}
	/* Far behind, nobody cares for every step. */
	if (slot->who == who && (slot->place == before ||
	    (before >= 10 && llabs(slot->place - before) * 10 <= before)))
		return false;
	slot->who = who;
	slot->place = (int32_t)before;
	return true;
}

/* Says where one stands, and where its job does. */
static void
tell_place(struct keep *k, const char *id, int64_t before)
{
	char job[ID_SIZE], text[300];
	struct err e;

	if (!is_news(id, before))
		return;
	if (job_current(k->db, id, job, NULL) < 0 || !job[0])
		return;
	if (drain_check(k->db, clock_wall_ms(), &e) < 0)
		snprintf(text, sizeof(text), "%.280s", e.text);
	else
		admit_place(before, admit_eta_ms(before, k->line.gap_ms, k->boot_ms_mean +
		    stall_ms(k)), text, sizeof(text));
	progress_phase(job, "queued", text, NULL);
	bell_ring(NULL, job);
}

/* Somebody who has as many awake as he may: stands aside until one of them sleeps. */
static int
stand_aside(struct keep *k, struct sandbox_waiting *w, const struct account_share *s,
    struct err *e)
{
	char words[200];

	snprintf(words, sizeof(words), "You have %lld awake, as many as your tier (%s) allows; it "
	    "starts when one of them sleeps.", (long long)s->tier.sandboxes, s->tier.name);
	w->turn = 0;
	if (strcmp(w->reason, words) == 0)
		return 0;
	bell_ring(NULL, w->id);
	return sandbox_set_turn(k->db, w->id, 0, words, e);
}

/* Gives a turn to those who came, and to those who stood aside and need not any more. */
static int
give_turns(struct keep *k, struct sandbox_waiting *rows, int n, struct err *e)
{
	const char *full = "";

	for (int i = 0; i < n && !rows[i].turn; i++) {
		struct sandbox_waiting *w = &rows[i];
		struct account_share s;

		if (strcmp(w->owner, full) == 0)
			continue;
		if (account_share(k->db, &k->conf, w->id, &s, e) < 0)
			return -1;
		if (s.tier.sandboxes && owner_awake(k, s.owner) >= s.tier.sandboxes) {
			if (stand_aside(k, w, &s, e) < 0)
				return -1;
			press(k, s.owner);
			full = w->owner;
			continue;
		}
		w->turn = admit_turn(w->wanted_at, s.tier.rank, w->is_waking);
		if (sandbox_set_turn(k->db, w->id, w->turn, "", e) < 0)
			return -1;
	}
	return 0;
}

static int
by_turn(const void *a, const void *b)
{
	const struct sandbox_waiting *l = a, *r = b;

	return l->turn != r->turn ? (l->turn > r->turn) - (l->turn < r->turn) :
	    strcmp(l->id, r->id);
}

/* Others of his were started meanwhile: the next round says so. */
static void
set_aside(struct keep *k, const char *id)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 ||
	    sandbox_set_turn(k->db, id, 0, admit_words(ADMIT_QUOTA), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("the line: %s", e.text);
	}
}

/* Starts whom it can, in order, and tells the others their place. */
static void
serve(struct keep *k, const struct sandbox_waiting *rows, int n, bool is_told)
{
	enum admit_why why = ADMIT_GO, creating = ADMIT_GO;
	int64_t before = 0;

	for (int i = 0; i < n; i++) {
		const struct sandbox_waiting *w = &rows[i];
		/* Who comes back may still find the place that is kept for that. */
		bool is_tried = w->is_waking ? why == ADMIT_GO : creating == ADMIT_GO;

		if (!w->turn)
			continue;
		if (why != ADMIT_GO && !is_told)
			break;
		k->line.why = ADMIT_GO;
		if (is_tried)
			decide(k, w->id);
		if (is_tried && k->line.why == ADMIT_GO)
			continue;	/* it starts, or is not wanted any more */
		if (is_tried && k->line.why == ADMIT_QUOTA) {
			set_aside(k, w->id);
			continue;
		}
		if (is_tried) {
			creating = k->line.why;
			if (w->is_waking)
				why = k->line.why;
		}
		tell_place(k, w->id, before++);
	}
	k->line.blocked = creating;
	if (admit_is_helped(creating) || admit_is_helped(why))
		press(k, NULL);
}

/* is_full: all are told their place; else it is about those at the front alone. */
static void
round_of(struct keep *k, bool is_full)
{
	struct arena a = {0};
	struct sandbox_waiting *rows;
	int64_t waiting = 0;
	struct err e;
	int n;

	if (!k->is_listed || k->line.is_round || rest_is_on())
		return;
	n = sandbox_waiting(k->db, is_full ? INT32_MAX : FRONT, &a, &rows, &e);
	if (n > 0 && !rows[0].turn) {
		if (db_begin(k->db, &e) < 0 || give_turns(k, rows, n, &e) < 0 ||
		    db_commit(k->db, &e) < 0) {
			db_rollback(k->db);
			log_error("the line: %s", e.text);
		}
		qsort(rows, (size_t)n, sizeof(*rows), by_turn);
	}
	if (n > 0) {
		look(k);
		if (!k->line.waiting)
			k->line.moved_ms = clock_boot_ms();
		k->line.is_round = true;
		serve(k, rows, n, is_full);
		k->line.is_round = false;
		if (k->line.blocked != k->line.noted_why)
			note_pace(k);
	}
	for (int i = 0; i < n; i++)
		waiting += rows[i].turn && !box_find(k, rows[i].id);
	if (is_full || n < FRONT)
		k->line.waiting = waiting;
	arena_free(&a);
}

static void
round_now(struct loop *l, void *arg)
{
	struct keep *k = arg;

	(void)l;
	k->line.is_due = false;
	round_of(k, false);
}

void
line_soon(struct keep *k)
{
	if (!k->line.is_due)
		loop_timer(k->loop, 0, round_now, k);
	k->line.is_due = true;
}

void
line_tick(struct keep *k)
{
	if (admit_is_pressed(free_mb()))
		press(k, NULL);
	note_pace(k);
	round_of(k, true);
}
