/*
 * Whether a notebook's kernel computes: by what its guest says, and by the processor time that
 * its sandbox has used since the last look.
 */
#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/launch.h"
#include "keep.h"

#define LOOK_EVERY_MS 10000
#define BUSY_PERCENT 3		/* of one core, over the time between two looks */
#define BUSY_FOR_MS 25000	/* what was seen computing counts as busy for so long */

bool
notebook_is_busy(struct keep *k, struct box *b)
{
	int64_t now = clock_boot_ms();

	if (b->phase == BOX_UP && now - b->look_ms >= LOOK_EVERY_MS) {
		b->look_ms = now;
		launcher_stat(k, b);
		if (link_is_ready(b->link))
			link_ping(b->link);
	}
	return now - b->busy_ms < BUSY_FOR_MS;
}

void
notebook_heard_busy(struct box *b, uint32_t busy)
{
	b->kernel = busy <= GUEST_BUSY_YES ? busy : GUEST_BUSY_UNKNOWN;
	if (b->kernel == GUEST_BUSY_YES)
		b->busy_ms = clock_boot_ms();
}

void
notebook_figures(struct keep *k, const struct launch_msg *m)
{
	struct box *b = box_find(k, m->id);
	int64_t now = clock_boot_ms(), used;
	struct err e;

	if (!b || !b->is_notebook || m->result < 0 || b->epoch != m->tag)
		return;
	used = (int64_t)m->cpu_usec - b->cpu_usec;
	if (b->figures_ms && used * 100 > (now - b->figures_ms) * 1000 * BUSY_PERCENT)
		b->busy_ms = now;
	b->figures_ms = now;
	b->cpu_usec = (int64_t)m->cpu_usec;
	b->memory_bytes = (int64_t)m->memory_bytes;
	if (db_begin(k->db, &e) < 0 || sandbox_set_memory(k->db, b->id,
	    (int64_t)m->memory_peak_bytes, b->memory_bytes, &e) < 0 ||
	    notebook_set_disk(k->db, b->id, (int64_t)m->disk_bytes, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_warn("figures of %s: %s", b->id, e.text);
	}
}
