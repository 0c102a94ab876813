#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../wire/guest.h"
#include "stmt.h"

static const struct {
	const char *name, *text;
} queries[QUERIES] = {
#define QUERY(name, text) [Q_##name] = {#name, text},
#include "query.def"
#undef QUERY
};

sqlite3_stmt *
stmt_bind(struct db *db, enum query q, const char *fmt, ...)
{
	sqlite3_stmt *st = db->kept[q];
	int rc = SQLITE_OK, at = 1;
	va_list ap;

	if (!st) {
		rc = sqlite3_prepare_v3(db->sql, queries[q].text, -1, SQLITE_PREPARE_PERSISTENT,
		    &st, NULL);
		if (rc != SQLITE_OK)
			BUG("query %s: %s", queries[q].name, sqlite3_errmsg(db->sql));
		db->kept[q] = st;
	}
	if (sqlite3_stmt_busy(st))
		BUG("query %s is still running", queries[q].name);
	if (!sqlite3_stmt_readonly(st))
		db_must_write(db);
	va_start(ap, fmt);
	for (; *fmt; fmt++, at++) {
		if (*fmt == 't') {
			rc = sqlite3_bind_text(st, at, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
		} else if (*fmt == 'b') {
			const void *p = va_arg(ap, const void *);

			rc = sqlite3_bind_blob64(st, at, p, va_arg(ap, size_t), SQLITE_TRANSIENT);
		} else {
			int64_t v = va_arg(ap, int64_t);

			rc = *fmt == 'n' && !v ? sqlite3_bind_null(st, at) :
			    sqlite3_bind_int64(st, at, v);
		}
		if (rc != SQLITE_OK)
			BUG("query %s: argument %d: %s", queries[q].name, at, sqlite3_errmsg(db->sql));
	}
	va_end(ap);
	if (at - 1 != sqlite3_bind_parameter_count(st))
		BUG("query %s takes %d arguments", queries[q].name, sqlite3_bind_parameter_count(st));
	return st;
}

int
stmt_step(sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc != SQLITE_DONE)
		db_err(sqlite3_db_handle(st), "step", e);
	stmt_end(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

void
stmt_end(sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
}

int
stmt_run(sqlite3_stmt *st, struct err *e)
{
	int rc;

	while ((rc = stmt_step(st, e)) == 1)
		;
	return rc;
}

int
stmt_change(struct db *db, sqlite3_stmt *st, struct err *e)
{
	if (stmt_run(st, e) < 0)
		return -1;
	if (sqlite3_changes(db->sql) == 0)
		return err_set(e, ERR_MISSING, "There is nothing at this address.");
	return 0;
}

int
stmt_move(struct db *db, sqlite3_stmt *st, const char *words, struct err *e)
{
	if (stmt_run(st, e) < 0)
		return -1;
	return sqlite3_changes(db->sql) == 0 ? err_set(e, ERR_CONFLICT, "%s", words) : 0;
}

char *
stmt_text(sqlite3_stmt *st, int column, struct arena *a)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	return s ? arena_dupn(a, s, (size_t)sqlite3_column_bytes(st, column)) : NULL;
}

int64_t
stmt_int(sqlite3_stmt *st, int column)
{
	return sqlite3_column_int64(st, column);
}

void
stmt_copy(sqlite3_stmt *st, int column, char *out, size_t size)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	snprintf(out, size, "%s", s ? s : "");
}

int
stmt_first(sqlite3_stmt *st, struct err *e, enum err_kind kind, const char *words)
{
	int got = stmt_step(st, e);

	return got == 0 ? err_set(e, kind, "%s", words) : got < 0 ? -1 : 0;
}

int
stmt_number(sqlite3_stmt *st, int64_t *n, struct err *e)
{
	if (stmt_step(st, e) != 1)
		return -1;
	*n = stmt_int(st, 0);
	stmt_end(st);
	return 0;
}

int
stmt_ids(sqlite3_stmt *st, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	int n = 0, got;

	*ids = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		*ids = stmt_more(a, *ids, n, sizeof(**ids));
		stmt_copy(st, 0, (*ids)[n++], ID_SIZE);
	}
	return got < 0 ? -1 : n;
}

void *
stmt_more(struct arena *a, void *rows, int n, size_t size)
{
	void *more;

	/* Room is for 16 at first, and doubles whenever so many are there. */
	if (n < 16 ? n : n & (n - 1))
		return rows;
	more = arena_new(a, (n ? (size_t)n * 2 : 16) * size);
	if (n)
		memcpy(more, rows, (size_t)n * size);
	return more;
}

int
stmt_source(sqlite3_stmt *st, struct arena *a, struct source *s, struct err *e)
{
	int got;

	s->files = arena_new(a, SOURCE_FILES_MAX * sizeof(*s->files));
	s->count = 0;
	while ((got = stmt_step(st, e)) == 1) {
		struct source_file *f = &s->files[s->count++];

		if (s->count > SOURCE_FILES_MAX)
			BUG("a source of more than %d files", SOURCE_FILES_MAX);
		f->path = stmt_text(st, 0, a);
		f->text = stmt_text(st, 1, a);
		f->len = strlen(f->text);
	}
	return got;
}
