#ifndef RULE_TIER_H
#define RULE_TIER_H
/*
 * What an account may use: the tiers of tier.def, what was agreed otherwise with an account,
 * and the settings where neither says anything.  Whose account it is, and what was agreed, is
 * in the store: shared/store/account.h gives the effective values.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../conf/conf.h"

enum tier_limit {
#define TIER_LIMIT(name, least, most, unit, notebook, app, doc) TIER_##name,
#include "tier.def"
	TIER_LIMITS
};

#define TIER_AS_IS (-1)		/* of an account: its tier's value holds */

/* Effective values; 0: no limit. */
struct tier {
	const char *name;	/* static */
	int rank;		/* 0: the lowest */
#define TIER_LIMIT(name, least, most, unit, notebook, app, doc) int64_t name;
#include "tier.def"
};

/* One thing that is limited, for who lists or sets them all. */
struct tier_about {
	const char *name, *unit, *doc;
	int64_t least, most;
};

extern const struct tier_about tier_abouts[TIER_LIMITS];

/* −1: there is no tier of this name. */
int tier_rank(const char *name);
/* The name of a rank; NULL behind the last. */
const char *tier_name(int rank);
/* The values of a tier for a notebook, or for an app, which never gets more than the settings
 * for apps say.  agreed: TIER_LIMITS values or TIER_AS_IS each; NULL: nothing was agreed.  An
 * unknown name gets the lowest tier. */
void tier_make(const struct conf *c, const char *name, const int64_t *agreed, bool is_app,
    struct tier *t);
/* The value of a limit by its number. */
int64_t tier_value(const struct tier *t, enum tier_limit l);

#endif
