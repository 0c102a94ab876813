#include <string.h>

#include "stmt.h"
#include "version.h"

static void
read_row(sqlite3_stmt *st, struct arena *a, struct version *v)
{
	v->n = stmt_int(st, 0);
	v->parent = stmt_int(st, 1);
	v->job = stmt_text(st, 2, a);
	v->author = stmt_text(st, 3, a);
	v->prompt = stmt_text(st, 4, a);
	v->summary = stmt_text(st, 5, a);
	v->model = stmt_text(st, 6, a);
	v->input_tokens = stmt_int(st, 7);
	v->output_tokens = stmt_int(st, 8);
	v->took_ms = stmt_int(st, 9);
	v->verdict = stmt_text(st, 10, a);
	v->created_at = stmt_int(st, 11);
	v->is_frozen = stmt_int(st, 12);
	v->problem = stmt_text(st, 13, a);
}

int
version_get(struct db *db, const char *workspace, int64_t n, struct arena *a,
    struct version *v, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_version_get, "ti", workspace, n);
	int got = stmt_step(st, e);

	if (got < 0)
		return -1;
	if (got == 0)
		return err_field(e, ERR_MISSING, "version", "There is no version %lld of this app.",
		    (long long)n);
	read_row(st, a, v);
	stmt_end(st);
	return 0;
}

int
version_list(struct db *db, const char *workspace, struct arena *a, struct version **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_version_list, "t", workspace);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		read_row(st, a, &(*rows)[n++]);
	}
	return got < 0 ? -1 : n;
}

int
source_get(struct db *db, const char *workspace, int64_t n, struct arena *a, struct source *s,
    struct err *e)
{
	if (stmt_source(stmt_bind(db, Q_source_get, "ti", workspace, n), a, s, e) < 0)
		return -1;
	if (s->count == 0)
		return err_field(e, ERR_MISSING, "version", "There is no version %lld of this app.",
		    (long long)n);
	return 0;
}

int
candidate_get(struct db *db, const char *job, struct arena *a, struct source *s, struct err *e)
{
	return stmt_source(stmt_bind(db, Q_candidate_get, "t", job), a, s, e);
}

const struct source_file *
source_find(const struct source *s, const char *path)
{
	for (int i = 0; i < s->count; i++)
		if (strcmp(s->files[i].path, path) == 0)
			return &s->files[i];
	return NULL;
}
