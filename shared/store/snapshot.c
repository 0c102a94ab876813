#include "snapshot.h"
#include "stmt.h"

int
snapshot_add(struct db *db, const char *id, const char *workspace, const char *kind,
    int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_snapshot_add, "ttti", id, workspace, kind, now), e);
}

static void
read_row(sqlite3_stmt *st, struct arena *a, struct snapshot *s)
{
	stmt_copy(st, 0, s->id, sizeof(s->id));
	stmt_copy(st, 1, s->workspace, sizeof(s->workspace));
	s->kind = stmt_text(st, 2, a);
	s->state = stmt_text(st, 3, a);
	s->bytes = stmt_int(st, 4);
	s->reason = stmt_text(st, 5, a);
	s->created_at = stmt_int(st, 6);
	s->made_at = stmt_int(st, 7);
}

int
snapshot_get(struct db *db, const char *id, struct arena *a, struct snapshot *s,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_snapshot_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no snapshot with this id.") < 0)
		return -1;
	read_row(st, a, s);
	stmt_end(st);
	return 0;
}

int
snapshot_list(struct db *db, const char *workspace, struct arena *a,
    struct snapshot **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_snapshot_list, "t", workspace);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		read_row(st, a, &(*rows)[n++]);
	}
	return got < 0 ? -1 : n;
}

int
snapshot_kept(struct db *db, const char *workspace, int64_t *bytes, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_snapshot_kept, "t", workspace);

	if (stmt_step(st, e) != 1)
		return -1;
	*bytes = stmt_int(st, 0);
	stmt_end(st);
	return 0;
}

int
snapshot_wanted(struct db *db, const char *workspace, char id[ID_SIZE], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_snapshot_wanted, "t", workspace);
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	stmt_copy(st, 0, id, ID_SIZE);
	stmt_end(st);
	return 1;
}

int
snapshot_waiting(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_snapshot_waiting_all, ""), a, ids, e);
}

int
snapshot_set_made(struct db *db, const char *id, int64_t bytes, int64_t now, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_snapshot_made, "tii", id, bytes, now), e);
}

int
snapshot_set_failed(struct db *db, const char *id, const char *reason, int64_t now,
    struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_snapshot_failed, "tti", id, reason, now), e);
}

int
snapshot_delete(struct db *db, const char *id, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_snapshot_delete, "t", id), e);
}

int
snapshot_drop_sleep(struct db *db, const char *workspace, const char *but, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_snapshot_drop_sleep, "tt", workspace, but), e);
}

int
erasure_add(struct db *db, const char *workspace, const char *image, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_erasure_add, "tt", workspace, image), e);
}

int
snapshot_drop_auto(struct db *db, const char *workspace, const char *but, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_snapshot_drop_auto, "tt", workspace, but), e);
}

int
snapshot_get_auto(struct db *db, const char *workspace, struct arena *a, struct snapshot *s,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_snapshot_auto, "t", workspace);
	int got = stmt_step(st, e);

	if (got != 1)
		return got;
	read_row(st, a, s);
	stmt_end(st);
	return 1;
}

int
erasure_list(struct db *db, struct erasure rows[ERASURES_AT_ONCE], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_erasure_list, "");
	int n = 0, got;

	while ((got = stmt_step(st, e)) == 1) {
		stmt_copy(st, 0, rows[n].workspace, sizeof(rows[n].workspace));
		stmt_copy(st, 1, rows[n].image, sizeof(rows[n].image));
		n++;
	}
	return got < 0 ? -1 : n;
}

int
erasure_done(struct db *db, const char *workspace, const char *image, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_erasure_done, "tt", workspace, image), e);
}
