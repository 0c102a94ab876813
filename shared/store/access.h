#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H
/*
 * Who called and what for: sessions of browsers, idempotency keys, the audit.
 */
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define TOKEN_HASH_BYTES 32
#define SESSION_MS (30 * 86400000LL)
#define IDEMPOTENCY_MS 86400000LL

/* All but the getters want a transaction. */
int session_add(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], const char *caller,
    int64_t now, struct err *e);
/* AUTH where there is none, or it has expired. */
int session_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct arena *a, const char **caller, struct err *e);
int session_delete(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], struct err *e);

struct idempotency {
	unsigned char body_hash[TOKEN_HASH_BYTES];
	char workspace[ID_SIZE], job[ID_SIZE];
};

/* 1: this caller used this key on this route within 24 h; 0: not. */
int idempotency_get(struct db *db, const char *caller, const char *route, const char *key,
    int64_t now, struct idempotency *found, struct err *e);
int idempotency_add(struct db *db, const char *caller, const char *route, const char *key,
    const struct idempotency *what, int64_t now, struct err *e);

int event_add(struct db *db, const char *caller, const char *verb, const char *workspace,
    const char *detail, int64_t now, struct err *e);

/* Sweep's: what has expired goes. */
int access_expire(struct db *db, int64_t now, struct err *e);
/* 1: holder has the lease for secs; 0: somebody else has it. */
int lease_take(struct db *db, const char *name, const char *holder, int64_t secs, int64_t now,
    struct err *e);
int lease_drop(struct db *db, const char *name, const char *holder, struct err *e);

#endif
