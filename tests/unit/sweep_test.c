/* Each duty of sweep, in a folder of its own; twice, for doing it again changes nothing. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "../../runner/sweep/sweep.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/access.h"
#include "../../shared/store/job.h"
#include "../../shared/store/workspace.h"

#define NOW 1795337020000LL	/* 2026-11-22 */
#define DAY 86400000LL

static struct sweep s;
static struct err e;
static char var[64], progress[80], store[96];

static int
start(void **state)
{
	(void)state;
	snprintf(var, sizeof(var), "/tmp/carrel-sweep-%d", (int)getpid());
	snprintf(progress, sizeof(progress), "%s/progress", var);
	snprintf(store, sizeof(store), "%s/carrel.db", var);
	file_remove_tree(var, &e);
	if (file_mkdirs(progress, 0700, &e) < 0 || db_migrate(store, &e) < 0)
		return -1;
	s = (struct sweep){
	    .db = db_open(store, &e), .var = var, .progress = progress, .now = NOW};
	return s.db ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	db_close(s.db);
	return file_remove_tree(var, &e);
}

static void
put(const char *folder, const char *name, size_t n)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	close(fd);
}

/* −1: absent. */
static long long
size_of(const char *folder, const char *name)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &st) < 0 ? -1 : (long long)st.st_size;
}

static int
count(const char *folder)
{
	struct dirent *entry;
	DIR *d = opendir(folder);
	int n = 0;

	assert_non_null(d);
	while ((entry = readdir(d)))
		n += entry->d_name[0] != '.';
	closedir(d);
	return n;
}

static void
test_expire(void **state)
{
	unsigned char old[TOKEN_HASH_BYTES] = {1}, young[TOKEN_HASH_BYTES] = {2};
	struct arena a = {0};
	const char *caller;

	(void)state;
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(session_add(s.db, old, "x", NOW - SESSION_MS - 1, &e), 0);
	assert_int_equal(session_add(s.db, young, "x", NOW - SESSION_MS + 1000, &e), 0);
	assert_int_equal(db_commit(s.db, &e), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sweep_expire(&s, &e), 0);
		/* At a time when both were valid: one is gone, not only out of date. */
		assert_int_equal(
		    session_get(s.db, old, NOW - SESSION_MS, &a, &caller, &e), -1);
		assert_int_equal(session_get(s.db, young, NOW, &a, &caller, &e), 0);
	}
	arena_free(&a);
}

static void
add_job(const char *workspace, int64_t at, int64_t ended, char job[ID_SIZE])
{
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(job_ask_write(s.db, workspace, "x", "p", NULL, at, job, &e), 0);
	if (ended)
		assert_int_equal(
		    job_fail(s.db, job, "internal", "no", 0, 0, 0, ended, &e), 0);
	assert_int_equal(db_commit(s.db, &e), 0);
	put(progress, job, 10);
}

static void
test_progress(void **state)
{
	struct workspace w = {
	    .kind = "app", .title = "t", .owner = "x", .created_at = NOW - DAY};
	char old[ID_SIZE], young[ID_SIZE], running[ID_SIZE], gone[ID_SIZE];

	(void)state;
	id_new(w.id);
	id_new(gone);
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(workspace_add(s.db, &w, &e), 0);
	assert_int_equal(db_commit(s.db, &e), 0);
	add_job(w.id, NOW - DAY, NOW - PROGRESS_KEPT_MS - 1, old);
	add_job(w.id, NOW - DAY, NOW - PROGRESS_KEPT_MS + 1000, young);
	add_job(w.id, NOW - DAY, 0, running);
	put(progress, gone, 5);
	put(progress, "not-an-id", 5);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sweep_progress(&s, &e), 0);
		assert_int_equal(size_of(progress, old), -1);
		assert_int_equal(size_of(progress, gone), -1);
		assert_int_equal(size_of(progress, young), 10);
		assert_int_equal(size_of(progress, running), 10);
		assert_int_equal(size_of(progress, "not-an-id"), 5);
	}
	s.progress = NULL;
	assert_int_equal(sweep_progress(&s, &e), 0);
}

static void
test_rotate(void **state)
{
	char logs[96], path[128];
	int held;

	(void)state;
	assert_int_equal(sweep_rotate(&s, &e), 0);	/* no log yet */
	snprintf(logs, sizeof(logs), "%s/log", var);
	assert_int_equal(file_mkdirs(logs, 0700, &e), 0);
	put(logs, "carrel.log", LOG_MAX_BYTES);
	assert_int_equal(sweep_rotate(&s, &e), 0);
	assert_int_equal(size_of(logs, "carrel.log"), LOG_MAX_BYTES);
	/* A process holds the log as carreld's children do: what it writes later goes into the
	 * emptied file. */
	snprintf(path, sizeof(path), "%s/carrel.log", logs);
	held = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	for (int i = 1; i <= LOGS_KEPT + 2; i++) {
		put(logs, "carrel.log", (size_t)LOG_MAX_BYTES + (size_t)i);
		assert_int_equal(sweep_rotate(&s, &e), 0);
		assert_int_equal(size_of(logs, "carrel.log"), 0);
		assert_int_equal(size_of(logs, "carrel.log.1"), LOG_MAX_BYTES + i);
		assert_int_equal(sweep_rotate(&s, &e), 0);
		assert_int_equal(size_of(logs, "carrel.log.1"), LOG_MAX_BYTES + i);
	}
	assert_int_equal(write(held, "line\n", 5), 5);
	close(held);
	assert_int_equal(size_of(logs, "carrel.log"), 5);
	assert_int_equal(size_of(logs, "carrel.log.2"), LOG_MAX_BYTES + LOGS_KEPT + 1);
	assert_int_equal(count(logs), 1 + LOGS_KEPT);
}

static void
test_backup(void **state)
{
	char folder[96], last[32];
	struct stat st;
	char path[160];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/backup", var);
	assert_int_equal(file_mkdirs(folder, 0700, &e), 0);
	put(folder, "carrel-2026-11-20.db.77.new", 100);	/* one that was killed */
	put(folder, "mine.db", 100);
	for (int i = 0; i < BACKUPS_KEPT + 3; i++) {
		s.now = NOW + i * DAY;
		assert_int_equal(sweep_backup(&s, &e), 0);
		assert_int_equal(sweep_backup(&s, &e), 0);
	}
	assert_int_equal(count(folder), BACKUPS_KEPT + 1);
	assert_int_equal(size_of(folder, "mine.db"), 100);
	assert_int_equal(size_of(folder, "carrel-2026-11-24.db"), -1);
	snprintf(last, sizeof(last), "carrel-2026-12-01.db");
	snprintf(path, sizeof(path), "%s/%s", folder, last);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	db_close(s.db);
	s.db = db_open(path, &e);
	assert_non_null(s.db);
	assert_int_equal(sweep_check(&s, &e), 0);
}

static void
test_check(void **state)
{
	sqlite3 *sql;

	(void)state;
	assert_int_equal(sweep_check(&s, &e), 0);
	assert_int_equal(sqlite3_open(store, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql,
			     "INSERT INTO workspace (id, kind, title, owner, versions,"
			     "created_at, updated_at) VALUES "
			     "('aaaaaaaaaaaaaaaaaaaaaaaaaa', 'app', 't', 'x', 3, 1, 1)",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(sql);
	assert_int_equal(sweep_check(&s, &e), -1);
	assert_non_null(strstr(e.text, "versions_counted"));
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(expire), T(progress), T(rotate), T(backup), T(check)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
