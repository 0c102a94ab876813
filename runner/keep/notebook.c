/*
 * Notebooks: sleeping with the kernel's memory, snapshots, and going back to one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/launch.h"
#include "keep.h"

#define HOLD_LIMIT_MS 5000	/* the guest's own limit is one second */
#define SAVE_LIMIT_MS 120000

/* Begins a checkpoint: the guest closes everything towards the host, its link last. */
static void
hold(struct box *b, const char *image, bool is_snapshot)
{
	memcpy(b->image, image, ID_SIZE);
	b->is_snapshot = is_snapshot;
	b->phase = BOX_HOLDING;
	b->phase_ms = clock_boot_ms();
	link_hold(b->link);
}

static void
stay_awake(struct keep *k, struct box *b)
{
	char words[200];

	if (b->is_told_room)
		return;
	b->is_told_room = true;
	snprintf(words, sizeof(words), "There is no room on the disk to save its variables "
	    "(%lld MB), so it stays awake until there is.", (long long)(b->memory_bytes >> 20));
	log_warn("%s: %s", b->id, words);
	notebook_note(k, b->id, words);
}

bool
notebook_is_large(const struct box *b)
{
	return b->share.tier.snapshot_mb && b->memory_bytes >> 20 > b->share.tier.snapshot_mb;
}

/* It was told so on its page while it ran. */
static void
sleep_unsaved(struct keep *k, struct box *b, const char *reason)
{
	char notice[400];

	snprintf(notice, sizeof(notice), "It used %lld MB of memory when it was put to sleep, and no "
	    "more than %lld MB can be kept, so its variables are gone." NOTEBOOK_INTACT,
	    (long long)(b->memory_bytes >> 20), (long long)b->share.tier.snapshot_mb);
	notebook_note(k, b->id, notice);
	box_stop(k, b, "absent", reason);
}

void
notebook_sleep(struct keep *k, struct box *b, const char *reason)
{
	char image[ID_SIZE];
	struct err e;

	/* Awake it loses nothing. */
	if (!rest_is_on() && !room_for(b->memory_bytes)) {
		stay_awake(k, b);
		return;
	}
	if (notebook_is_large(b)) {
		sleep_unsaved(k, b, reason);
		return;
	}
	id_new(image);
	if (db_begin(k->db, &e) < 0 ||
	    snapshot_add(k->db, image, b->id, "sleep", clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("%s cannot be put to sleep: %s", b->id, e.text);
		return;		/* it stays awake, and this is tried again */
	}
	snprintf(b->stop_reason, sizeof(b->stop_reason), "%s", reason);
	hold(b, image, false);
}

void
notebook_held(struct keep *k, struct box *b)
{
	link_close(b->link);
	b->link = NULL;
	b->phase = BOX_SAVING;
	b->phase_ms = clock_boot_ms();
	launcher_save(k, b);
}

/* The checkpoint did not come about: says so where people look. */
static void
note_failure(struct keep *k, struct box *b, const char *words, char *reason, size_t size)
{
	char notice[400];
	struct err e;

	log_error("checkpoint of %s: %s", b->id, words);
	snprintf(reason, size, "Its variables could not be saved: %.200s", words);
	snprintf(notice, sizeof(notice), "%s." NOTEBOOK_INTACT, reason);
	if (db_begin(k->db, &e) < 0 ||
	    snapshot_set_failed(k->db, b->image, reason, clock_wall_ms(), &e) < 0 ||
	    notebook_set_notice(k->db, b->id, notice, &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("checkpoint of %s: %s", b->id, e.text);
	}
}

/* What was to be saved is gone. */
static void
save_failed(struct keep *k, struct box *b, const char *words)
{
	char reason[300];

	note_failure(k, b, words, reason, sizeof(reason));
	box_ended(k, b, b->is_snapshot ? "failed" : "absent", reason, 0);
}

/* How large it is shows only now: where it has no room, it goes again. */
static int
note_snapshot(struct keep *k, const struct box *b, int64_t bytes, struct err *e)
{
	int64_t room = k->conf.notebook_snapshots, kept;
	struct arena a = {0};
	struct snapshot s;
	char reason[200];
	bool is_spare;

	if (snapshot_kept(k->db, b->id, &kept, e) < 0 ||
	    snapshot_get(k->db, b->image, &a, &s, e) < 0)
		return -1;
	is_spare = strcmp(s.kind, "auto") == 0;
	arena_free(&a);
	/* That room is for those that people make. */
	if (is_spare || kept + bytes <= room << 20)
		return snapshot_set_made(k->db, b->image, bytes, clock_wall_ms(), e) < 0 ? -1 :
		    spare_made(k, b, e);
	snprintf(reason, sizeof(reason), "It would take %lld MB, and of %lld MB for a notebook's "
	    "snapshots %lld MB are taken; delete one, or variables.", (long long)(bytes >> 20),
	    (long long)room, (long long)(kept >> 20));
	if (snapshot_set_failed(k->db, b->image, reason, clock_wall_ms(), e) < 0)
		return -1;
	return erasure_add(k->db, b->id, b->image, e);
}

/* The kernel goes on: it is found again like one that was there when keep started. */
static void
snapshot_saved(struct keep *k, struct box *b, int64_t bytes)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 || note_snapshot(k, b, bytes, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("snapshot of %s: %s", b->id, e.text);
	}
	b->saved_at = clock_wall_ms();
	b->image[0] = '\0';
	b->phase = BOX_BOOTING;
	b->phase_ms = clock_boot_ms();
	b->link = link_open(k, b);
	bell_ring(NULL, b->id);
}

static void
sleep_saved(struct keep *k, struct box *b, int64_t bytes, int64_t memory_peak)
{
	char id[ID_SIZE], image[ID_SIZE], reason[sizeof(b->stop_reason)];
	int64_t now = clock_wall_ms();
	struct err e;

	memcpy(id, b->id, ID_SIZE);
	memcpy(image, b->image, ID_SIZE);
	memcpy(reason, b->stop_reason, sizeof(reason));
	if (db_begin(k->db, &e) < 0 || snapshot_set_made(k->db, image, bytes, now, &e) < 0 ||
	    sandbox_set_image(k->db, id, image, &e) < 0 ||
	    snapshot_drop_sleep(k->db, id, image, &e) < 0 ||
	    /* It told of an end before this one. */
	    notebook_set_notice(k->db, id, "", &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("sleep of %s: %s", id, e.text);
		box_ended(k, b, "absent", "What it slept in could not be noted down.", memory_peak);
		return;
	}
	box_ended(k, b, "hibernated", reason, memory_peak);
}

/* No checkpoint came about, and the kernel goes on: what is wanted is decided anew. */
static void
went_on(struct keep *k, struct box *b)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 || snapshot_set_failed(k->db, b->image, "It was interrupted; "
	    "try again.", clock_wall_ms(), &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("checkpoint of %s: %s", b->id, e.text);
	}
	b->image[0] = '\0';
	b->phase = BOX_BOOTING;
	b->phase_ms = clock_boot_ms();
	b->link = link_open(k, b);
	bell_ring(NULL, b->id);
}

/* A keep before this one asked for it, and was killed. */
static bool
is_heirloom(struct keep *k, const struct box *b, const struct launch_msg *m)
{
	char wanted[ID_SIZE];

	return b->is_notebook && b->phase == BOX_BOOTING && b->epoch == m->tag &&
	    snapshot_wanted(k->db, b->id, wanted, NULL) == 1 && strcmp(wanted, m->image) == 0;
}

/* Somebody may want it awake again already: then it is woken at once, by decide. */
void
notebook_saved(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);

	if (b && is_heirloom(k, b, m)) {
		memcpy(b->image, m->image, ID_SIZE);
		b->is_snapshot = m->flags & LAUNCH_FLAG_KEEP_RUNNING;
		b->phase = BOX_SAVING;
		/* Why it is put to sleep that one alone knew. */
		snprintf(b->stop_reason, sizeof(b->stop_reason), "%s", NOTEBOOK_CUT_SHORT);
		link_close(b->link);
		b->link = NULL;
	}
	if (!b || b->phase != BOX_SAVING || strcmp(b->image, m->image) != 0)
		return;
	if (m->result == -EAGAIN)
		went_on(k, b);
	else if (m->result < 0)
		save_failed(k, b, m->text);
	else if (b->is_snapshot)
		snapshot_saved(k, b, (int64_t)m->disk_bytes);
	else
		sleep_saved(k, b, (int64_t)m->disk_bytes, (int64_t)m->memory_peak_bytes);
}

/* Launch was killed and started again: the checkpoint it was making is not, and the guest lets
 * go of its own accord after a while.  Then what is wanted is decided anew. */
void
notebook_launch_restarted(struct keep *k)
{
	for (struct box *b = k->boxes; b; b = b->next)
		if (b->phase == BOX_SAVING)
			went_on(k, b);
}

bool
notebook_died_saving(struct keep *k, struct box *b, int64_t memory_peak)
{
	if (b->phase != BOX_SAVING || b->is_snapshot)
		return false;
	/* It may have been saved before: that is seen when it wakes. */
	sleep_saved(k, b, 0, memory_peak);
	return true;
}

int
notebook_runs(struct keep *k, struct box *b, struct err *e)
{
	struct arena a = {0};
	struct snapshot from;

	b->is_from_auto = b->image[0] && snapshot_get(k->db, b->image, &a, &from, NULL) == 0 &&
	    strcmp(from.kind, "auto") == 0;
	arena_free(&a);
	b->busy_ms = clock_boot_ms();
	return sandbox_set_image(k->db, b->id, NULL, e) < 0 ? -1 :
	    snapshot_drop_sleep(k->db, b->id, "", e);
}

/* Back to a snapshot: what is there ends, the next start begins from it. */
static bool
go_back(struct keep *k, struct box *b, const struct sandbox *s, const char *snapshot)
{
	struct err e;

	if (b && (b->phase == BOX_KILLING || b->phase == BOX_HOLDING || b->phase == BOX_SAVING))
		return true;
	if (b) {
		box_stop(k, b, "absent", "It goes back to a snapshot.");
		return true;
	}
	if (db_begin(k->db, &e) < 0 || sandbox_set_image(k->db, s->id, snapshot, &e) < 0 ||
	    notebook_set_restore(k->db, s->id, NULL, &e) < 0 ||
	    notebook_set_notice(k->db, s->id, "", &e) < 0 ||
	    sandbox_want_again(k->db, s->id, clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("restore of %s: %s", s->id, e.text);
		return true;
	}
	line_soon(k);
	return true;
}

/* A snapshot that was asked for: made of what runs, refused where nothing does. */
static bool
take_snapshot(struct keep *k, struct box *b, const struct sandbox *s, const char *snapshot)
{
	char words[200] = "The notebook sleeps, so there is nothing to be saved that is not saved "
	    "already.";
	struct err e;

	if (b && notebook_is_large(b)) {
		snprintf(words, sizeof(words), "It uses %lld MB of memory, and no more than %lld MB can "
		    "be kept.", (long long)(b->memory_bytes >> 20),
		    (long long)b->share.tier.snapshot_mb);
	} else if (b && b->phase == BOX_UP && link_is_ready(b->link) && !b->applying) {
		hold(b, snapshot, true);
		return true;
	} else if (b || strcmp(s->want, "awake") == 0)
		return false;	/* it will be there soon */
	if (db_begin(k->db, &e) < 0 ||
	    snapshot_set_failed(k->db, snapshot, words, clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("snapshot of %s: %s", s->id, e.text);
	}
	bell_ring(NULL, s->id);
	return false;
}

bool
notebook_consider(struct keep *k, struct box *b, const struct sandbox *s, struct arena *a)
{
	char snapshot[ID_SIZE];
	struct notebook n;

	if (notebook_get(k->db, s->id, a, &n, NULL) < 0)
		return false;
	if (n.restore)
		return go_back(k, b, s, n.restore);
	if (b)
		b->held_until = n.held_until;
	if (snapshot_wanted(k->db, s->id, snapshot, NULL) == 1 &&
	    !(b && strcmp(b->image, snapshot) == 0))
		return take_snapshot(k, b, s, snapshot);
	return false;
}

void
notebook_tick(struct keep *k)
{
	char reason[300];

	for (struct box *b = k->boxes; b; b = b->next) {
		int64_t ms = clock_boot_ms() - b->phase_ms;

		if (!(b->phase == BOX_HOLDING && ms > HOLD_LIMIT_MS) &&
		    !(b->phase == BOX_SAVING && ms > SAVE_LIMIT_MS))
			continue;
		note_failure(k, b, "it took too long", reason, sizeof(reason));
		box_stop(k, b, b->is_snapshot ? "failed" : "absent", reason);
		return;		/* one a round: the list is not walked while it changes */
	}
}
