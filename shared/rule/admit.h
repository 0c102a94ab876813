#ifndef RULE_ADMIT_H
#define RULE_ADMIT_H
/*
 * Who may start a sandbox now, who waits and how long, and who is refused: pure decisions, with
 * no clock and no I/O.
 *
 * Those who wait stand in one line, in the order of their turns: who pays comes before who does
 * not, and waking before creating, by a head start and not for ever, so nobody starves.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/err.h"

enum admit_why {
	ADMIT_GO,
#define ADMIT(NAME, in_line, helps, words) ADMIT_##NAME,
#include "admit.def"
#undef ADMIT
	ADMIT_WHYS
};

struct admit_facts {
	int64_t starting, starting_max;	/* sandboxes; more at once only make each slower */
	int64_t awake, awake_max;	/* max 0: what memory allows */
	int64_t free_mb;		/* memory available on the machine */
	int64_t promised_mb;		/* of that, to those that start now */
	int64_t need_mb;		/* what this one is expected to take */
	int64_t load_percent;		/* work that waits for a core, of one core; 100: one a core */
	int64_t owner_awake, owner_max;	/* max 0: no quota */
	bool is_draining;		/* nothing new is to be started */
	bool is_waking;			/* it was there before, and somebody is coming back to it */
};

#define ADMIT_RESERVE_MB 768	/* must stay free */
#define ADMIT_WAKING_MB 256	/* of what is left, only for those who come back */
#define ADMIT_APP_MB 160	/* what a sandbox is expected to take */
#define ADMIT_NOTEBOOK_MB 320
#define ADMIT_LOAD_PERCENT 3000	/* beyond it starts are made one after the other */
#define ADMIT_DISK_MB 256	/* with less left on the disk nothing new is made */
#define ADMIT_LONGEST_MS 600000	/* nobody is asked to wait longer */

enum admit_why admit_one(const struct admit_facts *f);
/* Whether those that have not been used for longest should be put to sleep, wanted or not. */
bool admit_is_pressed(int64_t free_mb);
/* For people; "" for GO. */
const char *admit_words(enum admit_why why);
bool admit_is_line(enum admit_why why);
bool admit_is_helped(enum admit_why why);

/* The least first.  rank: of the tier. */
int64_t admit_turn(int64_t wanted_at, int rank, bool is_waking);
/* Until one that has so many before it is there.  gap_ms: between two starts; boot_ms: that one
 * takes. */
int64_t admit_eta_ms(int64_t before, int64_t gap_ms, int64_t boot_ms);
/* "next in line, about 2 s", "third in line, about 8 s". */
void admit_place(int64_t before, int64_t eta_ms, char *out, size_t size);

struct admit_line {
	int64_t waiting, gap_ms, boot_ms;
	int64_t disk_free_mb;
};

/* Whether anything new may be asked for: FULL, or BUSY with a time. */
int admit_ask(const struct admit_line *l, struct err *e);

#endif
