#include <stddef.h>
#include <string.h>

#include "../base/mem.h"
#include "tier.h"

static const struct {
	const char *name;
	int64_t values[TIER_LIMITS];
} tiers[] = {
#define TIER(name, ...) {#name, {__VA_ARGS__}},
#include "tier.def"
};

const struct tier_about tier_abouts[TIER_LIMITS] = {
#define TIER_LIMIT(name, least, most, unit, notebook, app, doc) \
	{#name, unit, doc, least, most},
#include "tier.def"
};

static const size_t places[TIER_LIMITS] = {
#define TIER_LIMIT(name, least, most, unit, notebook, app, doc) offsetof(struct tier, name),
#include "tier.def"
};

/* A limit's setting, by the name that tier.def has for it; 0 for those that have none. */
#define SETTING(name) SETTING_##name
#define SETTING_0 0
#define SETTING_notebook_memory c->notebook_memory
#define SETTING_notebook_cpu c->notebook_cpu
#define SETTING_notebook_pids c->notebook_pids
#define SETTING_notebook_disk c->notebook_disk
#define SETTING_notebook_files c->notebook_files
#define SETTING_notebook_idle c->notebook_idle
#define SETTING_sandbox_memory c->sandbox_memory
#define SETTING_sandbox_cpu c->sandbox_cpu
#define SETTING_sandbox_pids c->sandbox_pids
#define SETTING_idle c->idle

int
tier_rank(const char *name)
{
	for (size_t i = 0; i < COUNT(tiers); i++)
		if (strcmp(tiers[i].name, name) == 0)
			return (int)i;
	return -1;
}

const char *
tier_name(int rank)
{
	return rank >= 0 && (size_t)rank < COUNT(tiers) ? tiers[rank].name : NULL;
}

void
tier_make(const struct conf *c, const char *name, const int64_t *agreed, bool is_app,
    struct tier *t)
{
	const int64_t settings[TIER_LIMITS][2] = {
#define TIER_LIMIT(name, least, most, unit, notebook, app, doc) \
		{SETTING(notebook), SETTING(app)},
#include "tier.def"
	};
	int rank = tier_rank(name);

	if (rank < 0)
		rank = 0;
	*t = (struct tier){.name = tiers[rank].name, .rank = rank};
	for (int i = 0; i < TIER_LIMITS; i++) {
		int64_t value = tiers[rank].values[i], setting = settings[i][is_app];

		if (agreed && agreed[i] != TIER_AS_IS)
			value = agreed[i];
		if (value == 0 || (is_app && setting && setting < value))
			value = setting;
		*(int64_t *)(void *)((char *)t + places[i]) = value;
	}
}

int64_t
tier_value(const struct tier *t, enum tier_limit l)
{
	return *(const int64_t *)(const void *)((const char *)t + places[l]);
}
