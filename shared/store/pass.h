#ifndef STORE_PASS_H
#define STORE_PASS_H
/*
 * Who may come in at a workspace's own address: the links that were given away, and the
 * tickets and cookies (passes) that links become.  Only hashes are kept.
 *
 * A ticket is used once, within TICKET_MS; what it becomes is a pass.  A pass that came of a
 * share goes with it.
 */
#include <stdint.h>

#include "../base/rand.h"
#include "access.h"

#define TICKET_MS 30000
#define PASS_MS (30 * 86400000LL)
#define SHARES_MAX 100		/* per workspace */
#define PASSES_MAX 2000		/* of one link */

struct share {
	char id[ID_SIZE], workspace[ID_SIZE];
	const char *kind;		/* "view" "app" "edit" */
	int64_t created_at;
};

struct pass {
	char workspace[ID_SIZE];
	char kind[8];			/* "app" "edit" "tool" */
	char share[ID_SIZE];		/* "": the owner's */
	int64_t expires_at;
};

/* All but the getters want a transaction. */
int share_add(struct db *db, const struct share *s,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e);
int share_list(struct db *db, const char *workspace, struct arena *a, struct share **rows,
    struct err *e);
/* MISSING where no share has this token. */
int share_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], struct arena *a,
    struct share *s, struct err *e);
/* With all passes that came of it. */
int share_delete(struct db *db, const char *workspace, const char *id, struct err *e);

int pass_add(struct db *db, const struct pass *p, bool is_ticket,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e);
/* Of one link's passes (share "": the owner's) the PASSES_MAX that last longest stay. */
int pass_trim(struct db *db, const char *workspace, const char *share, struct err *e);
/* AUTH where there is none, or it has expired. */
int pass_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct pass *p, struct err *e);
/* 1: there is such a ticket, maybe too old; 0: not. */
int pass_has_ticket(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES],
    struct err *e);
/* Takes the ticket away and tells what it was; AUTH where there is none (any more). */
int pass_use_ticket(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct pass *p, struct err *e);
/* The owner's link was changed: everybody whom it let in goes. */
int pass_drop_owners(struct db *db, const char *workspace, struct err *e);

#endif
