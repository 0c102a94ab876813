#include <stdio.h>
#include <string.h>

#include "../rule/quota.h"
#include "account.h"
#include "stmt.h"

static void
read_row(sqlite3_stmt *st, struct arena *a, struct account *out)
{
	stmt_copy(st, 0, out->owner, sizeof(out->owner));
	out->tier = stmt_text(st, 1, a);
	out->is_agreed = true;
	for (int i = 0; i < TIER_LIMITS; i++)
		out->agreed[i] = sqlite3_column_type(st, 2 + i) == SQLITE_NULL ? TIER_AS_IS :
		    stmt_int(st, 2 + i);
}

int
account_get(struct db *db, const struct conf *c, const char *owner, struct arena *a,
    struct account *out, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_account_get, "t", owner);
	int got = stmt_step(st, e);

	if (got == 1) {
		read_row(st, a, out);
		stmt_end(st);
		return 0;
	}
	*out = (struct account){.tier = c->account_tier};
	snprintf(out->owner, sizeof(out->owner), "%s", owner);
	for (int i = 0; i < TIER_LIMITS; i++)
		out->agreed[i] = TIER_AS_IS;
	return got;
}

int
account_list(struct db *db, struct arena *a, struct account **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_account_list, "");
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		read_row(st, a, &(*rows)[n++]);
	}
	return got < 0 ? -1 : n;
}

int
account_tier(struct db *db, const struct conf *c, const char *owner, struct tier *t,
    struct err *e)
{
	struct arena a = {0};
	struct account account;
	int rc = account_get(db, c, owner, &a, &account, e);

	if (rc == 0)
		tier_make(c, account.tier, account.agreed, false, t);
	arena_free(&a);
	return rc;
}

int
account_share(struct db *db, const struct conf *c, const char *workspace,
    struct account_share *s, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_account_of, "t", workspace);
	struct arena a = {0};
	struct account account;
	const char *chosen;
	int rc;

	if (stmt_first(st, e, ERR_MISSING, "There is nothing with this id.") < 0)
		return -1;
	stmt_copy(st, 0, s->owner, sizeof(s->owner));
	s->is_app = strcmp((const char *)sqlite3_column_text(st, 1), "app") == 0;
	chosen = stmt_text(st, 2, &a);
	stmt_end(st);
	rc = account_get(db, c, s->owner, &a, &account, e);
	/* What was agreed is agreed for the account's own tier. */
	if (rc == 0 && tier_rank(chosen) < tier_rank(account.tier))
		tier_make(c, chosen, NULL, s->is_app, &s->tier);
	else if (rc == 0)
		tier_make(c, account.tier, account.agreed, s->is_app, &s->tier);
	arena_free(&a);
	return rc;
}

int
account_set(struct db *db, const struct account *a, int64_t now, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_account_set, "tti" "nnnnnnnnnnnnnn", a->owner, a->tier,
	    now, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL, 0LL);

	for (int i = 0; i < TIER_LIMITS; i++)
		if (a->agreed[i] != TIER_AS_IS)
			sqlite3_bind_int64(st, 4 + i, a->agreed[i]);
	return stmt_run(st, e);
}

int
account_delete(struct db *db, const char *owner, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_account_delete, "t", owner), e);
}

int
account_count_creation(struct db *db, const struct conf *c, const char *owner,
    int64_t now, struct err *e)
{
	struct quota_use u = {0};
	sqlite3_stmt *st;
	struct tier t;

	if (account_tier(db, c, owner, &t, e) < 0)
		return -1;
	if (!t.creates_minute && !t.creates_day)
		return 0;
	st = stmt_bind(db, Q_creation_use, "tii", owner, now - QUOTA_MINUTE_MS,
	    now - QUOTA_DAY_MS);
	if (stmt_step(st, e) != 1)
		return -1;
	u.minute = stmt_int(st, 0);
	u.minute_first = stmt_int(st, 1);
	u.day = stmt_int(st, 2);
	u.day_first = stmt_int(st, 3);
	stmt_end(st);
	if (quota_creation(&t, &u, now, e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_creation_drop, "ti", owner, now - QUOTA_DAY_MS), e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_creation_add, "ti", owner, now), e);
}

int
account_limit_tokens(struct db *db, const struct conf *c, const char *owner, int64_t least,
    int64_t now, int64_t *tokens, struct err *e)
{
	int64_t since = now / QUOTA_HOUR_MS - 24, first, promised;
	struct quota_tokens u = {.wanted = *tokens, .least = least};
	sqlite3_stmt *st;
	struct tier t;

	if (account_tier(db, c, owner, &t, e) < 0)
		return -1;
	if (!t.agent_tokens_day)
		return 0;
	if (stmt_run(stmt_bind(db, Q_spent_drop, "ti", owner, since), e) < 0)
		return -1;
	st = stmt_bind(db, Q_spent_use, "ti", owner, since);
	if (stmt_step(st, e) != 1)
		return -1;
	u.spent = stmt_int(st, 0);
	first = stmt_int(st, 1);
	stmt_end(st);
	if (stmt_number(stmt_bind(db, Q_spent_open, "t", owner), &promised, e) < 0)
		return -1;
	u.promised = promised;
	u.frees_at = first ? (first + 24) * QUOTA_HOUR_MS : 0;
	return quota_agent(&t, &u, now, tokens, e);
}
