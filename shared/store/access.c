#include <string.h>

#include "access.h"
#include "stmt.h"

int
session_add(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], const char *caller,
    int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_session_add, "btii", hash, (size_t)TOKEN_HASH_BYTES, caller,
	    now, now + SESSION_MS), e);
}

int
session_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct arena *a, const char **caller, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_session_get, "bi", hash, (size_t)TOKEN_HASH_BYTES, now);

	if (stmt_first(st, e, ERR_AUTH, "This session has ended.") < 0)
		return -1;
	*caller = stmt_text(st, 0, a);
	stmt_end(st);
	return 0;
}

int
session_delete(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	return stmt_run(stmt_bind(db, Q_session_delete, "b", hash, (size_t)TOKEN_HASH_BYTES), e);
}

int
idempotency_get(struct db *db, const char *caller, const char *route, const char *key,
    int64_t now, struct idempotency *found, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_idempotency_get, "ttti", caller, route, key,
	    now - IDEMPOTENCY_MS);
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	memset(found, 0, sizeof(*found));
	if (sqlite3_column_bytes(st, 0) == TOKEN_HASH_BYTES)
		memcpy(found->body_hash, sqlite3_column_blob(st, 0), TOKEN_HASH_BYTES);
	stmt_copy(st, 1, found->workspace, sizeof(found->workspace));
	stmt_copy(st, 2, found->job, sizeof(found->job));
	stmt_end(st);
	return 1;
}

int
idempotency_add(struct db *db, const char *caller, const char *route, const char *key,
    const struct idempotency *what, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_idempotency_add, "tttbtti", caller, route, key,
	    what->body_hash, (size_t)TOKEN_HASH_BYTES, what->workspace, what->job, now), e);
}

int
event_add(struct db *db, const char *caller, const char *verb, const char *workspace,
    const char *detail, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_event_add, "itttt", now, caller, verb, workspace, detail),
	    e);
}

int
access_expire(struct db *db, int64_t now, struct err *e)
{
	if (stmt_run(stmt_bind(db, Q_idempotency_expire, "i", now - IDEMPOTENCY_MS), e) < 0)
		return -1;
	if (stmt_run(stmt_bind(db, Q_session_expire, "i", now), e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_pass_expire, "i", now), e);
}

int
lease_take(struct db *db, const char *name, const char *holder, int64_t secs, int64_t now,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_lease_take, "ttii", name, holder, now + secs * 1000, now);
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	return stmt_run(st, e) < 0 ? -1 : 1;
}

int
lease_drop(struct db *db, const char *name, const char *holder, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_lease_drop, "tt", name, holder), e);
}
