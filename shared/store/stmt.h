#ifndef STORE_STMT_H
#define STORE_STMT_H
/*
 * Statements, for the files of this folder only.  Every query of sql/query is prepared at
 * its first use and kept.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "../base/rand.h"
#include "db.h"
#include "version.h"

enum query {
#define QUERY(name, text) Q_##name,
#include "query.def"
#undef QUERY
	QUERIES
};

struct db {
	sqlite3 *sql;
	sqlite3_stmt *kept[QUERIES];
	pthread_mutex_t *lock;	/* NULL where there is none: an offline tool */
	bool has_lock;
	bool is_writing;
};

/* The statement, bound to the arguments that fmt describes: t const char * (NULL is NULL),
 * i int64_t, n int64_t where 0 is NULL, b const void * and size_t.  Never NULL: a statement
 * that cannot be prepared is a bug. */
sqlite3_stmt *stmt_bind(struct db *db, enum query q, const char *fmt, ...);
/* 1: a row; 0: done (and reset); −1. */
int stmt_step(sqlite3_stmt *st, struct err *e);
void stmt_end(sqlite3_stmt *st);	/* resets; for leaving before the last row */
/* Runs to the end. */
int stmt_run(sqlite3_stmt *st, struct err *e);
/* Runs to the end; MISSING unless exactly one row or more was changed. */
int stmt_change(struct db *db, sqlite3_stmt *st, struct err *e);
/* The same, where that means that somebody else was first: CONFLICT with these words. */
int stmt_move(struct db *db, sqlite3_stmt *st, const char *words, struct err *e);
char *stmt_text(sqlite3_stmt *st, int column, struct arena *a);	/* NULL for NULL */
int64_t stmt_int(sqlite3_stmt *st, int column);			/* 0 for NULL */
/* Copies a text column into a fixed array, cut where it does not fit. */
void stmt_copy(sqlite3_stmt *st, int column, char *out, size_t size);
/* The first row is there (0; stmt_end is the caller's), else the error of kind and words. */
int stmt_first(sqlite3_stmt *st, struct err *e, enum err_kind kind, const char *words);
/* The number in the first column of the only row. */
int stmt_number(sqlite3_stmt *st, int64_t *n, struct err *e);
/* The ids in the first column of all rows; the count, or −1. */
int stmt_ids(sqlite3_stmt *st, struct arena *a, char (**ids)[ID_SIZE], struct err *e);
/* The files in the rows of path and text. */
int stmt_source(sqlite3_stmt *st, struct arena *a, struct source *s, struct err *e);
/* A list that grows row by row from NULL: the n rows of size bytes, with room for one more. */
void *stmt_more(struct arena *a, void *rows, int n, size_t size);
/* What SQLite says of its last failure: its words go to the log, a client reads the sentence
 * of the kind. */
int db_err(sqlite3 *sql, const char *what, struct err *e);
void db_must_write(struct db *db);	/* a bug outside db_begin … db_commit */

#endif
