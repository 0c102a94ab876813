/*
 * Metering: what each sandbox takes, counted into the store every few seconds and at its end.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/usage.h"
#include "../../shared/wire/count.h"
#include "../../shared/wire/launch.h"
#include "keep.h"

#define COUNT_EVERY_MS 5000
#define DISK_EVERY_MS 300000
#define LOOK_EVERY_MS 10000	/* between two questions for one sandbox's figures */
#define LOOKS_AT_ONCE 12	/* a round: 100 sandboxes are asked for in ten seconds */

static char boot[USAGE_BOOT_SIZE];
static int64_t counted_ms, disk_ms;	/* boot time of the last rounds */

static struct usage_now
now(void)
{
	AUTO_BUF struct buf text = {0};

	if (!boot[0]) {
		buf_init(&text, 256);
		if (file_read("/proc/sys/kernel/random/boot_id", &text, NULL) == 0)
			memcpy(boot, text.at, strcspn(text.at, "\n") % sizeof(boot));
		else
			memcpy(boot, "unknown", 8);
	}
	return (struct usage_now){boot, clock_boot_ms(), clock_wall_ms()};
}

static struct usage_life
life(const struct box *b)
{
	return (struct usage_life){b->id, b->epoch, b->metered_usec, b->metered_bytes};
}

void
meter_begin(struct keep *k, const char *id, uint32_t epoch, uint32_t memory_mb)
{
	struct usage_now at = now();
	struct err e;

	if (db_begin(k->db, &e) == 0 && usage_begin(k->db, id, epoch, memory_mb, &at, &e) == 0 &&
	    db_commit(k->db, &e) == 0)
		return;
	db_rollback(k->db);
	log_error("metering of %s: %s", id, e.text);
}

int
meter_end(struct keep *k, const struct box *b, struct err *e)
{
	struct usage_now at = now();
	struct usage_life l = life(b);

	return usage_end(k->db, &l, &at, e);
}

void
meter_figures(struct keep *k, const struct launch_msg *m)
{
	struct box *b = m->result < 0 ? NULL : box_find(k, m->id);

	if (!b || (m->epoch != b->epoch && m->tag != b->epoch && m->verb != LAUNCH_KILL))
		return;
	if (m->cpu_usec > (uint64_t)b->metered_usec) {
		if (b->metered_usec || b->asked_ms)	/* else a keep before this one did */
			count_add(TOTAL_cpu_usec, m->cpu_usec - (uint64_t)b->metered_usec);
		b->metered_usec = (int64_t)m->cpu_usec;
	}
	if (m->memory_bytes)
		b->metered_bytes = (int64_t)m->memory_bytes;
}

void
meter_ready(const struct box *b)
{
	static const struct {
		enum count_total total;
		enum count_span span;
		const char *words;
	} kinds[2][3] = {
		{{TOTAL_start_app, SPAN_start_app_ms, "start of an app"},
		    {TOTAL_start_app, SPAN_start_app_ms, "start of an app"},
		    {TOTAL_clone_app, SPAN_clone_app_ms, "start of an app, as a clone"}},
		{{TOTAL_start_notebook, SPAN_start_notebook_ms, "start of a notebook"},
		    {TOTAL_wake_notebook, SPAN_wake_notebook_ms, "waking of a notebook"},
		    {TOTAL_clone_notebook, SPAN_clone_notebook_ms, "start of a notebook, as a clone"}},
	};
	int from = b->is_clone ? 2 : b->image[0] ? 1 : 0;
	int64_t ms = clock_boot_ms() - b->asked_ms;

	if (!b->asked_ms)
		return;
	count_add(kinds[b->is_notebook][from].total, 1);
	count_span(kinds[b->is_notebook][from].span, ms);
	count_slow(ms, clock_wall_ms(), kinds[b->is_notebook][from].words, b->id);
	log_info("%s, ready after %lld ms", kinds[b->is_notebook][from].words, (long long)ms);
}

/* Notebooks are asked for by notebook_is_busy. */
static void
look(struct keep *k)
{
	int64_t ms = clock_boot_ms();
	int asked = 0;

	for (struct box *b = k->boxes; b && asked < LOOKS_AT_ONCE; b = b->next) {
		if (b->is_notebook || b->phase != BOX_UP || ms - b->look_ms < LOOK_EVERY_MS)
			continue;
		b->look_ms = ms;
		launcher_stat(k, b);
		asked++;
	}
}

/* A life that is counted and of which nothing is left ended while keep was away. */
static int
forget_lost(struct keep *k, struct err *e)
{
	struct usage_meter *rows;
	struct arena a = {0};
	int n = usage_meters(k->db, &a, &rows, e), rc = n < 0 ? -1 : 0;

	for (int i = 0; i < n && rc == 0; i++) {
		const struct box *b = box_find(k, rows[i].id);

		if (!b || b->epoch != rows[i].epoch)
			rc = usage_forget(k->db, rows[i].id, rows[i].epoch, e);
	}
	arena_free(&a);
	return rc;
}

static int
count_all(struct keep *k, bool is_disk_due, struct err *e)
{
	struct usage_now at = now();

	for (const struct box *b = k->boxes; b; b = b->next) {
		struct usage_life l = life(b);

		if (usage_count(k->db, &l, &at, e) < 0)
			return -1;
	}
	if (!counted_ms && forget_lost(k, e) < 0)
		return -1;
	return is_disk_due ? usage_count_disk(k->db, &at, e) : 0;
}

void
meter_tick(struct keep *k)
{
	int64_t ms = clock_boot_ms();
	bool is_disk_due = !disk_ms || ms - disk_ms >= DISK_EVERY_MS;
	struct err e;

	if (!k->is_listed)
		return;		/* who is there is not known yet */
	look(k);
	if (counted_ms && ms - counted_ms < COUNT_EVERY_MS)
		return;
	if (!k->boxes && counted_ms && !is_disk_due)
		return;
	if (db_begin(k->db, &e) < 0 || count_all(k, is_disk_due, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("metering: %s", e.text);
		return;
	}
	counted_ms = ms;
	disk_ms = is_disk_due ? ms : disk_ms;
}
