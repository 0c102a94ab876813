#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H
/*
 * Accounts: what the owner of a workspace may use (shared/rule/tier.h), and what was used of
 * it lately.  An owner is a caller of the API: "local", or "key-" and 8 hex digits.
 */
#include "../base/rand.h"
#include "../rule/tier.h"
#include "db.h"

#define OWNER_SIZE 64

/* What was agreed with an account. */
struct account {
	char owner[OWNER_SIZE];
	const char *tier;		/* its name */
	int64_t agreed[TIER_LIMITS];	/* or TIER_AS_IS */
	bool is_agreed;			/* false: nothing was, so the setting's tier holds */
};

/* What one workspace may use, and whose it is. */
struct account_share {
	char owner[OWNER_SIZE];
	bool is_app;
	struct tier tier;
};

/* Never MISSING: who is not known has the default tier (the setting account_tier). */
int account_get(struct db *db, const struct conf *c, const char *owner, struct arena *a,
    struct account *out, struct err *e);
/* Those with whom something was agreed; the count. */
int account_list(struct db *db, struct arena *a, struct account **rows, struct err *e);
/* The values for an owner's notebooks, and his quotas. */
int account_tier(struct db *db, const struct conf *c, const char *owner, struct tier *t,
    struct err *e);
/* The values that a workspace has: the lower of its own tier and its owner's.  MISSING: there
 * is no such workspace. */
int account_share(struct db *db, const struct conf *c, const char *workspace,
    struct account_share *s, struct err *e);

/* All below want a transaction. */
int account_set(struct db *db, const struct account *a, int64_t now, struct err *e);
/* MISSING where nothing was agreed. */
int account_delete(struct db *db, const char *owner, struct err *e);
/* Counts the making of an app or notebook; QUOTA with a sentence and a time where that would
 * be too many. */
int account_count_creation(struct db *db, const struct conf *c, const char *owner,
    int64_t now, struct err *e);
/* Lowers *tokens to what an owner has left for today; QUOTA where that is less than least. */
int account_limit_tokens(struct db *db, const struct conf *c, const char *owner, int64_t least,
    int64_t now, int64_t *tokens, struct err *e);

#endif
