/*
 * What the people of a notebook are told when its kernel or its files are lost, and what was
 * kept instead.
 */
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

#define OOM_TOLD_MS 60000	/* the guest counts the same death later */

void
notebook_note(struct keep *k, const char *id, const char *notice)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 || notebook_set_notice(k->db, id, notice, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("notice of %s: %s", id, e.text);
	}
}

void
notebook_not_restored(struct keep *k, struct box *b, const char *words)
{
	char notice[500];
	struct err e;

	snprintf(notice, sizeof(notice), "What this notebook slept in could not be read (%.150s), "
	    "so it was started anew and its variables are gone." NOTEBOOK_INTACT, words);
	if (db_begin(k->db, &e) < 0 || sandbox_set_image(k->db, b->id, NULL, &e) < 0 ||
	    notebook_set_notice(k->db, b->id, notice, &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("restore of %s: %s", b->id, e.text);
	}
	box_start_cold(k, b);
}

void
notebook_files_lost(struct keep *k, struct box *b)
{
	struct err e;

	log_error("%s: its volume is gone", b->id);
	if (db_begin(k->db, &e) < 0 || notebook_set_disk(k->db, b->id, 0, &e) < 0 ||
	    notebook_set_notice(k->db, b->id, "The files of this notebook are gone from the disk, "
	    "so it begins anew with an empty one. Whoever runs this Carrel may have a copy of them "
	    "in its backups.", &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("files of %s: %s", b->id, e.text);
	}
	box_start_cold(k, b);
}

void
notebook_memory_words(uint64_t peak_bytes, uint32_t limit_mb, char *out, size_t size)
{
	uint64_t peak_mb = peak_bytes >> 20;

	if (limit_mb < 1024)
		snprintf(out, size, "It ran out of memory: %llu of %u MB.",
		    (unsigned long long)peak_mb, limit_mb);
	else
		snprintf(out, size, "It ran out of memory: %.1f of %.3g GiB.",
		    (double)peak_mb / 1024, (double)limit_mb / 1024);
}

/* The sandbox lives.  No snapshot is taken by itself: what is in there may end it again. */
static void
kernel_ended(struct keep *k, const struct box *b, const char *how)
{
	struct arena a = {0};
	struct snapshot spare;
	bool is_kept = snapshot_get_auto(k->db, b->id, &a, &spare, NULL) == 1;
	char notice[400];

	snprintf(notice, sizeof(notice), "%s, so its variables are gone%s.%s", how, is_kept ?
	    "; among its snapshots is one that was made in the background" : "", NOTEBOOK_INTACT);
	arena_free(&a);
	notebook_note(k, b->id, notice);
	bell_ring(NULL, b->id);
}

void
notebook_oom(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);
	char words[100], how[160];

	if (!b || !b->is_notebook || b->epoch != m->epoch)
		return;
	b->oom_ms = clock_boot_ms();
	notebook_memory_words(m->memory_peak_bytes, m->memory_mb, words, sizeof(words));
	log_warn("%s: %s", b->id, words);
	snprintf(how, sizeof(how), "%s Its kernel was ended", words);
	kernel_ended(k, b, how);
}

void
notebook_heard_deaths(struct keep *k, struct box *b, uint32_t deaths)
{
	bool is_new = b->deaths >= 0 && deaths > b->deaths;
	bool is_told = b->oom_ms && clock_boot_ms() - b->oom_ms < OOM_TOLD_MS;

	b->deaths = deaths;
	if (is_new && !is_told)
		kernel_ended(k, b, "Its kernel ended unexpectedly");
}

void
notebook_server_ended(struct keep *k, const struct box *b)
{
	notebook_note(k, b->id, "Its server ended unexpectedly and is started again, so its "
	    "variables are gone." NOTEBOOK_INTACT);
	bell_ring(NULL, b->id);
}

void
notebook_died(struct keep *k, const struct box *b, const char *reason)
{
	int64_t ran_ms = b->is_from_auto ? clock_wall_ms() - b->ready_wall_ms : -1;
	struct arena a = {0};
	struct sandbox s;
	char notice[700], words[300];
	bool is_kept;
	struct err e;

	/* What it slept in stays until it runs, so it can be woken from there once more. */
	is_kept = sandbox_get(k->db, b->id, &a, &s, NULL) == 0 && s.image;
	arena_free(&a);
	if (db_begin(k->db, &e) < 0) {
		log_error("end of %s: %s", b->id, e.text);
		return;
	}
	if (!is_kept && spare_take(k, b->id, ran_ms, words, sizeof(words)))
		snprintf(notice, sizeof(notice), "%s %s", reason, words);
	else
		snprintf(notice, sizeof(notice), "%s Its variables are %s.%s", reason,
		    is_kept ? "kept" : "gone", NOTEBOOK_INTACT);
	if (notebook_set_notice(k->db, b->id, notice, &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("end of %s: %s", b->id, e.text);
	}
}

bool
notebook_restarted(struct keep *k, const struct sandbox *s)
{
	struct arena a = {0};
	struct snapshot made;
	char id[ID_SIZE], notice[500], words[300];
	int64_t now = clock_wall_ms();
	bool is_saved = strcmp(s->state, "running") == 0 &&
	    snapshot_wanted(k->db, s->id, id, NULL) == 1 &&
	    snapshot_get(k->db, id, &a, &made, NULL) == 0 && strcmp(made.kind, "sleep") == 0;

	/* Whether it was is seen when it wakes; where not, it starts anew and says so. */
	if (is_saved) {
		snapshot_set_made(k->db, id, 0, now, NULL);
		sandbox_set_image(k->db, s->id, id, NULL);
		sandbox_set_ended(k->db, s->id, "hibernated", NOTEBOOK_CUT_SHORT, 0, now, NULL);
	} else if (strcmp(s->state, "running") == 0) {
		if (spare_take(k, s->id, -1, words, sizeof(words)))
			snprintf(notice, sizeof(notice), "%s while this notebook was awake. %s",
			    clock_restarted(), words);
		else
			snprintf(notice, sizeof(notice), "%s while this notebook was awake, so its "
			    "variables are gone." NOTEBOOK_INTACT, clock_restarted());
		notebook_set_notice(k->db, s->id, notice, NULL);
	}
	arena_free(&a);
	return is_saved;
}
