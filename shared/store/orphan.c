#include "orphan.h"
#include "stmt.h"

#define MEMORY_GONE "What this notebook slept in is gone from the disk, so its variables are " \
	"gone. Your notebook and its files are as they were; run it again."
#define FILES_GONE "The files of this notebook are gone from the disk. Whoever runs this " \
	"Carrel may have a copy of them in its backups."

int
care_held(struct db *db, struct arena *a, struct held **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_care_held, "");
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		stmt_copy(st, 0, (*rows)[n].workspace, ID_SIZE);
		stmt_copy(st, 1, (*rows)[n++].image, ID_SIZE);
	}
	return got < 0 ? -1 : n;
}

int
orphan_list(struct db *db, struct arena *a, struct orphan **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_orphan_list, "");
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		(*rows)[n].path = stmt_text(st, 0, a);
		(*rows)[n++].found_at = stmt_int(st, 1);
	}
	return got < 0 ? -1 : n;
}

int
care_knows(struct db *db, const struct held *h, struct err *e)
{
	sqlite3_stmt *st = h->image[0] ?
	    stmt_bind(db, Q_care_has_snapshot, "tt", h->image, h->workspace) :
	    stmt_bind(db, Q_care_has_workspace, "t", h->workspace);
	int got = stmt_step(st, e);

	if (got == 1)
		stmt_end(st);
	return got;
}

int
care_lost(struct db *db, const struct held *h, struct err *e)
{
	int is_news;

	if (!h->image[0]) {
		if (stmt_run(stmt_bind(db, Q_care_notice, "tt", h->workspace, FILES_GONE), e) < 0)
			return -1;
		return sqlite3_changes(db->sql) > 0;
	}
	if (stmt_run(stmt_bind(db, Q_care_snapshot_lost, "tt", h->image,
	    "It is gone from the disk."), e) < 0)
		return -1;
	is_news = sqlite3_changes(db->sql) > 0;
	if (stmt_run(stmt_bind(db, Q_care_sleep_lost, "ttt", h->workspace, h->image,
	    "What it slept in is gone from the disk."), e) < 0)
		return -1;
	if (sqlite3_changes(db->sql) > 0 &&
	    stmt_run(stmt_bind(db, Q_care_notice, "tt", h->workspace, MEMORY_GONE), e) < 0)
		return -1;
	return is_news;
}

int
care_erase(struct db *db, const struct held *h, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_care_erase, "tt", h->workspace, h->image), e);
}

int
orphan_add(struct db *db, const char *path, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_orphan_add, "ti", path, now), e);
}

int
orphan_drop(struct db *db, const char *path, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_orphan_drop, "t", path), e);
}

int
orphan_forget(struct db *db, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_orphan_forget, ""), e);
}

int
care_shift_clock(struct db *db, int64_t by_ms, struct err *e)
{
	static const enum query shifts[] = {Q_shift_sandbox, Q_shift_notebook, Q_shift_job,
	    Q_shift_assist, Q_shift_orphan, Q_shift_lease};

	for (size_t i = 0; i < COUNT(shifts); i++)
		if (stmt_run(stmt_bind(db, shifts[i], "i", by_ms), e) < 0)
			return -1;
	return 0;
}

int
care_clamp_clock(struct db *db, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_clamp_sandbox, "i", now), e);
}

int
care_retain(struct db *db, int64_t events_before, int64_t autos, int64_t now, struct err *e)
{
	if (stmt_run(stmt_bind(db, Q_event_expire, "i", events_before), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_snapshot_trim_auto, "i", autos), e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_lease_expire, "i", now), e);
}
