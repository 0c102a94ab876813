#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/count.h"
#include "../../shared/wire/progress.h"
#include "golden.h"

#define CLONE_LIMIT_MS 15000	/* a fifth of a second is usual */
#define KILL_AGAIN_MS 5000	/* a question may be lost, as on a full queue */
#define SHARE_EVERY_MS 10000	/* an account may be given more, or less */

struct box *
box_find(struct keep *k, const char *id)
{
	for (struct box *b = k->boxes; b; b = b->next)
		if (memcmp(b->id, id, ID_LEN) == 0)
			return b;
	return NULL;
}

const struct account_share *
box_share(struct keep *k, struct box *b)
{
	int64_t now = clock_boot_ms();
	struct account_share s;

	if (b->share_ms && now - b->share_ms < SHARE_EVERY_MS)
		return &b->share;
	if (account_share(k->db, &k->conf, b->id, &s, NULL) == 0)
		b->share = s;	/* else it is gone, or the store is: as it was */
	b->share_ms = now;
	return &b->share;
}

const char *
box_template(const struct box *b)
{
	return b->is_notebook ? "marimo" : "vite";
}

static struct box *
box_new(struct keep *k, const char *id, uint32_t epoch, enum box_phase phase)
{
	struct box *b = mem_new(sizeof(*b));

	memcpy(b->id, id, ID_LEN);
	b->epoch = epoch;
	b->phase = phase;
	b->phase_ms = clock_boot_ms();
	b->deaths = -1;
	b->next = k->boxes;
	k->boxes = b;
	return b;
}

static void
box_free(struct keep *k, struct box *b)
{
	struct box **at = &k->boxes;

	while (*at != b)
		at = &(*at)->next;
	*at = b->next;
	link_close(b->link);
	free(b);
}

void
box_start(struct keep *k, const struct sandbox *s, const char *job)
{
	bool is_notebook = strcmp(s->kind, "notebook") == 0;
	struct arena a = {0};
	struct notebook n;
	struct box *b;
	struct err e;
	int64_t epoch;

	if (is_notebook && notebook_get(k->db, s->id, &a, &n, &e) < 0)
		goto bad;
	if (db_begin(k->db, &e) < 0)
		goto bad;
	if (job && sandbox_want_again(k->db, s->id, clock_wall_ms(), &e) < 0)
		goto bad;
	if (sandbox_set_provision(k->db, s->id, clock_wall_ms(), &epoch, &e) < 0 ||
	    db_commit(k->db, &e) < 0)
		goto bad;
	if (job)
		progress_phase(job, "starting", "starting a sandbox", NULL);
	b = box_new(k, s->id, (uint32_t)epoch, BOX_ASKED);
	b->is_notebook = is_notebook;
	b->asked_ms = b->phase_ms;
	snprintf(b->request, sizeof(b->request), "%s", log_request_id());
	log_info("a sandbox is started");
	if (is_notebook && s->image)
		memcpy(b->image, s->image, ID_LEN);
	else
		b->is_clone = golden_image(k, box_template(b), b->image);
	k->started_ms = clock_boot_ms();
	box_share(k, b);
	line_started(k, !is_notebook);
	launcher_create(k, b, is_notebook ? &n : NULL);
	bell_ring(NULL, s->id);
	arena_free(&a);
	return;
bad:
	db_rollback(k->db);
	log_error("start of %s: %s", s->id, e.text);
	arena_free(&a);
}

void
box_start_cold(struct keep *k, struct box *b)
{
	struct arena a = {0};
	struct notebook n;
	struct err e;

	b->is_clone = false;
	b->image[0] = '\0';
	b->phase = BOX_ASKED;
	b->phase_ms = clock_boot_ms();
	if (b->is_notebook && notebook_get(k->db, b->id, &a, &n, &e) < 0)
		box_ended(k, b, "failed", "It could not be started.", 0);
	else
		launcher_create(k, b, b->is_notebook ? &n : NULL);
	arena_free(&a);
}

static void
kill_again(struct keep *k)
{
	for (struct box *b = k->boxes; b; b = b->next) {
		if (b->phase != BOX_KILLING || clock_boot_ms() - b->kill_ms < KILL_AGAIN_MS)
			continue;
		b->kill_ms = clock_boot_ms();
		launcher_kill(k, b->id);
	}
}

/* A clone that runs and says nothing came of a golden sandbox that is of no use. */
void
box_tick(struct keep *k)
{
	kill_again(k);
	for (struct box *b = k->boxes; b; b = b->next) {
		if (!b->is_clone || b->phase != BOX_BOOTING || link_is_ready(b->link) ||
		    clock_boot_ms() - b->phase_ms < CLONE_LIMIT_MS)
			continue;
		golden_failed(k, box_template(b), b->image, "it did not answer");
		b->is_anew = true;
		box_stop(k, b, "absent", "It did not start in time; it is started again.");
		return;		/* one a round: the list is not walked while it changes */
	}
}

void
box_adopt(struct keep *k, const char *id, uint32_t epoch)
{
	struct box *b = box_new(k, id, epoch, BOX_BOOTING);
	struct arena a = {0};
	struct sandbox s;

	if (sandbox_get(k->db, id, &a, &s, NULL) < 0 || s.epoch != epoch) {
		box_stop(k, b, "absent", "It was left from an earlier start.");
	} else {
		b->is_notebook = strcmp(s.kind, "notebook") == 0;
		b->ready_wall_ms = s.ready_at;
		box_share(k, b);
		b->saved_at = clock_wall_ms();
		b->link = link_open(k, b);
	}
	arena_free(&a);
}

void
box_stop(struct keep *k, struct box *b, const char *state, const char *reason)
{
	b->phase = BOX_KILLING;
	b->phase_ms = b->kill_ms = clock_boot_ms();
	b->freezing = 0;
	b->stop_state = state;
	snprintf(b->stop_reason, sizeof(b->stop_reason), "%s", reason);
	link_close(b->link);
	b->link = NULL;
	launcher_kill(k, b->id);
}

/* Its end is noted.  With that it is wanted no more, unless it is to be made anew, or somebody
 * wanted it while it was being ended. */
static int
note_end(struct keep *k, const struct box *b, const char *state, const char *reason,
    int64_t memory_peak, struct err *e)
{
	int64_t now = clock_wall_ms(), stopped_at = b->phase == BOX_KILLING ?
	    now - (clock_boot_ms() - b->phase_ms) : INT64_MAX;
	const char *id = b->id;
	struct arena a = {0};
	struct sandbox s;
	bool is_wanted = sandbox_get(k->db, id, &a, &s, NULL) == 0 &&
	    strcmp(s.want, "awake") == 0 && (b->is_anew || s.wanted_at > stopped_at);

	arena_free(&a);
	if (sandbox_set_ended(k->db, id, state, reason, memory_peak, now, e) < 0)
		return -1;
	return is_wanted ? sandbox_want_again(k->db, id, now, e) : 0;
}

void
box_ended(struct keep *k, struct box *b, const char *state, const char *reason,
    int64_t memory_peak)
{
	bool was_live = b->is_notebook && b->ready_wall_ms;
	char id[ID_SIZE];
	struct err e;

	memcpy(id, b->id, ID_SIZE);
	if (strcmp(state, "failed") == 0)
		work_lost(k, b, reason);
	count_add(strcmp(state, "failed") == 0 ? TOTAL_failed : TOTAL_asleep, 1);
	if (db_begin(k->db, &e) < 0 || meter_end(k, b, &e) < 0 ||
	    note_end(k, b, state, reason, memory_peak, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("end of %s: %s", id, e.text);
	}
	box_free(k, b);
	rest_ended(k, id, was_live, state);
	bell_ring(NULL, id);
	decide(k, id);
	line_soon(k);		/* for whoever waits for room */
}
