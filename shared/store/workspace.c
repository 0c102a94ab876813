#include <string.h>

#include "stmt.h"
#include "workspace.h"

static void
read_row(sqlite3_stmt *st, struct arena *a, struct workspace *w)
{
	stmt_copy(st, 0, w->id, sizeof(w->id));
	w->kind = stmt_text(st, 1, a);
	w->title = stmt_text(st, 2, a);
	w->owner = stmt_text(st, 3, a);
	w->user_id = stmt_text(st, 4, a);
	w->parent = stmt_text(st, 5, a);
	w->is_featured = stmt_int(st, 6);
	w->current = stmt_int(st, 7);
	w->versions = stmt_int(st, 8);
	w->is_tried = stmt_int(st, 9);
	w->created_at = stmt_int(st, 10);
	w->updated_at = stmt_int(st, 11);
	w->terminated_at = stmt_int(st, 12);
	w->sandbox_state = stmt_text(st, 13, a);
	w->sandbox_reason = stmt_text(st, 14, a);
	w->last_activity_at = stmt_int(st, 15);
	w->open_job = stmt_text(st, 16, a);
}

int
workspace_add(struct db *db, const struct workspace *w, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_workspace_add, "ttttt" "ti", w->id, w->kind, w->title,
	    w->owner, w->user_id, w->parent, w->created_at), e);
}

int
workspace_get(struct db *db, const char *id, struct arena *a, struct workspace *w,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_workspace_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no app with this id.") < 0)
		return -1;
	read_row(st, a, w);
	stmt_end(st);
	return 0;
}

int
workspace_get_kind(struct db *db, const char *id, const char *kind, struct arena *a,
    struct workspace *w, struct err *e)
{
	int got = workspace_get(db, id, a, w, e);

	if (got == 0 && strcmp(w->kind, kind) == 0)
		return 0;
	if (got < 0 && e->kind != ERR_MISSING)
		return -1;
	return err_set(e, ERR_MISSING, "There is no %s with this id.", kind);
}

int
workspace_list(struct db *db, const char *kind, bool is_featured, const char *search,
    enum workspace_order order, int max, int offset, struct arena *a, struct workspace *rows,
    struct err *e)
{
	static const enum query by[] = {
		[WORKSPACE_BY_UPDATE] = Q_workspace_list,
		[WORKSPACE_BY_TITLE] = Q_workspace_list_by_title,
		[WORKSPACE_BY_CREATION] = Q_workspace_list_by_creation,
	};
	sqlite3_stmt *st = stmt_bind(db, by[order], "titii", kind, (int64_t)is_featured, search,
	    (int64_t)max, (int64_t)offset);
	int n = 0, got;

	while ((got = stmt_step(st, e)) == 1)
		read_row(st, a, &rows[n++]);
	return got < 0 ? -1 : n;
}

int
workspace_each(struct db *db, const char *kind, workspace_fn *fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_workspace_each, "t", kind);
	struct workspace w = {.kind = kind};
	int got;

	while ((got = stmt_step(st, e)) == 1) {
		stmt_copy(st, 0, w.id, sizeof(w.id));
		w.title = (const char *)sqlite3_column_text(st, 1);
		w.is_featured = stmt_int(st, 2);
		w.current = stmt_int(st, 3);
		w.is_tried = stmt_int(st, 4);
		w.terminated_at = stmt_int(st, 5);
		fn(&w, arg);
	}
	return got;
}

int
workspace_count(struct db *db, const char *kind, int64_t *all, int64_t *awake, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_workspace_count, "t", kind);

	if (stmt_step(st, e) != 1)
		return -1;
	*all = stmt_int(st, 0);
	*awake = stmt_int(st, 1);
	stmt_end(st);
	return 0;
}

int
workspace_set_title(struct db *db, const char *id, const char *title, int64_t now,
    struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_workspace_set_title, "tti", id, title, now), e);
}

int
workspace_set_featured(struct db *db, const char *id, bool is_featured, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_workspace_set_featured, "ti", id,
	    (int64_t)is_featured), e);
}

int
workspace_set_terminated(struct db *db, const char *id, int64_t now, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_workspace_set_terminated, "tn", id, now), e);
}

int
workspace_delete(struct db *db, const char *id, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_workspace_delete, "t", id), e);
}

const char *
workspace_status(const struct workspace *w)
{
	if (w->terminated_at)
		return "terminated";
	if (w->current)
		return "active";
	return w->is_tried ? "ready" : "created";
}
