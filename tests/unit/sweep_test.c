/* Each duty of sweep, in a folder of its own; twice, for doing it again changes nothing. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "../../shared/store/notebook.h"
#include "../../shared/store/orphan.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/store/workspace.h"

#define NOW 1795337020000LL	/* 2026-11-22 */
#define DAY 86400000LL

static struct conf conf;
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
	conf = (struct conf){.backup_volumes = 2, .event_days = 10};
	s = (struct sweep){.conf = &conf,
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

#define BOOK "aaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IMAGE "bbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NOBODY "cccccccccccccccccccccccccc"

static int64_t
ask(const char *text)
{
	sqlite3_stmt *st;
	sqlite3 *sql;
	int64_t n;

	assert_int_equal(sqlite3_open(store, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sql, text, -1, &st, NULL), SQLITE_OK);
	n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : -1;
	sqlite3_finalize(st);
	sqlite3_close(sql);
	return n;
}

static void
tell(const char *text)
{
	sqlite3 *sql;
	char *why = NULL;

	assert_int_equal(sqlite3_open(store, &sql), SQLITE_OK);
	if (sqlite3_exec(sql, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_close(sql);
}

/* A notebook that sleeps in IMAGE, with bytes on the disk for both. */
static void
add_book(void)
{
	const char *const folders[] = {"volume", "snapshot/" BOOK "/" IMAGE, "snapshot/" NOBODY
	    "/" IMAGE, "frozen/" NOBODY "/1", "backup"};
	char path[200];

	tell("INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('"
	    BOOK "', 'notebook', 't', 'x', 1, 1); INSERT INTO notebook (workspace, token_hash, "
	    "template, tier, disk_mb, disk_files, disk_bytes) VALUES ('" BOOK "', "
	    "zeroblob(32), 'blank', 'own', 16, 256, 5000); INSERT INTO snapshot (id, workspace, "
	    "kind, state, created_at, made_at) VALUES ('" IMAGE "', '" BOOK "', 'sleep', 'good', "
	    "1, 1); INSERT INTO sandbox (workspace, state, want, image) VALUES ('" BOOK "', "
	    "'hibernated', 'asleep', '" IMAGE "')");
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", var, folders[i]);
		assert_int_equal(file_mkdirs(path, 0700, &e), 0);
	}
	snprintf(path, sizeof(path), "%s/volume", var);
	put(path, BOOK ".img", 5000);
	put(path, NOBODY ".img", 5000);
	put(path, "goldenmarimo22222222222222.img", 10);
}

static void
test_orphans(void **state)
{
	char path[200];

	(void)state;
	add_book();
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM orphan"), 3);
	assert_int_equal(ask("SELECT count(*) FROM erasure"), 0);
	/* It belongs to somebody after all: a store that was restored twice. */
	tell("INSERT INTO workspace (id, kind, title, owner, created_at, updated_at) VALUES ('"
	    NOBODY "', 'app', 't', 'x', 1, 1)");
	s.now += ORPHAN_GRACE_MS - 1;
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM orphan"), 1);
	tell("DELETE FROM workspace WHERE id = '" NOBODY "'");
	s.now += 1;
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM erasure WHERE workspace = '" NOBODY
	    "' AND image = '" IMAGE "'"), 1);
	assert_int_equal(ask("SELECT count(*) FROM erasure"), 1);
	s.now += ORPHAN_GRACE_MS;
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM erasure WHERE image = ''"), 1);
	snprintf(path, sizeof(path), "%s/frozen/" NOBODY, var);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(ask("SELECT count(*) FROM snapshot WHERE state = 'good'"), 1);
	assert_int_equal(ask("SELECT count(*) FROM notebook WHERE notice <> ''"), 0);
}

static void
test_lost_bytes(void **state)
{
	char path[200];

	(void)state;
	add_book();
	snprintf(path, sizeof(path), "%s/snapshot/" BOOK, var);
	assert_int_equal(file_remove_tree(path, &e), 0);
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM sandbox WHERE state = 'absent' AND image IS NULL"),
	    1);
	assert_int_equal(ask("SELECT count(*) FROM notebook WHERE notice LIKE '%variables are gone%'"),
	    1);
	snprintf(path, sizeof(path), "%s/volume/" BOOK ".img", var);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(sweep_orphans(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM notebook WHERE notice LIKE 'The files of%'"), 1);
	assert_int_equal(sweep_check(&s, &e), 0);
}

static void
test_retain(void **state)
{
	(void)state;
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(event_add(s.db, "x", "old", NULL, "", NOW - 11 * DAY, &e), 0);
	assert_int_equal(event_add(s.db, "x", "new", NULL, "", NOW - 9 * DAY, &e), 0);
	assert_int_equal(lease_take(s.db, "dead", "somebody", 10, NOW - DAY, &e), 1);
	assert_int_equal(db_commit(s.db, &e), 0);
	assert_int_equal(sweep_retain(&s, &e), 0);
	assert_int_equal(sweep_retain(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM event"), 1);
	assert_int_equal(ask("SELECT count(*) FROM lease"), 0);
	conf.event_days = 0;
	s.now += 1000 * DAY;
	assert_int_equal(sweep_retain(&s, &e), 0);
	assert_int_equal(ask("SELECT count(*) FROM event"), 1);
}

/* A lease from before the clock was set back does not hold for ever. */
static void
test_lease_of_the_future(void **state)
{
	(void)state;
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(lease_take(s.db, "sweep-minute", "dead", 600, NOW + 30 * DAY, &e), 1);
	assert_int_equal(lease_take(s.db, "sweep-minute", "me", 600, NOW, &e), 1);
	assert_int_equal(lease_take(s.db, "sweep-minute", "other", 600, NOW, &e), 0);
	assert_int_equal(db_commit(s.db, &e), 0);
}

static void
make_volume(const char *folder)
{
	char command[400];

	snprintf(command, sizeof(command), "truncate -s 16M %s/" BOOK ".img && "
	    "/usr/sbin/mkfs.ext4 -q -F %s/" BOOK ".img", folder, folder);
	assert_int_equal(system(command), 0);
}

static void
test_volumes_and_drill(void **state)
{
	char folder[120], volumes[100], path[260], line[500] = "";
	struct stat st;
	FILE *f;

	(void)state;
	add_book();
	snprintf(volumes, sizeof(volumes), "%s/volume", var);
	snprintf(folder, sizeof(folder), "%s/backup/volume", var);
	for (int i = 0; i < 4; i++) {
		make_volume(volumes);
		s.now = NOW + i * DAY;
		assert_int_equal(sweep_volumes(&s, &e), 0);
		assert_int_equal(sweep_volumes(&s, &e), 0);
	}
	/* Two of each, and none anew while nothing has changed. */
	s.now += 9 * DAY;
	assert_int_equal(sweep_volumes(&s, &e), 0);
	assert_int_equal(size_of(folder, BOOK "-2026-11-24.img"), 16 << 20);
	assert_int_equal(size_of(folder, BOOK "-2026-11-25.img"), 16 << 20);
	assert_int_equal(size_of(folder, BOOK "-2026-11-23.img"), -1);
	snprintf(path, sizeof(path), "%s/" BOOK "-2026-11-25.img", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 < 4 << 20);	/* the holes are holes */

	assert_int_equal(sweep_drill(&s, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	assert_int_equal(sweep_backup(&s, &e), 0);
	snprintf(path, sizeof(path), "rm %s/" NOBODY "*", folder);
	assert_int_equal(system(path), 0);
	assert_int_equal(sweep_drill(&s, &e), 0);
	snprintf(path, sizeof(path), "%s/backup/drill", var);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	assert_non_null(strstr(line, " ok carrel-2026-12-04.db is whole: 0 apps and 1 notebooks"));
	assert_non_null(strstr(line, "so is a volume, " BOOK));
	/* Nothing but the line is left of it. */
	snprintf(path, sizeof(path), "ls -d %s/backup/drill.* 2>/dev/null", var);
	assert_int_not_equal(system(path), 0);
	/* A copy that is none. */
	snprintf(path, sizeof(path), "%s/backup", var);
	put(path, "carrel-2027-01-01.db", 9000);
	assert_int_equal(sweep_drill(&s, &e), -1);
}

/* What lasts goes on lasting as long as it did. */
static void
test_clock_is_set(void **state)
{
	(void)state;
	add_book();
	tell("UPDATE sandbox SET last_activity_at = 1000, ended_at = 5000; UPDATE notebook SET "
	    "held_until = 9000; INSERT INTO orphan VALUES ('x', 77)");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_begin(s.db, &e), 0);
		assert_int_equal(care_shift_clock(s.db, i ? -500 : 1500, &e), 0);
		assert_int_equal(db_commit(s.db, &e), 0);
	}
	assert_int_equal(ask("SELECT last_activity_at FROM sandbox"), 2000);
	assert_int_equal(ask("SELECT ended_at FROM sandbox"), 6000);
	assert_int_equal(ask("SELECT ready_at IS NULL FROM sandbox"), 1);
	assert_int_equal(ask("SELECT held_until FROM notebook"), 10000);
	assert_int_equal(ask("SELECT volume_wanted_at FROM notebook"), 0);
	assert_int_equal(ask("SELECT found_at FROM orphan"), 1077);
	assert_int_equal(db_begin(s.db, &e), 0);
	assert_int_equal(care_clamp_clock(s.db, 3000, &e), 0);
	assert_int_equal(db_commit(s.db, &e), 0);
	assert_int_equal(ask("SELECT last_activity_at FROM sandbox"), 2000);
	assert_int_equal(ask("SELECT ended_at FROM sandbox"), 3000);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(expire), T(progress), T(rotate), T(backup), T(check),
	    T(orphans), T(lost_bytes), T(retain), T(lease_of_the_future), T(volumes_and_drill),
	    T(clock_is_set)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
