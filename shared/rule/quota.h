#ifndef RULE_QUOTA_H
#define RULE_QUOTA_H
/*
 * Whether an account has used up what its tier gives: pure decisions over what was counted.
 * A refusal is a QUOTA error whose sentence has the number, and says when it is worth while to
 * come back.
 */
#include <stddef.h>

#include "../base/err.h"
#include "tier.h"

#define QUOTA_MINUTE_MS 60000LL
#define QUOTA_HOUR_MS 3600000LL
#define QUOTA_DAY_MS 86400000LL

/* What was made within the last minute and day, and when the first of each was (wall ms). */
struct quota_use {
	int64_t minute, minute_first, day, day_first;
};

/* May one more be made? */
int quota_creation(const struct tier *t, const struct quota_use *u, int64_t now, struct err *e);

struct quota_tokens {
	int64_t wanted, least;	/* as many would be welcome, fewer are of no use */
	int64_t spent;		/* in the last 24 hours */
	int64_t promised;	/* to what runs now */
	int64_t frees_at;	/* wall ms at which some of what was spent is forgotten; 0: none */
};

/* *tokens: as many may be spent. */
int quota_agent(const struct tier *t, const struct quota_tokens *u, int64_t now,
    int64_t *tokens, struct err *e);

/* "12 s", "4 min", "7 h", "3 days": a time for people, rounded up. */
void quota_time(int64_t ms, char *out, size_t size);

/* May somebody with this tier choose that one?  INPUT or DENIED. */
int quota_tier(const struct tier *t, const char *wanted, struct err *e);

#endif
