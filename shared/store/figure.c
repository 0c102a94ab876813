#include "../base/mem.h"
#include "figure.h"
#include "stmt.h"

/* Rows of kind, state and count, or of kind and count. */
static int
collect(sqlite3_stmt *st, struct arena *a, struct figure **rows, struct err *e)
{
	bool has_state = sqlite3_column_count(st) == 3;
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		(*rows)[n++] = (struct figure){stmt_text(st, 0, a),
		    has_state ? stmt_text(st, 1, a) : NULL, stmt_int(st, has_state ? 2 : 1)};
	}
	return got < 0 ? -1 : n;
}

int
figure_sandboxes(struct db *db, struct arena *a, struct figure **rows, struct err *e)
{
	return collect(stmt_bind(db, Q_figure_sandboxes, ""), a, rows, e);
}

int
figure_workspaces(struct db *db, struct arena *a, struct figure **rows, struct err *e)
{
	return collect(stmt_bind(db, Q_figure_workspaces, ""), a, rows, e);
}

int
figure_jobs(struct db *db, struct arena *a, struct figure **rows, struct err *e)
{
	return collect(stmt_bind(db, Q_figure_jobs, ""), a, rows, e);
}

int
figure_assists(struct db *db, struct arena *a, struct figure **rows, struct err *e)
{
	return collect(stmt_bind(db, Q_figure_assists, ""), a, rows, e);
}

int
figure_queue(struct db *db, int64_t *n, int64_t *since, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_figure_queue, "");

	if (stmt_step(st, e) != 1)
		return -1;
	*n = stmt_int(st, 0);
	*since = stmt_int(st, 1);
	stmt_end(st);
	return 0;
}

int
figure_unfrozen(struct db *db, int64_t *n, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_figure_unfrozen, "");

	if (stmt_step(st, e) != 1)
		return -1;
	*n = stmt_int(st, 0);
	stmt_end(st);
	return 0;
}

int
figure_tally(struct db *db, const char *name, struct arena *a, struct tally **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_figure_tally, "t", name);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		(*rows)[n++] = (struct tally){stmt_text(st, 0, a), stmt_int(st, 1), stmt_int(st, 2)};
	}
	return got < 0 ? -1 : n;
}
