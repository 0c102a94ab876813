#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "quota.h"

void
quota_time(int64_t ms, char *out, size_t size)
{
	int64_t secs = ms > 1000 ? (ms + 999) / 1000 : 1;

	if (secs < 100)
		snprintf(out, size, "%lld s", (long long)secs);
	else if (secs < 100 * 60)
		snprintf(out, size, "%lld min", (long long)(secs + 59) / 60);
	else if (secs < 48 * 3600)
		snprintf(out, size, "%lld h", (long long)(secs + 3599) / 3600);
	else
		snprintf(out, size, "%lld days", (long long)(secs + 86399) / 86400);
}

static int
refuse(struct err *e, int64_t wait_ms, const char *words)
{
	char when[32];

	if (wait_ms < 1000)
		wait_ms = 1000;
	quota_time(wait_ms, when, sizeof(when));
	err_set(e, ERR_QUOTA, "%s The next is possible in %s.", words, when);
	if (e)
		e->retry_after_secs = (int)((wait_ms + 999) / 1000);
	return -1;
}

int
quota_creation(const struct tier *t, const struct quota_use *u, int64_t now, struct err *e)
{
	char words[200];

	/* The longer wait first: who waits a minute only to hear of the day is fooled. */
	if (t->creates_day && u->day >= t->creates_day) {
		snprintf(words, sizeof(words), "You have made %lld apps and notebooks in the last "
		    "24 hours, as many as your tier (%s) allows.", (long long)u->day, t->name);
		return refuse(e, u->day_first + QUOTA_DAY_MS - now, words);
	}
	if (t->creates_minute && u->minute >= t->creates_minute) {
		snprintf(words, sizeof(words), "You have made %lld apps and notebooks in the last "
		    "minute, as many as your tier (%s) allows.", (long long)u->minute, t->name);
		return refuse(e, u->minute_first + QUOTA_MINUTE_MS - now, words);
	}
	return 0;
}

int
quota_agent(const struct tier *t, const struct quota_tokens *u, int64_t now, int64_t *tokens,
    struct err *e)
{
	int64_t left = t->agent_tokens_day - u->spent - u->promised;
	char words[240];

	*tokens = u->wanted;
	if (!t->agent_tokens_day || left >= u->wanted)
		return 0;
	*tokens = left;
	if (left >= u->least)
		return 0;
	snprintf(words, sizeof(words), "The assistant may use %lld tokens in 24 hours with your "
	    "tier (%s), and %lld of them are used or promised.", (long long)t->agent_tokens_day,
	    t->name, (long long)(u->spent + u->promised));
	/* What is promised to a running one may come back when it ends. */
	return refuse(e, u->promised || !u->frees_at ? QUOTA_MINUTE_MS : u->frees_at - now, words);
}

int
quota_tier(const struct tier *t, const char *wanted, struct err *e)
{
	char names[100] = "";
	int rank = tier_rank(wanted);

	if (rank >= 0 && rank <= t->rank)
		return 0;
	for (int i = 0; i <= t->rank; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
		    i == 0 ? "" : i == t->rank ? " or " : ", ", tier_name(i));
	if (rank < 0)
		return err_field(e, ERR_INPUT, "tier", "There is no such tier; it can be %s.", names);
	return err_field(e, ERR_DENIED, "tier", "The tier %s is more than your account's; it can "
	    "be %s.", wanted, names);
}
