#include <string.h>

#include "pass.h"
#include "stmt.h"

int
share_add(struct db *db, const struct share *s,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	return stmt_run(stmt_bind(db, Q_share_add, "tttbi", s->id, s->workspace, s->kind, hash,
	    (size_t)TOKEN_HASH_BYTES, s->created_at), e);
}

static void
read_share(sqlite3_stmt *st, struct arena *a, struct share *s)
{
	stmt_copy(st, 0, s->id, sizeof(s->id));
	stmt_copy(st, 1, s->workspace, sizeof(s->workspace));
	s->kind = stmt_text(st, 2, a);
	s->created_at = stmt_int(st, 3);
}

int
share_list(struct db *db, const char *workspace, struct arena *a, struct share **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_share_list, "t", workspace);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		read_share(st, a, &(*rows)[n++]);
	}
	return got < 0 ? -1 : n;
}

int
share_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], struct arena *a,
    struct share *s, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_share_get, "b", hash, (size_t)TOKEN_HASH_BYTES);

	if (stmt_first(st, e, ERR_MISSING, "This link is not valid any more.") < 0)
		return -1;
	read_share(st, a, s);
	stmt_end(st);
	return 0;
}

int
share_delete(struct db *db, const char *workspace, const char *id, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_share_delete, "tt", id, workspace), e);
}

int
pass_add(struct db *db, const struct pass *p, bool is_ticket,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	return stmt_run(stmt_bind(db, Q_pass_add, "btttii", hash, (size_t)TOKEN_HASH_BYTES,
	    p->workspace, p->kind, p->share[0] ? p->share : NULL, (int64_t)is_ticket,
	    p->expires_at), e);
}

int
pass_trim(struct db *db, const char *workspace, const char *share, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_pass_trim, "tti", workspace,
	    share[0] ? share : NULL, (int64_t)PASSES_MAX), e);
}

static void
read_pass(sqlite3_stmt *st, struct pass *p)
{
	memset(p, 0, sizeof(*p));
	stmt_copy(st, 0, p->workspace, sizeof(p->workspace));
	stmt_copy(st, 1, p->kind, sizeof(p->kind));
	stmt_copy(st, 2, p->share, sizeof(p->share));
	p->expires_at = stmt_int(st, 3);
}

int
pass_get(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct pass *p, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_pass_get, "bi", hash, (size_t)TOKEN_HASH_BYTES, now);

	if (stmt_first(st, e, ERR_AUTH, "This link is not valid any more.") < 0)
		return -1;
	read_pass(st, p);
	stmt_end(st);
	return 0;
}

int
pass_has_ticket(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_pass_has_ticket, "b", hash,
	    (size_t)TOKEN_HASH_BYTES);
	int got = stmt_step(st, e);

	if (got == 1)
		stmt_end(st);
	return got;
}

int
pass_use_ticket(struct db *db, const unsigned char hash[TOKEN_HASH_BYTES], int64_t now,
    struct pass *p, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_pass_use_ticket, "b", hash,
	    (size_t)TOKEN_HASH_BYTES);

	if (stmt_first(st, e, ERR_AUTH, "This link was used already.") < 0)
		return -1;
	read_pass(st, p);
	if (stmt_run(st, e) < 0)
		return -1;
	return p->expires_at > now ? 0 : err_set(e, ERR_AUTH, "This link has expired.");
}

int
pass_drop_owners(struct db *db, const char *workspace, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_pass_drop_all, "t", workspace), e);
}
