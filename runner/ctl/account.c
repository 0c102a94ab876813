/* carrelctl account [OWNER [TIER] [LIMIT=N …] [reset]] */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/num.h"
#include "../../shared/store/access.h"
#include "../../shared/store/account.h"
#include "ctl.h"

static void
print_tier(struct ctl *c, const struct account *a)
{
	struct tier t;

	tier_make(&c->conf, a->tier, a->agreed, false, &t);
	printf("%s\n  tier              %s%s\n", ctl_plain(c, a->owner), t.name,
	    a->is_agreed ? "" : ", as nothing was agreed (setting account_tier)");
	for (int i = 0; i < TIER_LIMITS; i++) {
		const struct tier_about *about = &tier_abouts[i];
		int64_t value = tier_value(&t, (enum tier_limit)i);
		char text[32];

		snprintf(text, sizeof(text), value ? "%" PRId64 " %s" : "no limit", value,
		    about->unit);
		printf("  %-16s  %-20s  %s%s\n", about->name, text, about->doc,
		    a->agreed[i] == TIER_AS_IS ? "" : " (agreed)");
	}
}

static int
show_all(struct ctl *c, struct err *e)
{
	struct account *rows;
	int n = account_list(c->db, &c->arena, &rows, e);

	if (n < 0)
		return -1;
	printf("Who has no account of his own has the tier %s.\n", c->conf.account_tier);
	for (int i = 0; i < n; i++)
		print_tier(c, &rows[i]);
	return 0;
}

/* "memory_mb=4096"; "memory_mb=" takes back what was agreed. */
static int
set_limit(struct account *a, const char *word, const char *equals, struct err *e)
{
	size_t n = (size_t)(equals - word);

	for (int i = 0; i < TIER_LIMITS; i++) {
		const struct tier_about *about = &tier_abouts[i];
		int64_t value;

		if (strlen(about->name) != n || strncmp(about->name, word, n) != 0)
			continue;
		if (!equals[1]) {
			a->agreed[i] = TIER_AS_IS;
			return 0;
		}
		if (!num_int(equals + 1, 0, about->most, &value) || (value && value < about->least))
			return err_set(e, ERR_INPUT, "%s is 0 (no limit), or from %lld to %lld %s",
			    about->name, (long long)about->least, (long long)about->most, about->unit);
		a->agreed[i] = value;
		return 0;
	}
	return err_set(e, ERR_INPUT, "there is no limit %.*s; carrelctl account OWNER shows them", (int)n,
	    word);
}

static int
change(struct ctl *c, struct account *a, struct err *e)
{
	bool is_reset = c->count == 2 && strcmp(c->args[1], "reset") == 0;

	if (is_reset && !a->is_agreed)
		return 0;
	for (int i = 1; i < c->count && !is_reset; i++) {
		const char *equals = strchr(c->args[i], '=');

		if (equals && set_limit(a, c->args[i], equals, e) < 0)
			return -1;
		if (!equals && tier_rank(c->args[i]) < 0)
			return err_set(e, ERR_INPUT, "there is no tier %s", c->args[i]);
		if (!equals)
			a->tier = c->args[i];
	}
	if (db_begin(c->db, e) == 0 &&
	    (is_reset ? account_delete(c->db, a->owner, e) :
	    account_set(c->db, a, clock_wall_ms(), e)) == 0 &&
	    event_add(c->db, "carrelctl", "account", NULL, a->owner, clock_wall_ms(), e) == 0 &&
	    db_commit(c->db, e) == 0)
		return 0;
	db_rollback(c->db);
	return -1;
}

int
cmd_account(struct ctl *c, struct err *e)
{
	struct account a;

	if (c->count == 0)
		return show_all(c, e);
	if (strlen(c->args[0]) >= OWNER_SIZE)
		return err_set(e, ERR_INPUT, "this is no owner: local, or key- and 8 digits");
	if (account_get(c->db, &c->conf, c->args[0], &c->arena, &a, e) < 0)
		return -1;
	if (c->count > 1 && (change(c, &a, e) < 0 ||
	    account_get(c->db, &c->conf, c->args[0], &c->arena, &a, e) < 0))
		return -1;
	print_tier(c, &a);
	return 0;
}
