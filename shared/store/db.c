#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../base/log.h"
#include "db.h"
#include "stmt.h"

#define BUSY_MS 5000
#define CACHE_KB 256

static const struct {
	int number;
	const char *text;
} moves[] = {
#define MOVE(number, text) {number, text},
#include "move.def"
#undef MOVE
};

int
db_err(sqlite3 *sql, const char *what, struct err *e)
{
	int rc = sql ? sqlite3_extended_errcode(sql) : SQLITE_NOMEM;
	const char *why = sql ? sqlite3_errmsg(sql) : "no memory";

	if ((rc & 0xff) == SQLITE_READONLY ||
	    ((rc & 0xff) == SQLITE_IOERR && sqlite3_system_errno(sql) == EROFS))
		err_set(e, ERR_READONLY, "%s", "");
	else if ((rc & 0xff) == SQLITE_FULL || rc == SQLITE_IOERR_WRITE)
		err_set(e, ERR_FULL, "%s", "");
	else if ((rc & 0xff) == SQLITE_BUSY)
		err_set(e, ERR_BUSY, "%s", "");
	else
		return err_set(e, ERR_INTERNAL, "store: %s: %s (%d)", what, why, rc);
	log_error("store: %s: %s (%d)", what, why, rc);
	return -1;
}

int
db_make_lock(const char *path, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
	pthread_mutexattr_t attr;
	pthread_mutex_t *m;

	if (fd < 0 || ftruncate(fd, sizeof(*m)) < 0 || fchmod(fd, 0660) < 0)
		return err_sys(e, "make %s", path);
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (m == MAP_FAILED)
		return err_sys(e, "map %s", path);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
	munmap(m, sizeof(*m));
	return 0;
}

static pthread_mutex_t *
map_lock(void)
{
	AUTO_FD int fd = open(DB_LOCK, O_RDWR | O_CLOEXEC);
	void *m;

	if (fd < 0)
		return NULL;
	m = mmap(NULL, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return m == MAP_FAILED ? NULL : m;
}

static int
run_text(sqlite3 *sql, const char *text, struct err *e)
{
	if (sqlite3_exec(sql, text, NULL, NULL, NULL) != SQLITE_OK)
		return db_err(sql, text, e);
	return 0;
}

static int
open_sql(const char *path, int flags, sqlite3 **sql, struct err *e)
{
	char pragma[64];

	if (sqlite3_open_v2(path, sql, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		db_err(*sql, path, e);
		sqlite3_close(*sql);
		return -1;
	}
	sqlite3_extended_result_codes(*sql, 1);
	sqlite3_busy_timeout(*sql, BUSY_MS);
	sqlite3_db_config(*sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(*sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	snprintf(pragma, sizeof(pragma), "PRAGMA cache_size=-%d", CACHE_KB);
	if (run_text(*sql, pragma, e) < 0 || run_text(*sql, "PRAGMA wal_autocheckpoint=0;"
	    "PRAGMA foreign_keys=ON;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=0", e) < 0) {
		sqlite3_close(*sql);
		return -1;
	}
	return 0;
}

static int
schema_number(sqlite3 *sql)
{
	sqlite3_stmt *st;
	int n = -1;

	if (sqlite3_prepare_v2(sql, "PRAGMA user_version", -1, &st, NULL) != SQLITE_OK)
		return -1;
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return n;
}

int
db_migrate(const char *path, struct err *e)
{
	int last = moves[COUNT(moves) - 1].number, have, result = -1;
	sqlite3 *sql;
	AUTO_FD int fd = -1;
	char mark[64];

	path = path ? path : DB_PATH;
	/* SQLite gives the files beside it the mode that this one has. */
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
	if (fd < 0 || fchmod(fd, 0660) < 0)
		return err_sys(e, "make %s", path);
	if (open_sql(path, SQLITE_OPEN_READWRITE, &sql, e) < 0)
		return -1;
	if (run_text(sql, "PRAGMA journal_mode=WAL", e) < 0)
		goto out;
	have = schema_number(sql);
	if (have < 0 || have > last) {
		err_set(e, ERR_INTERNAL, "%s was written by a newer Carrel (schema %d, this one "
		    "knows %d)", path, have, last);
		goto out;
	}
	for (size_t i = 0; i < COUNT(moves); i++) {
		if (moves[i].number <= have)
			continue;
		snprintf(mark, sizeof(mark), "PRAGMA user_version=%d;COMMIT", moves[i].number);
		if (run_text(sql, "BEGIN IMMEDIATE", e) < 0 ||
		    run_text(sql, moves[i].text, e) < 0 || run_text(sql, mark, e) < 0)
			goto out;
	}
	result = 0;
out:
	sqlite3_close(sql);
	return result;
}

struct db *
db_open(const char *path, struct err *e)
{
	struct db *db;
	sqlite3 *sql;

	if (open_sql(path ? path : DB_PATH, SQLITE_OPEN_READWRITE, &sql, e) < 0)
		return NULL;
	if (schema_number(sql) != moves[COUNT(moves) - 1].number) {
		err_set(e, ERR_INTERNAL, "the store's schema is not this program's");
		sqlite3_close(sql);
		return NULL;
	}
	db = mem_new(sizeof(*db));
	db->sql = sql;
	db->lock = path ? NULL : map_lock();
	return db;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	db_rollback(db);
	for (int i = 0; i < QUERIES; i++)
		sqlite3_finalize(db->kept[i]);
	sqlite3_close(db->sql);
	if (db->lock)
		munmap(db->lock, sizeof(*db->lock));
	free(db);
}

static void
take_lock(struct db *db)
{
	struct timespec until;
	int rc;

	if (!db->lock)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);	/* the other one may be set back */
	until.tv_sec += BUSY_MS / 1000;
	rc = pthread_mutex_clocklock(db->lock, CLOCK_MONOTONIC, &until);
	if (rc == EOWNERDEAD)	/* its owner was killed; SQLite rolls its work back itself */
		rc = pthread_mutex_consistent(db->lock);
	db->has_lock = rc == 0;
	if (rc)
		log_warn("writer lock not had: %s", strerror(rc));
}

static void
drop_lock(struct db *db)
{
	if (db->has_lock)
		pthread_mutex_unlock(db->lock);
	db->has_lock = false;
}

int
db_begin(struct db *db, struct err *e)
{
	if (db->is_writing)
		BUG("a transaction within a transaction");
	take_lock(db);
	if (run_text(db->sql, "BEGIN IMMEDIATE", e) < 0) {
		drop_lock(db);
		return -1;
	}
	db->is_writing = true;
	return 0;
}

int
db_commit(struct db *db, struct err *e)
{
	db_must_write(db);
	if (run_text(db->sql, "COMMIT", e) < 0) {
		db_rollback(db);
		return -1;
	}
	db->is_writing = false;
	drop_lock(db);
	return 0;
}

void
db_rollback(struct db *db)
{
	if (!db->is_writing)
		return;
	if (!sqlite3_get_autocommit(db->sql))
		run_text(db->sql, "ROLLBACK", NULL);
	db->is_writing = false;
	drop_lock(db);
}

int
db_checkpoint(struct db *db, int64_t max_bytes, struct err *e)
{
	const char *path = sqlite3_db_filename(db->sql, "main");
	const char *wal = path ? sqlite3_filename_wal(path) : NULL;
	struct stat st;
	int mode = SQLITE_CHECKPOINT_PASSIVE, rc;

	if (wal && stat(wal, &st) == 0 && st.st_size > max_bytes)
		mode = SQLITE_CHECKPOINT_TRUNCATE;
	take_lock(db);
	rc = sqlite3_wal_checkpoint_v2(db->sql, NULL, mode, NULL, NULL);
	drop_lock(db);
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		return db_err(db->sql, "checkpoint", e);
	return 0;
}

int
db_check(struct db *db, const char *text, char *out, size_t size, struct err *e)
{
	const char *at = text, *name;
	sqlite3_stmt *st;
	size_t n = 0;

	out[0] = '\0';
	while ((name = strstr(at, "-- name: "))) {
		int len, rc;

		name += strlen("-- name: ");
		len = (int)strcspn(name, "\n");
		if (sqlite3_prepare_v2(db->sql, name + len, -1, &st, &at) != SQLITE_OK)
			return db_err(db->sql, "check", e);
		rc = sqlite3_step(st);
		sqlite3_finalize(st);
		if (rc == SQLITE_ROW && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%.*s", n ? " " : "", len, name);
		else if (rc != SQLITE_DONE && rc != SQLITE_ROW)
			return db_err(db->sql, "check", e);
	}
	return 0;
}

void
db_must_write(struct db *db)
{
	if (!db->is_writing)
		BUG("writing outside a transaction");
}
