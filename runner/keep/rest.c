/*
 * Everything to sleep, because carreld says so: notebooks with their kernels, as many as the
 * time allows, the smallest first, because each saves one more; of the others their pages
 * say that their variables are gone, and why.  Apps keep nothing that would be lost.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/wire/golden.h"
#include "../../shared/wire/rest.h"
#include "keep.h"

#define AT_ONCE 2		/* they wait for the disk, and for a core each */
#define LOOK_EVERY_MS 20
#define FIGURES_MS 40		/* until all have told how large they are */

static struct {
	bool is_on;
	struct rest_order order;
	struct rest_report report;
	int64_t since_ms;
} rest;

bool
rest_is_on(void)
{
	return rest.is_on;
}

static const char *
reason(void)
{
	return rest.order.is_upgrade ? "Carrel was upgraded; opening it wakes it." :
	    "Carrel was stopped; opening it wakes it.";
}

/* Something would be lost with it.  What is being woken has all it needs on the disk. */
static bool
is_live(const struct box *b)
{
	if (!b->is_notebook || b->golden)
		return false;
	return b->phase == BOX_UP || b->phase == BOX_HOLDING || b->phase == BOX_SAVING ||
	    (b->phase == BOX_BOOTING && b->ready_wall_ms && !b->image[0]);
}

static bool
is_being_saved(const struct box *b)
{
	return b->phase == BOX_HOLDING || b->phase == BOX_SAVING;
}

/* Ends it without its variables, and says why. */
static void
abandon(struct keep *k, struct box *b, const char *words)
{
	char notice[800], spare[300];
	struct err e = {0};

	log_warn("%s: %s", b->id, words);
	if (db_begin(k->db, &e) < 0)
		goto out;
	if (!spare_take(k, b->id, -1, spare, sizeof(spare)))
		snprintf(spare, sizeof(spare), "Its variables are gone." NOTEBOOK_INTACT);
	snprintf(notice, sizeof(notice), "%s %s", words, spare);
	if ((b->image[0] && snapshot_set_failed(k->db, b->image,
	    words, clock_wall_ms(), &e) < 0) ||
	    notebook_set_notice(k->db, b->id, notice, &e) < 0 ||
	    /* Now, because its end may not be heard of any more. */
	    sandbox_set_ended(k->db, b->id, "absent", words, 0, clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("end of %s: %s", b->id, e.text);
	}
out:
	box_stop(k, b, "absent", words);
}

/* No time is left. */
static void
give_up(struct keep *k)
{
	char words[200];

	for (struct box *b = k->boxes; b; b = b->next) {
		if (!is_live(b))
			continue;
		snprintf(words, sizeof(words), "Carrel was %s, and there was no time left to save "
		    "the memory of its kernel (%lld MB).",
		    rest.order.is_upgrade ? "upgraded" : "stopped",
		    (long long)(b->memory_bytes >> 20));
		abandon(k, b, words);
	}
}

/* Those without memory of their own: at an upgrade they begin anew with what is new. */
static void
end_apps(struct keep *k)
{
	for (struct box *b = k->boxes; b; b = b->next)
		if (!is_live(b) && b->phase != BOX_KILLING)
			box_stop(k, b, b->is_notebook && b->image[0] ? "hibernated" : "absent", reason());
}

static void
step(struct keep *k)
{
	struct box *least = NULL;
	int live = 0, under_way = 0, notebooks = 0, apps = 0;	/* the last two: that are ending */

	for (struct box *b = k->boxes; b; b = b->next) {
		notebooks += b->phase == BOX_KILLING && b->is_notebook;
		apps += b->phase == BOX_KILLING && !b->is_notebook && rest.order.is_upgrade;
		if (!is_live(b))
			continue;
		live++;
		under_way += is_being_saved(b);
		if (b->phase == BOX_UP && link_is_ready(b->link) &&
		    (!least || b->memory_bytes < least->memory_bytes))
			least = b;
	}
	if (live && clock_boot_ms() >= rest.order.until_ms)
		give_up(k);
	else if (least && under_way < AT_ONCE && clock_boot_ms() - rest.since_ms >= FIGURES_MS)
		notebook_sleep(k, least, reason());
	rest.report.notebooks = live + notebooks;
	rest.report.left = rest.report.notebooks + apps;
}

static void
look(struct loop *l, void *arg)
{
	struct keep *k = arg;
	struct rest_report before = rest.report;
	struct err e;

	if (!rest.is_on)
		return;
	if (k->is_listed) {
		step(k);
		if (memcmp(&before, &rest.report, sizeof(before)) != 0 &&
		    rest_write_report(&rest.report, &e) < 0)
			log_error("%s", e.text);
	}
	loop_timer(l, LOOK_EVERY_MS, look, k);
}

static void
begin(struct keep *k, const struct rest_order *o)
{
	log_info("everything goes to sleep: Carrel %s", o->is_upgrade ? "is upgraded" : "stops");
	rest.is_on = true;
	rest.order = *o;
	rest.since_ms = clock_boot_ms();
	/* What a keep before this one has done already. */
	if (!rest_read_report(&rest.report))
		memset(&rest.report, 0, sizeof(rest.report));
	rest.report.left = -1;		/* so that it is told in any case */
	for (struct box *b = k->boxes; b; b = b->next)
		if (is_live(b))
			launcher_stat(k, b);
	if (o->is_upgrade)
		end_apps(k);
	look(k->loop, k);
}

void
rest_look(struct keep *k)
{
	struct rest_order o;
	bool is_ordered = rest_read_order(&o);

	if (is_ordered && !rest.is_on)
		begin(k, &o);
	else if (!is_ordered && rest.is_on)
		rest.is_on = false;	/* it was taken back */
}

void
rest_ended(struct keep *k, const char *id, bool was_live, const char *state)
{
	struct err e;

	if (!rest.is_on || golden_is(id))
		return;
	if (strcmp(state, "hibernated") == 0)
		rest.report.saved++;
	else if (was_live)
		rest.report.lost++;
	if (!rest.order.is_upgrade)
		return;
	/* Woken by whoever is keep then. */
	if (db_begin(k->db, &e) < 0 || sandbox_want_again(k->db, id, clock_wall_ms(), &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("%s is not woken afterwards: %s", id, e.text);
	}
}
