/* What a notebook's tier gives it, and what will become of its kernel, in words. */
#include "../../shared/rule/life.h"
#include "../../shared/rule/quota.h"
#include "notebook.h"

#define MB (1LL << 20)

static void
add_row(cJSON *list, const char *what, const char *value)
{
	cJSON *o = cJSON_CreateObject();

	view_text(o, "what", what);
	view_text(o, "value", value);
	cJSON_AddItemToArray(list, o);
}

static void
add_time(struct req *r, cJSON *list, const char *what, int64_t secs)
{
	char time[32];

	quota_time(secs * 1000, time, sizeof(time));
	add_row(list, what, secs ? arena_dup(&r->arena, time) : "never");
}

/* While there is time to do something about it. */
static void
add_warning(struct req *r, const struct notebook_at *at, cJSON *c)
{
	const struct tier *t = &at->share->tier;

	if (notebook_is_open(at->life) && t->snapshot_mb &&
	    at->sandbox->memory_now > t->snapshot_mb * MB)
		view_text(c, "warning", arena_fmt(&r->arena, "It uses %s of memory, and no more than %s "
		    "can be kept when it falls asleep. Unless it lets go of some, its variables will "
		    "be gone then; its files will not.", view_size(r, at->sandbox->memory_now),
		    view_size(r, t->snapshot_mb * MB)));
}

void
notebook_tier_add(struct req *r, const struct notebook_at *at, cJSON *c)
{
	const struct tier *t = &at->share->tier;
	cJSON *list = cJSON_AddArrayToObject(c, "limits");

	view_text(c, "tier", t->name);
	add_row(list, "Memory", view_size(r, t->memory_mb * MB));
	add_row(list, "Processor", t->cpu_percent == 100 ? "1 core" : arena_fmt(&r->arena,
	    "%g cores", (double)t->cpu_percent / 100));
	add_row(list, "Disk", view_size(r, at->notebook->disk_mb * MB));
	add_time(r, list, "Falls asleep unused after", t->hibernate_s);
	add_time(r, list, "Its variables are let go after", t->evict_s);
	add_time(r, list, "A cell may run alone for", t->cell_s);
	add_warning(r, at, c);
}

/* keeps: for how long its variables are kept still; fading: not for long. */
void
notebook_keeps_add(struct req *r, const struct notebook_at *at, cJSON *cover)
{
	int64_t evict_ms = at->share->tier.evict_s * 1000;
	int64_t evicts_at = life_evicts_at(at->sandbox->state, at->sandbox->ended_at, evict_ms);
	char time[32];

	if (!evicts_at)
		return;
	quota_time(evicts_at - at->now, time, sizeof(time));
	view_text(cover, "keeps", arena_fmt(&r->arena, "Its variables are kept for another %s. Wake "
	    "it before then to keep them longer; its files stay in any case.", time));
	view_true(cover, "fading", life_warns(evicts_at, evict_ms, at->now));
}
