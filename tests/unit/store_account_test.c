/* Accounts, what was used of them, the line, and the move of snapshots to one more kind. */
#include <sqlite3.h>

#include "../../shared/rule/admit.h"
#include "../../shared/rule/quota.h"
#include "../../shared/store/account.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "store_fixture.h"

static const char *const moves[] = {
#define MOVE(number, text) text,
#include "move.def"
#undef MOVE
};

static const struct conf conf = {.account_tier = "own", .notebook_memory = 2048,
    .sandbox_memory = 512, .notebook_disk = 64, .notebook_files = 1000};

#define GOOD(call) assert_int_equal(call, 0)

static void
add(char id[ID_SIZE], const char *owner, const char *kind, const char *tier)
{
	struct workspace w = {.kind = kind, .title = "Tides", .owner = owner, .created_at = NOW};
	struct notebook n = {.template_name = "blank", .tier = tier, .disk_mb = 64,
	    .disk_files = 1000};
	unsigned char hash[32] = {0};

	id_new(id);
	memcpy(hash, id, ID_SIZE);
	memcpy(w.id, id, ID_SIZE);
	memcpy(n.id, id, ID_SIZE);
	begin();
	GOOD(workspace_add(db, &w, &e));
	if (strcmp(kind, "notebook") == 0)
		GOOD(notebook_add(db, &n, hash, &(struct source){0}, &e));
	GOOD(sandbox_want_awake(db, id, NOW, &e));
	commit();
}

static void
agree(const char *owner, const char *tier, enum tier_limit limit, int64_t value)
{
	struct account a = {.tier = tier};

	snprintf(a.owner, sizeof(a.owner), "%s", owner);
	for (int i = 0; i < TIER_LIMITS; i++)
		a.agreed[i] = TIER_AS_IS;
	a.agreed[limit] = value;
	begin();
	GOOD(account_set(db, &a, NOW, &e));
	commit();
}

static int
start(void **state)
{
	(void)state;
	return open_store();
}

static int
end(void **state)
{
	(void)state;
	return close_store();
}

/* Each column is the limit of its name: one is set at a time, and that one is read back. */
static void
each_limit_has_its_column(void **state)
{
	struct account a;

	(void)state;
	for (int i = 0; i < TIER_LIMITS; i++) {
		agree("key-0a", "paid", (enum tier_limit)i, 1000 + i);
		GOOD(account_get(db, &conf, "key-0a", &arena, &a, &e));
		assert_true(a.is_agreed);
		assert_string_equal(a.tier, "paid");
		for (int j = 0; j < TIER_LIMITS; j++)
			assert_int_equal(a.agreed[j], j == i ? 1000 + i : TIER_AS_IS);
	}
	agree("key-0a", "paid", TIER_memory_mb, 0);	/* without limit, which is something agreed */
	GOOD(account_get(db, &conf, "key-0a", &arena, &a, &e));
	assert_int_equal(a.agreed[TIER_memory_mb], 0);
	GOOD(account_get(db, &conf, "key-0b", &arena, &a, &e));
	assert_false(a.is_agreed);
	assert_string_equal(a.tier, "own");
	begin();
	GOOD(account_delete(db, "key-0a", &e));
	assert_int_equal(account_delete(db, "key-0a", &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	commit();
}

static void
the_lower_tier_holds(void **state)
{
	char free_book[ID_SIZE], book[ID_SIZE], app[ID_SIZE];
	struct account_share s;

	(void)state;
	add(free_book, "key-0c", "notebook", "free");
	add(book, "key-0c", "notebook", "own");
	add(app, "key-0c", "app", "");
	agree("key-0c", "paid", TIER_memory_mb, 9000);
	GOOD(account_share(db, &conf, free_book, &s, &e));
	assert_string_equal(s.tier.name, "free");
	assert_int_equal(s.tier.memory_mb, 1024);
	GOOD(account_share(db, &conf, book, &s, &e));
	assert_string_equal(s.tier.name, "paid");
	assert_string_equal(s.owner, "key-0c");
	assert_int_equal(s.tier.memory_mb, 9000);
	GOOD(account_share(db, &conf, app, &s, &e));
	assert_true(s.is_app);
	assert_int_equal(s.tier.memory_mb, 512);
	assert_int_equal(account_share(db, &conf, "aaaaaaaaaaaaaaaaaaaaaaaaaa", &s, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
}

static int
count(int64_t now)
{
	int rc;

	begin();
	rc = account_count_creation(db, &conf, "key-0d", now, &e);
	if (rc < 0)
		db_rollback(db);
	else
		commit();
	return rc;
}

/* Any minute, any day: windows slide, and what is past is forgotten. */
static void
creations_slide(void **state)
{
	(void)state;
	agree("key-0d", "free", TIER_creates_day, 8);	/* and 6 a minute */
	for (int i = 0; i < 6; i++)
		GOOD(count(NOW + i * 1000));
	assert_int_equal(count(NOW + 6000), -1);
	assert_int_equal(e.retry_after_secs, 54);
	GOOD(count(NOW + QUOTA_MINUTE_MS));
	assert_int_equal(count(NOW + QUOTA_MINUTE_MS), -1);
	GOOD(count(NOW + QUOTA_MINUTE_MS + 1000));
	assert_int_equal(count(NOW + QUOTA_HOUR_MS), -1);
	assert_int_equal(e.retry_after_secs, 23 * 3600);
	GOOD(count(NOW + QUOTA_DAY_MS));
	assert_int_equal(count(NOW + QUOTA_DAY_MS), -1);
	assert_int_equal(e.retry_after_secs, 1);
}

static int64_t
allowed(int64_t now)
{
	int64_t tokens = 60000;
	int rc;

	begin();
	rc = account_limit_tokens(db, &conf, "key-0e", 1000, now, &tokens, &e);
	commit();
	return rc < 0 ? -1 : tokens;
}

/* What was spent is counted for the owner, also when the notebook is deleted, for a day. */
static void
tokens_are_spent(void **state)
{
	char book[ID_SIZE];
	struct assist a = {.kind = "agent", .caller = "token", .prompt = "x", .steps_max = 3,
	    .tokens_max = 50000, .created_at = NOW};

	(void)state;
	add(book, "key-0e", "notebook", "own");
	agree("key-0e", "own", TIER_agent_tokens_day, 100000);
	assert_int_equal(allowed(NOW), 60000);
	memcpy(a.workspace, book, ID_SIZE);
	begin();
	GOOD(assist_ask(db, &a, a.id, &e));
	commit();
	assert_int_equal(allowed(NOW), 50000);		/* promised to what runs */
	begin();
	GOOD(assist_start(db, a.id, "model", NOW, &e));
	GOOD(assist_fail(db, a.id, "busy", "No.", 0, &(struct assist_tokens){70000, 10000}, NOW,
	    &e));
	commit();
	assert_int_equal(allowed(NOW), 20000);
	begin();
	GOOD(workspace_delete(db, book, &e));
	commit();
	assert_int_equal(allowed(NOW), 20000);
	assert_int_equal(allowed(NOW + 23 * QUOTA_HOUR_MS), 20000);
	assert_int_equal(allowed(NOW + 25 * QUOTA_HOUR_MS), 60000);
}

/* The least turn first; asking again keeps the place; starting, sleeping and ending leave. */
static void
the_line_has_an_order(void **state)
{
	char first[ID_SIZE], second[ID_SIZE], third[ID_SIZE];
	struct sandbox_waiting *rows;
	struct sandbox_place p;
	struct sandbox_line l;
	int64_t epoch;
	int n;

	(void)state;
	add(first, "x", "app", "");
	add(second, "x", "app", "");
	add(third, "x", "app", "");
	begin();
	GOOD(sandbox_set_turn(db, second, 200, "", &e));
	GOOD(sandbox_set_turn(db, first, 100, "", &e));
	GOOD(sandbox_set_pace(db, 500, 1500, "Busy.", NOW, &e));
	commit();
	n = sandbox_waiting(db, 1000, &arena, &rows, &e);
	assert_true(n >= 3);
	assert_int_equal(rows[0].turn, 0);		/* who came just now is looked at first */
	assert_string_equal(rows[n - 1].id, second);
	GOOD(sandbox_place(db, second, &p, &e));
	assert_true(p.is_waiting);
	assert_int_equal(p.before, 1);
	assert_int_equal(p.eta_ms, 2000);
	assert_string_equal(p.why, "Busy.");
	GOOD(sandbox_place(db, third, &p, &e));
	assert_false(p.is_waiting);
	GOOD(sandbox_line(db, &l, &e));
	assert_int_equal(l.waiting, 2);
	begin();
	GOOD(sandbox_want_awake(db, second, NOW + 5000, &e));
	GOOD(sandbox_set_provision(db, first, NOW, &epoch, &e));
	commit();
	GOOD(sandbox_place(db, second, &p, &e));
	assert_int_equal(p.before, 0);
	GOOD(sandbox_place(db, first, &p, &e));
	assert_false(p.is_waiting);
	begin();
	GOOD(sandbox_want_asleep(db, second, "Enough.", &e));
	commit();
	GOOD(sandbox_line(db, &l, &e));
	assert_int_equal(l.waiting, 0);
}

/* Only who sleeps with a kernel is evicted, and not who is wanted again meanwhile. */
static void
eviction_takes_the_kernel_alone(void **state)
{
	char book[ID_SIZE], image[ID_SIZE], spare[ID_SIZE], kept[ID_SIZE];
	struct sandbox_asleep *rows;
	struct snapshot *left, found;
	struct sandbox s;

	(void)state;
	add(book, "z", "notebook", "free");
	id_new(image);
	id_new(spare);
	id_new(kept);
	begin();
	GOOD(snapshot_add(db, image, book, "sleep", NOW, &e));
	GOOD(snapshot_add(db, spare, book, "auto", NOW, &e));
	GOOD(snapshot_add(db, kept, book, "hand", NOW, &e));
	GOOD(snapshot_set_made(db, image, 1, NOW, &e));
	GOOD(snapshot_set_made(db, spare, 1, NOW, &e));
	GOOD(snapshot_set_made(db, kept, 1, NOW, &e));
	GOOD(sandbox_set_image(db, book, image, &e));
	GOOD(sandbox_set_ended(db, book, "hibernated", "Slept.", 0, NOW, &e));
	commit();
	assert_int_equal(sandbox_asleep(db, &arena, &rows, &e), 1);
	assert_string_equal(rows[0].id, book);
	assert_string_equal(rows[0].tier, "free");
	assert_int_equal(rows[0].ended_at, NOW);
	assert_int_equal(snapshot_get_auto(db, book, &arena, &found, &e), 1);
	assert_string_equal(found.id, spare);
	begin();
	GOOD(sandbox_want_awake(db, book, NOW, &e));
	GOOD(sandbox_evict(db, book, "Long.", &e));
	GOOD(sandbox_get(db, book, &arena, &s, &e));
	assert_string_equal(s.state, "hibernated");
	GOOD(sandbox_want_asleep(db, book, "", &e));
	GOOD(sandbox_evict(db, book, "Long.", &e));
	GOOD(snapshot_drop_sleep(db, book, "", &e));
	GOOD(snapshot_drop_auto(db, book, "", &e));
	commit();
	GOOD(sandbox_get(db, book, &arena, &s, &e));
	assert_string_equal(s.state, "evicted");
	assert_string_equal(s.reason, "Long.");
	assert_null(s.image);
	assert_int_equal(snapshot_list(db, book, &arena, &left, &e), 1);
	assert_string_equal(left[0].id, kept);
	assert_int_equal(snapshot_get_auto(db, book, &arena, &found, &e), 0);
}

static int
text_of(void *to, int columns, char **values, char **names)
{
	(void)columns, (void)names;
	snprintf(to, 64, "%s", values[0] ? values[0] : "NULL");
	return 0;
}

static void
is(sqlite3 *sql, const char *query, const char *wanted)
{
	char got[64] = "nothing";

	assert_int_equal(sqlite3_exec(sql, query, text_of, got, NULL), SQLITE_OK);
	assert_string_equal(got, wanted);
}

/* A store of before keeps what its sandboxes sleep in, and nothing is put down for erasure. */
static void
the_move_keeps_what_refers_to_snapshots(void **state)
{
	sqlite3 *sql;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &sql), SQLITE_OK);
	sqlite3_exec(sql, "PRAGMA foreign_keys=ON", NULL, NULL, NULL);
	for (size_t i = 0; i < COUNT(moves); i++) {
		if (i == 3)
			assert_int_equal(sqlite3_exec(sql, "INSERT INTO workspace (id, kind, title, owner, "
			    "created_at, updated_at) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaa', 'notebook', 'T',"
			    " 'local', 1, 1); INSERT INTO notebook (workspace, token_hash, template, tier, "
			    "disk_mb, disk_files) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaa', zeroblob(32), 'b', "
			    "'own', 64, 999); INSERT INTO snapshot (id, workspace, kind, state, created_at, "
			    "made_at) VALUES ('ssssssssssssssssssssssssss', 'aaaaaaaaaaaaaaaaaaaaaaaaaa', "
			    "'sleep', 'good', 1, 1); INSERT INTO sandbox (workspace, state, want, image) "
			    "VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaa', 'hibernated', 'asleep', "
			    "'ssssssssssssssssssssssssss'); UPDATE notebook SET restore = "
			    "'ssssssssssssssssssssssssss'", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(sql, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(sql, moves[i], NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	}
	is(sql, "SELECT image FROM sandbox", "ssssssssssssssssssssssssss");
	is(sql, "SELECT restore FROM notebook", "ssssssssssssssssssssssssss");
	is(sql, "SELECT count(*) FROM erasure", "0");
	is(sql, "SELECT count(*) FROM pragma_foreign_key_check", "0");
	/* The references hold as before, and a deletion is noted. */
	assert_int_equal(sqlite3_exec(sql, "DELETE FROM snapshot", NULL, NULL, NULL), SQLITE_OK);
	is(sql, "SELECT image FROM sandbox", "NULL");
	is(sql, "SELECT image FROM erasure", "ssssssssssssssssssssssssss");
	sqlite3_close(sql);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_has_its_column), cmocka_unit_test(the_lower_tier_holds),
		cmocka_unit_test(creations_slide), cmocka_unit_test(tokens_are_spent),
		cmocka_unit_test(the_line_has_an_order),
		cmocka_unit_test(eviction_takes_the_kernel_alone),
		cmocka_unit_test(the_move_keeps_what_refers_to_snapshots),
	};

	return cmocka_run_group_tests(tests, start, end);
}
