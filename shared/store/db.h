#ifndef STORE_DB_H
#define STORE_DB_H
/*
 * The store: one SQLite database in WAL mode, the truth of everything.
 *
 * One struct db per thread.  Reading functions need no transaction.  Every writing function
 * of this folder must be called between db_begin and db_commit; db_begin takes the one
 * writer lock (a process-shared robust mutex in /run/carrel/lock, at most 5 s; after that
 * SQLite's own lock decides) and BEGIN IMMEDIATE.  Keep transactions short, no I/O inside.
 * After a failure call db_rollback.  Nobody but the checkpointer (keep) checkpoints.
 */
#include <stdint.h>

#include "../base/err.h"
#include "../base/mem.h"

#define DB_PATH "/run/carrel/var/carrel.db"
#define DB_LOCK "/run/carrel/lock"

struct db;

/* Opens path (NULL: DB_PATH).  The schema must be current (db_migrate). */
struct db *db_open(const char *path, struct err *e);
void db_close(struct db *db);
/* Creates the file (mode 0660) if need be and applies the migrations that are missing; a
 * schema from the future is an error. */
int db_migrate(const char *path, struct err *e);
/* Makes the lock file; once, by carreld, before anybody opens the store. */
int db_make_lock(const char *path, struct err *e);

int db_begin(struct db *db, struct err *e);
int db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);	/* also fine outside a transaction */
/* Moves the WAL into the database; truncates it when it is over max_bytes. */
int db_checkpoint(struct db *db, int64_t max_bytes, struct err *e);
/* Runs the invariants of sql/check.sql given as text; the names of those that returned rows
 * are written to out, separated by spaces ("" = all hold). */
int db_check(struct db *db, const char *sql, char *out, size_t size, struct err *e);

#endif
