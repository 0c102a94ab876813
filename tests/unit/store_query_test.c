/* Every query can be prepared against the schema, and none reads a whole table unless it
 * says so by itself (a comment of the one word scan). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "../../shared/base/mem.h"

static const struct {
	const char *name, *text;
} queries[] = {
#define QUERY(name, text) {#name, text},
#include "query.def"
#undef QUERY
};

static const char *const moves[] = {
#define MOVE(number, text) text,
#include "move.def"
#undef MOVE
};

/* Small tables, or an index that holds just the few rows that are meant. */
static const char *const fine[] = {"USING COVERING INDEX job_open",
    "USING INDEX job_open", "USING INDEX sandbox_open",
    "USING COVERING INDEX sandbox_open", "USING INDEX sandbox_line", "USING INDEX workspace_by_update",
    "USING INDEX workspace_by_featured", "USING INDEX snapshot_wanted", "USING INDEX frozen_shot",
    "USING INDEX assist_open", "USING COVERING INDEX assist_open",
    "SCAN (subquery", "SCAN CONSTANT"};

static bool
is_fine(const char *plan)
{
	for (size_t i = 0; i < COUNT(fine); i++)
		if (strstr(plan, fine[i]))
			return true;
	return false;
}

static sqlite3 *
make(void)
{
	sqlite3 *sql;

	assert_int_equal(sqlite3_open(":memory:", &sql), SQLITE_OK);
	for (size_t i = 0; i < COUNT(moves); i++)
		assert_int_equal(sqlite3_exec(sql, moves[i], NULL, NULL, NULL), SQLITE_OK);
	return sql;
}

/* The number of steps that read a whole table. */
static int
scans(sqlite3 *sql, const char *name, const char *text)
{
	sqlite3_stmt *st;
	char *ask = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", text);
	int n = 0;

	if (sqlite3_prepare_v2(sql, ask, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", name, sqlite3_errmsg(sql));
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *plan = (const char *)sqlite3_column_text(st, 3);

		if (strncmp(plan, "SCAN", 4) != 0 || is_fine(plan))
			continue;
		if (!strstr(text, "/*scan*/"))
			print_error("%s: %s\n", name, plan);
		n++;
	}
	sqlite3_finalize(st);
	sqlite3_free(ask);
	return n;
}

static void
test_no_query_scans(void **state)
{
	sqlite3 *sql = make();
	int bad = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(queries); i++)
		if (scans(sql, queries[i].name, queries[i].text) &&
		    !strstr(queries[i].text, "/*scan*/"))
			bad++;
	assert_int_equal(bad, 0);
	sqlite3_close(sql);
}

static void
test_a_scan_is_noticed(void **state)
{
	sqlite3 *sql = make();

	(void)state;
	assert_int_equal(
	    scans(sql, "one", "SELECT id FROM job WHERE prompt = 'x' /*scan*/"), 1);
	assert_int_equal(scans(sql, "none", "SELECT prompt FROM job WHERE id = 'x'"), 0);
	sqlite3_close(sql);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_query_scans),
		cmocka_unit_test(test_a_scan_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
