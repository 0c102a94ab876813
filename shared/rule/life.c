#include <stdio.h>
#include <string.h>

#include "../base/mem.h"
#include "life.h"
#include "quota.h"

#define BIT(state) (1u << LIFE_##state)
#define STARTING BIT(PROVISION)
#define UP (BIT(RUNNING) | BIT(IDLE))
#define DOWN (BIT(ABSENT) | BIT(HIBERNATED) | BIT(EVICTED) | BIT(FAILED))
#define ENDING BIT(ENDING)
#define HIBERNATED BIT(HIBERNATED)

static const struct life_rule rules[] = {
#define LIFE(NAME, states, when, step, becomes, ms, reason) \
	{#NAME, states, LIFE_##step, LIFE_##becomes, reason},
#include "life.def"
};

static bool
life_is_needed(const struct life_facts *f)
{
	return f->has_job || (f->is_wanted && !f->is_terminated);
}

const struct life_rule *
life_decide(const struct life_facts *f, int64_t *ms)
{
	unsigned state = 1u << f->state;
	size_t i = 0;

	/* The same lines as above, in the same order. */
#define LIFE(NAME, states, when, step, becomes, time, reason) \
	if ((state & (states)) && (when)) { \
		if (ms) \
			*ms = time; \
		return &rules[i]; \
	} \
	i++;
#include "life.def"
	return &rules[COUNT(rules) - 1];
}

const struct life_rule *
life_rule(size_t i)
{
	return i < COUNT(rules) ? &rules[i] : NULL;
}

void
life_reason(const struct life_rule *r, int64_t ms, char *out, size_t size)
{
	const char *mark = strstr(r->reason, "%s");
	char time[32];

	quota_time(ms, time, sizeof(time));
	if (mark)
		snprintf(out, size, "%.*s%s%s", (int)(mark - r->reason), r->reason, time, mark + 2);
	else
		snprintf(out, size, "%s", r->reason);
}

const char *
life_name(enum life_state s)
{
	static const char *const names[] = {
#define LIFE_STATE(NAME) #NAME,
#include "life.def"
	};

	return names[s];
}

int64_t
life_evicts_at(const char *sandbox_state, int64_t ended_at, int64_t evict_ms)
{
	if (!evict_ms || strcmp(sandbox_state, "hibernated") != 0)
		return 0;
	return ended_at + evict_ms;
}

bool
life_warns(int64_t evicts_at, int64_t evict_ms, int64_t now)
{
	int64_t before = evict_ms / 4 < 2 * QUOTA_DAY_MS ? evict_ms / 4 : 2 * QUOTA_DAY_MS;

	return evicts_at && evicts_at - now <= before;
}

bool
life_returns(bool has_snapshot, int64_t ran_ms)
{
	return has_snapshot && (ran_ms < 0 || ran_ms >= LIFE_RELAPSE_MS);
}
