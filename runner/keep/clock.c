/*
 * The wall clock may be set, back or forth; what lasts is then measured wrongly by the times
 * that the store holds.  All of them move along.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/store/orphan.h"
#include "keep.h"

#define BOOT_FILE "/run/carrel/var/boot"
#define JUMP_MS 5000		/* less is a clock that is kept in time */

static int64_t ahead_ms;	/* of boot time, when it was looked at last; 0: not yet */

static int
move(struct keep *k, int64_t by_ms, struct err *e)
{
	if (db_begin(k->db, e) < 0)
		return -1;
	if ((by_ms ? care_shift_clock(k->db, by_ms, e) :
	    care_clamp_clock(k->db, clock_wall_ms(), e)) == 0 && db_commit(k->db, e) == 0)
		return 0;
	db_rollback(k->db);
	return -1;
}

static bool is_new_boot;

/* Another boot of the machine than the one in which keep ran last. */
static void
compare_boots(void)
{
	AUTO_BUF struct buf now = {0}, before = {0};
	struct err e;

	buf_init(&now, 64);
	buf_init(&before, 64);
	if (file_read("/proc/sys/kernel/random/boot_id", &now, &e) < 0)
		return;
	is_new_boot = file_read(BOOT_FILE, &before, NULL) == 0 && before.len &&
	    strcmp(before.at, now.at) != 0;
	if ((is_new_boot || !before.len) &&
	    file_write(BOOT_FILE, now.at, now.len, 0640, &e) < 0)
		log_warn("%s", e.text);
}

const char *
clock_restarted(void)
{
	return is_new_boot ? "The machine was restarted" : "Carrel was restarted";
}

void
clock_tick(struct keep *k)
{
	int64_t now = clock_wall_ms() - clock_boot_ms(), by_ms = now - ahead_ms;
	struct err e;

	if (!ahead_ms) {
		compare_boots();
		/* Nobody was there to see what happened to it before. */
		if (move(k, 0, &e) < 0)
			log_error("clock: %s", e.text);
		ahead_ms = now;
		return;
	}
	if (by_ms > -JUMP_MS && by_ms < JUMP_MS) {
		ahead_ms = now;
		return;
	}
	if (move(k, by_ms, &e) < 0) {
		log_error("clock: %s", e.text);
		return;		/* and tried again */
	}
	log_warn("the clock was set by %lld s", (long long)(by_ms / 1000));
	for (struct box *b = k->boxes; b; b = b->next) {
		b->ready_wall_ms += b->ready_wall_ms ? by_ms : 0;
		b->saved_at += b->saved_at ? by_ms : 0;
	}
	ahead_ms = now;
}
