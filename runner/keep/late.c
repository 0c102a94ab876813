/*
 * What no message brings: cancels, work that took too long or that nobody takes up, verdicts
 * that never came.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/job.h"
#include "../../shared/wire/alive.h"
#include "keep.h"

#define APPLY_LIMIT_MS 60000	/* the guest's own limits (start, judge) are shorter */
#define NO_AUTHOR "The part of Carrel that talks to models is not running; "
#define IN_LOG " Whoever runs this Carrel finds the reason in its log."

/* For so long that it is not only about to start, with us or after us. */
static bool
is_author_gone(void)
{
	static int64_t seen_ms;		/* boot time */
	int64_t now = clock_boot_ms();

	if (!seen_ms || alive_is("author"))
		seen_ms = now;
	return now - seen_ms > ALIVE_DEAD_MS;
}

static void
end_assist(struct keep *k, const char *id)
{
	static const char words[] = NO_AUTHOR "what an agent's steps did stays." IN_LOG;
	static const struct assist_tokens none;
	struct err e;

	if (db_begin(k->db, &e) < 0 || assist_fail(k->db, id, "busy", words, 0, &none,
	    clock_wall_ms(), &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("assist %s: %s", id, e.text);
		return;
	}
	work_tell_end(id, "busy", words);
}

/* What waits in line is fine; but where nobody is there to take it up, or to go on with it,
 * whoever asked is told so. */
static void
end_unheard(struct keep *k, int64_t now, struct arena *a)
{
	int64_t before = now - k->conf.job_timeout * 1000;
	char (*ids)[ID_SIZE];
	int n;

	if (!is_author_gone())
		return;
	n = job_unheard(k->db, before, a, &ids, NULL);
	for (int i = 0; i < n; i++)
		work_fail(k, ids[i], "busy", NO_AUTHOR "your app is as it was." IN_LOG);
	n = assist_unheard(k->db, before, a, &ids, NULL);
	for (int i = 0; i < n; i++)
		end_assist(k, ids[i]);
}

/* To wait for a sandbox is no job's fault, and has a place in line and a time of its own: what
 * counts then is how long it has had one. */
static bool
is_late(struct keep *k, const struct job *j, int64_t now)
{
	const struct box *b = box_find(k, j->workspace);

	if (!work_is_ours(j))
		return true;
	return b && b->phase == BOX_UP && now - b->ready_wall_ms > k->conf.job_timeout * 1000;
}

void
late_tick(struct keep *k)
{
	struct arena a = {0};
	char (*ids)[ID_SIZE];
	struct job j;
	int64_t now = clock_wall_ms();
	int n = job_to_cancel(k->db, &a, &ids, NULL);

	for (int i = 0; i < n; i++)
		if (job_get(k->db, ids[i], &a, &j, NULL) == 0 && work_is_ours(&j))
			work_fail(k, j.id, "cancelled", "You stopped this; your app is as it was.");
	n = job_expired(k->db, now - k->conf.job_timeout * 1000, &a, &ids, NULL);
	for (int i = 0; i < n; i++)
		if (job_get(k->db, ids[i], &a, &j, NULL) == 0 && is_late(k, &j, now))
			work_fail(k, ids[i], "timeout", "This took too long and was stopped; your app is "
		    "as it was. Try again, or ask for less at once.");
	end_unheard(k, now, &a);
	for (struct box *b = k->boxes; b; b = b->next)
		if ((b->judging[0] || b->applying) && b->phase == BOX_UP &&
		    clock_boot_ms() - b->apply_ms > APPLY_LIMIT_MS) {
			box_stop(k, b, "failed", "It stopped answering.");
			break;	/* one a round: the list is not walked while it changes */
		}
	arena_free(&a);
}
