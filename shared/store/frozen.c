#include "frozen.h"
#include "stmt.h"

int
frozen_get(struct db *db, const char *workspace, int64_t version, struct arena *a,
    struct frozen *f, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_frozen_get, "ti", workspace, version);
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	stmt_copy(st, 0, f->packages, sizeof(f->packages));
	f->problem = stmt_text(st, 1, a);
	f->bytes = stmt_int(st, 2);
	f->took_ms = stmt_int(st, 3);
	f->made_at = stmt_int(st, 4);
	stmt_end(st);
	return 1;
}

/* Its own files are not to go, if they were; those of older versions are. */
int
frozen_set(struct db *db, const char *workspace, int64_t version, const struct frozen *f,
    struct err *e)
{
	if (stmt_run(stmt_bind(db, Q_frozen_set, "titt" "iii", workspace, version, f->packages,
	    f->problem, f->bytes, f->took_ms, f->made_at), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_frozen_verdict, "tit", workspace, version,
	    f->packages[0] ? "good" : "marked"), e) < 0)
		return -1;
	if (f->packages[0] && thaw_done(db, workspace, version, e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_frozen_trim, "t", workspace), e);
}

int
thaw_list(struct db *db, struct thaw rows[THAWS_AT_ONCE], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_thaw_list, "");
	int n = 0, got;

	while ((got = stmt_step(st, e)) == 1) {
		stmt_copy(st, 0, rows[n].workspace, sizeof(rows[n].workspace));
		rows[n++].version = stmt_int(st, 1);
	}
	return got < 0 ? -1 : n;
}

int
thaw_done(struct db *db, const char *workspace, int64_t version, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_thaw_done, "ti", workspace, version), e);
}

int
frozen_set_shot(struct db *db, const char *workspace, int64_t version, bool is_there,
    struct err *e)
{
	return stmt_run(stmt_bind(db, Q_shot_set, "tii", workspace, version,
	    (int64_t)(is_there ? FROZEN_SHOT : FROZEN_SHOTLESS)), e);
}

int
frozen_next_shot(struct db *db, char workspace[ID_SIZE], int64_t *version, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_shot_next, "");
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	stmt_copy(st, 0, workspace, ID_SIZE);
	*version = stmt_int(st, 1);
	stmt_end(st);
	return 1;
}

enum frozen_shot
frozen_get_shot(struct db *db, const char *workspace, int64_t version)
{
	sqlite3_stmt *st = stmt_bind(db, Q_shot_get, "ti", workspace, version);
	enum frozen_shot shot;

	if (stmt_step(st, NULL) != 1)
		return FROZEN_GONE;
	shot = (enum frozen_shot)stmt_int(st, 0);
	stmt_end(st);
	return shot;
}
