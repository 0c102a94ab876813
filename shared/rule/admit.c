#include <stdio.h>

#include "../base/mem.h"
#include "admit.h"
#include "quota.h"
#include "tier.h"

static const struct {
	bool is_line, is_helped;
	const char *words;
} whys[ADMIT_WHYS] = {
	[ADMIT_GO] = {false, false, ""},
#define ADMIT(NAME, in_line, helps, words) [ADMIT_##NAME] = {in_line, helps, words},
#include "admit.def"
#undef ADMIT
};

enum admit_why
admit_one(const struct admit_facts *f)
{
	/* The last place is for those who come back, where there is more than one. */
	int64_t places = f->starting_max > 1 && !f->is_waking ? f->starting_max - 1 :
	    f->starting_max;
	int64_t reserve = ADMIT_RESERVE_MB + (f->is_waking ? 0 : ADMIT_WAKING_MB);

	if (f->is_draining)
		return ADMIT_DRAIN;
	if (f->owner_max && f->owner_awake >= f->owner_max)
		return ADMIT_QUOTA;
	if (f->starting >= places)
		return ADMIT_BUSY;
	if (f->awake_max && f->awake >= f->awake_max)
		return ADMIT_CROWD;
	if (f->free_mb - f->promised_mb < reserve + f->need_mb)
		return ADMIT_MEMORY;
	/* One always goes on, or a busy machine would never start anything. */
	if (f->starting > 0 && f->load_percent > ADMIT_LOAD_PERCENT)
		return ADMIT_LOAD;
	return ADMIT_GO;
}

bool
admit_is_pressed(int64_t free_mb)
{
	return free_mb < ADMIT_RESERVE_MB / 2;
}

const char *
admit_words(enum admit_why why)
{
	return whys[why].words;
}

bool
admit_is_line(enum admit_why why)
{
	return whys[why].is_line;
}

bool
admit_is_helped(enum admit_why why)
{
	return whys[why].is_helped;
}

int64_t
admit_turn(int64_t wanted_at, int rank, bool is_waking)
{
	int64_t head_start = rank > tier_rank("free") ? 60000 : 0;

	return wanted_at - head_start - (is_waking ? 30000 : 0);
}

int64_t
admit_eta_ms(int64_t before, int64_t gap_ms, int64_t boot_ms)
{
	return before * gap_ms + boot_ms;
}

void
admit_place(int64_t before, int64_t eta_ms, char *out, size_t size)
{
	static const char *const words[] = {"next", "second", "third", "fourth", "fifth"};
	char place[32], time[32];

	if (before < (int64_t)COUNT(words))
		snprintf(place, sizeof(place), "%s", words[before]);
	else
		snprintf(place, sizeof(place), "number %lld", (long long)before + 1);
	quota_time(eta_ms, time, sizeof(time));
	snprintf(out, size, "%s in line, about %s", place, time);
}

int
admit_ask(const struct admit_line *l, struct err *e)
{
	int64_t eta = admit_eta_ms(l->waiting, l->gap_ms, l->boot_ms);
	char time[32], again[32];

	if (l->disk_free_mb < ADMIT_DISK_MB)
		return err_set(e, ERR_FULL, "There is too little space left on the machine's disk to "
		    "make anything new; what is there is safe.");
	if (eta <= ADMIT_LONGEST_MS)
		return 0;
	quota_time(eta, time, sizeof(time));
	quota_time(eta - ADMIT_LONGEST_MS, again, sizeof(again));
	err_set(e, ERR_BUSY, "%lld are waiting to be started, which takes about %s. Try again in %s.",
	    (long long)l->waiting, time, again);
	if (e)
		e->retry_after_secs = (int)((eta - ADMIT_LONGEST_MS + 999) / 1000);
	return -1;
}
