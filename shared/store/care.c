#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "care.h"
#include "stmt.h"

/* The text of sql/check.sql, ended by a NUL. */
extern const char care_invariants[];
__asm__(".pushsection .rodata\n"
    ".global care_invariants\n"
    ".hidden care_invariants\n"
    "care_invariants:\n"
    "\t.incbin \"sql/check.sql\"\n"
    "\t.byte 0\n"
    ".popsection\n");

/* The first row of a PRAGMA that says "ok" where all is well. */
static int
ask(sqlite3 *sql, const char *pragma, char *out, size_t size, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int result = 0;

	if (sqlite3_prepare_v2(sql, pragma, -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		result = err_set(
		    e, ERR_INTERNAL, "store: %s: %s", pragma, sqlite3_errmsg(sql));
	else if (strcmp((const char *)sqlite3_column_text(st, 0), "ok") == 0)
		out[0] = '\0';
	else
		snprintf(out, size, "%s", (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	return result;
}

int
store_check(struct db *db, char *out, size_t size, struct err *e)
{
	if (ask(db->sql, "PRAGMA quick_check(1)", out, size, e) < 0)
		return -1;
	return out[0] ? 0 : db_check(db, care_invariants, out, size, e);
}

static int
copy_to(sqlite3 *sql, const char *path, struct err *e)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(sql, "VACUUM INTO ?1", -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc == SQLITE_DONE)
		return 0;
	return err_set(e, (rc & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_INTERNAL,
	    "copy the store to %s: %s", path, sqlite3_errmsg(sql));
}

static int
check_copy(const char *path, struct err *e)
{
	char wrong[200] = "";
	sqlite3 *sql = NULL;
	int result = -1;

	if (sqlite3_open_v2(path, &sql, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		err_set(e, ERR_INTERNAL, "open %s: %s", path, sqlite3_errmsg(sql));
	else if (ask(sql, "PRAGMA integrity_check(1)", wrong, sizeof(wrong), e) == 0)
		result = wrong[0]
		    ? err_set(e, ERR_INTERNAL, "the copy is not sound: %s", wrong)
		    : 0;
	sqlite3_close(sql);
	return result;
}

static int
sync_path(const char *path, int flags, struct err *e)
{
	AUTO_FD int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? err_sys(e, "sync %s", path) : 0;
}

int
store_backup(struct db *db, const char *path, struct err *e)
{
	char new[PATH_MAX], folder[PATH_MAX];
	char *slash;
	int fd, result = -1;

	if (snprintf(new, sizeof(new), "%s.%d.new", path, (int)getpid()) >=
	    (int)sizeof(new))
		return err_set(e, ERR_INPUT, "the name of the copy is too long");
	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	/* An empty file of our own first: the copy holds prompts, and SQLite would let the
	 * umask decide who reads it. */
	if (unlink(new) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", new);
	fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "make %s", new);
	close(fd);
	if (copy_to(db->sql, new, e) == 0 && check_copy(new, e) == 0 &&
	    sync_path(new, O_RDWR, e) == 0) {
		result = rename(new, path) < 0 ? err_sys(e, "rename %s to %s", new, path) :
		    sync_path(slash ? folder : ".", O_RDONLY | O_DIRECTORY, e);
	}
	if (result < 0)
		unlink(new);
	return result;
}
