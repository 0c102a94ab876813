/*
 * Kernels that are kept in the background while a notebook is used, so that a crash costs some
 * minutes and not everything; and those that are kept no longer.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/rule/life.h"
#include "../../shared/rule/quota.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/wire/bell.h"
#include "keep.h"

#define LOOK_EVERY_MS 60000	/* for those that have slept for long; at the most */

void
spare_save(struct keep *k, struct box *b)
{
	char image[ID_SIZE];
	struct err e;

	id_new(image);
	/* Not again at once where it fails. */
	b->saved_at = clock_wall_ms();
	if (db_begin(k->db, &e) < 0 ||
	    snapshot_add(k->db, image, b->id, "auto", b->saved_at, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("%s cannot be saved: %s", b->id, e.text);
		return;
	}
	decide_soon(k);		/* it is made like one that somebody asked for */
}

int
spare_made(struct keep *k, const struct box *b, struct err *e)
{
	struct arena a = {0};
	struct snapshot s;
	int rc = snapshot_get(k->db, b->image, &a, &s, e);

	if (rc == 0 && strcmp(s.kind, "auto") == 0)
		rc = snapshot_drop_auto(k->db, b->id, b->image, e);
	arena_free(&a);
	return rc;
}

bool
spare_take(struct keep *k, const char *id, int64_t ran_ms, char *words, size_t size)
{
	struct arena a = {0};
	char age[32];
	struct snapshot s;
	struct err e;
	bool is_there = snapshot_get_auto(k->db, id, &a, &s, NULL) == 1, is_taken = false;

	words[0] = '\0';
	if (life_returns(is_there, ran_ms) && sandbox_set_image(k->db, id, s.id, &e) == 0) {
		quota_time(clock_wall_ms() - s.made_at, age, sizeof(age));
		snprintf(words, size, "Its variables were saved in the background %s before; opening it "
		    "brings them back as they were then. Your notebook and its files are as they were "
		    "last.", age);
		is_taken = true;
	} else if (is_there) {
		snapshot_drop_auto(k->db, id, "", NULL);	/* it died of what is in there */
	}
	arena_free(&a);
	return is_taken;
}

void
spare_evict(struct keep *k, const struct sandbox *s, const char *reason)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 || sandbox_evict(k->db, s->id, reason, &e) < 0 ||
	    snapshot_drop_sleep(k->db, s->id, "", &e) < 0 ||
	    snapshot_drop_auto(k->db, s->id, "", &e) < 0 ||
	    notebook_set_notice(k->db, s->id, reason, &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("eviction of %s: %s", s->id, e.text);
		return;
	}
	log_info("%s: %s", s->id, reason);
	bell_ring(NULL, s->id);
}

/* Rows come by owner and tier, so each pair is looked up once.  The shortest time that one of
 * them may sleep; 0: all may for ever. */
static int64_t
look_at_sleepers(struct keep *k, const struct sandbox_asleep *rows, int n)
{
	int64_t now = clock_wall_ms(), least = 0;
	struct account_share share = {0};

	for (int i = 0; i < n; i++) {
		const struct sandbox_asleep *s = &rows[i];
		int64_t evict_ms;

		if ((i == 0 || strcmp(s->owner, s[-1].owner) != 0 || strcmp(s->tier, s[-1].tier) != 0) &&
		    account_share(k->db, &k->conf, s->id, &share, NULL) < 0)
			continue;
		evict_ms = share.tier.evict_s * 1000;
		if (evict_ms && (!least || evict_ms < least))
			least = evict_ms;
		if (evict_ms && now - s->ended_at > evict_ms)
			decide(k, s->id);
	}
	return least;
}

void
spare_tick(struct keep *k)
{
	static int64_t next_ms;
	int64_t now = clock_boot_ms(), least;
	struct arena a = {0};
	struct sandbox_asleep *rows;
	int n;

	if (now < next_ms || !k->is_listed)
		return;
	n = sandbox_asleep(k->db, &a, &rows, NULL);
	least = look_at_sleepers(k, rows, n);
	next_ms = now + (least && least / 20 < LOOK_EVERY_MS ? least / 20 : LOOK_EVERY_MS);
	arena_free(&a);
}
