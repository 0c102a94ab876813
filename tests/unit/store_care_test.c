/* The store as a whole: what is wrong with it is noticed, its copy, and its migration. */
#include <sqlite3.h>

#include "store_kit.h"

static void
test_broken_invariants_are_noticed(void **state)
{
	char wrong[400];

	(void)state;
	begin();
	assert_int_equal(
	    db_check(db, "-- name: fine\nSELECT 1 WHERE 0;\n-- name: bad\nSELECT 1;\n",
		wrong, sizeof(wrong), &e),
	    0);
	db_rollback(db);
	assert_string_equal(wrong, "bad");
}

static void
test_backup(void **state)
{
	char copy[128];
	struct db *second;
	struct workspace w;

	(void)state;
	write_version(app, "one", "1");
	snprintf(copy, sizeof(copy), "%s/copy.db", folder);
	assert_int_equal(store_backup(db, copy, &e), 0);
	assert_int_equal(store_backup(db, copy, &e), 0); /* takes the old one's place */
	write_version(app, "two", "2");
	second = db_open(copy, &e);
	assert_non_null(second);
	assert_int_equal(workspace_get(second, app, &arena, &w, &e), 0);
	assert_int_equal(w.versions, 1);
	db_close(second);
	snprintf(copy, sizeof(copy), "%s/no/such/copy.db", folder);
	assert_int_equal(store_backup(db, copy, &e), -1);
}

/* Migrating what is current changes nothing; a store of the future is refused. */
static void
test_migrate(void **state)
{
	char text[128];
	sqlite3 *sql;

	(void)state;
	write_version(app, "one", "1");
	assert_int_equal(db_migrate(path, &e), 0);
	reopen();
	has_text(app, 1, "1");
	assert_int_equal(sqlite3_open(path, &sql), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(sql, "PRAGMA user_version=9999", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	assert_int_equal(db_migrate(path, &e), -1);
	assert_non_null(strstr(e.text, "newer"));
	assert_null(db_open(path, &e));
	snprintf(text, sizeof(text), "%s/text.db", folder);
	assert_int_equal(file_write(text, "this is text, no store", 22, 0660, &e), 0);
	assert_int_equal(db_migrate(text, &e), -1);
	assert_null(db_open(text, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(broken_invariants_are_noticed),
	    T(backup),
	    T(migrate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
