/* Notebooks in the store: their files, snapshots, who is let in, and what a deletion leaves to
 * be erased; and the move from a store that knew only apps. */
#include <sqlite3.h>

#include "../../shared/store/pass.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/text/secret.h"
#include "store_fixture.h"

static const char *const moves[] = {
#define MOVE(number, text) text,
#include "move.def"
#undef MOVE
};


static void
hash_of(const char *token, unsigned char hash[TOKEN_HASH_BYTES])
{
	secret_hash(token, strlen(token), hash);
}

/* One whose token is its id. */
static void
add_notebook(char id[ID_SIZE])
{
	struct source_file files[] = {{"notebook.py", "import marimo\n", 14},
	    {"requirements.txt", "humanize\n", 9}};
	struct workspace w = {.kind = "notebook", .title = "Tides", .owner = "local",
	    .created_at = NOW};
	struct notebook n = {.template_name = "blank", .tier = "own", .disk_mb = 64,
	    .disk_files = 1000};
	unsigned char hash[TOKEN_HASH_BYTES];

	id_new(id);
	hash_of(id, hash);
	memcpy(w.id, id, ID_SIZE);
	memcpy(n.id, id, ID_SIZE);
	begin();
	assert_int_equal(workspace_add(db, &w, &e), 0);
	assert_int_equal(notebook_add(db, &n, hash, &(struct source){files, 2}, &e), 0);
	assert_int_equal(sandbox_want_awake(db, id, NOW, &e), 0);
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

static void
a_notebook_has_what_it_was_given(void **state)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	char id[ID_SIZE], other[ID_SIZE];
	struct workspace w;
	struct notebook n;
	struct source s;

	(void)state;
	add_notebook(id);
	add_notebook(other);
	assert_int_equal(notebook_get(db, id, &arena, &n, &e), 0);
	assert_string_equal(n.template_name, "blank");
	assert_int_equal(n.disk_mb, 64);
	assert_false(n.is_public);
	assert_null(n.restore);
	assert_int_equal(notebook_files(db, id, &arena, &s, &e), 0);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.files[0].text, "import marimo\n");
	hash_of(id, hash);
	assert_int_equal(notebook_has_token(db, id, hash, &e), 1);
	assert_int_equal(notebook_has_token(db, other, hash, &e), 0);
	/* Each kind answers for its own ids only. */
	assert_int_equal(workspace_get_kind(db, id, "notebook", &arena, &w, &e), 0);
	assert_int_equal(workspace_get_kind(db, id, "app", &arena, &w, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	begin();
	assert_int_equal(notebook_set_hold(db, "aaaaaaaaaaaaaaaaaaaaaaaaaa", NOW, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	db_rollback(db);
}

static void
a_snapshot_is_wanted_made_and_dropped(void **state)
{
	char id[ID_SIZE], first[ID_SIZE], second[ID_SIZE], found[ID_SIZE];
	struct erasure gone[ERASURES_AT_ONCE];
	struct snapshot *rows;
	struct sandbox s;

	(void)state;
	add_notebook(id);
	id_new(first);
	id_new(second);
	begin();
	assert_int_equal(snapshot_add(db, first, id, "sleep", NOW, &e), 0);
	assert_int_equal(snapshot_add(db, second, id, "hand", NOW + 1, &e), 0);
	commit();
	assert_int_equal(snapshot_wanted(db, id, found, &e), 1);
	assert_string_equal(found, first);
	begin();
	assert_int_equal(snapshot_set_made(db, first, 1000, NOW + 2, &e), 0);
	assert_int_equal(sandbox_set_image(db, id, first, &e), 0);
	assert_int_equal(sandbox_set_ended(db, id, "hibernated", "Asleep.", 5, NOW + 3, &e), 0);
	commit();
	assert_int_equal(sandbox_get(db, id, &arena, &s, &e), 0);
	assert_string_equal(s.state, "hibernated");
	assert_string_equal(s.image, first);
	assert_string_equal(s.kind, "notebook");
	begin();
	assert_int_equal(snapshot_set_failed(db, second, "No room.", NOW + 4, &e), 0);
	assert_int_equal(snapshot_set_made(db, second, 1, NOW + 5, &e), -1);
	db_rollback(db);
	/* It runs again: what it slept in goes, and is noted for the disk. */
	begin();
	assert_int_equal(sandbox_set_image(db, id, NULL, &e), 0);
	assert_int_equal(sandbox_set_running(db, id, NOW + 6, &e), 0);
	assert_int_equal(snapshot_drop_sleep(db, id, "", &e), 0);
	commit();
	assert_int_equal(snapshot_list(db, id, &arena, &rows, &e), 1);
	assert_string_equal(rows[0].id, second);
	assert_int_equal(erasure_list(db, gone, &e), 1);
	assert_string_equal(gone[0].workspace, id);
	assert_string_equal(gone[0].image, first);
	begin();
	assert_int_equal(erasure_done(db, id, first, &e), 0);
	commit();
	assert_int_equal(erasure_list(db, gone, &e), 0);
}

static void
deleting_leaves_all_to_be_erased(void **state)
{
	struct erasure gone[ERASURES_AT_ONCE];
	char id[ID_SIZE], image[ID_SIZE];
	bool has_all = false, has_image = false;
	struct notebook n;
	int count;

	(void)state;
	add_notebook(id);
	id_new(image);
	begin();
	assert_int_equal(snapshot_add(db, image, id, "hand", NOW, &e), 0);
	commit();
	begin();
	assert_int_equal(workspace_delete(db, id, &e), 0);
	commit();
	assert_int_equal(notebook_get(db, id, &arena, &n, &e), -1);
	count = erasure_list(db, gone, &e);
	for (int i = 0; i < count; i++) {
		assert_string_equal(gone[i].workspace, id);
		has_all |= !gone[i].image[0];
		has_image |= strcmp(gone[i].image, image) == 0;
	}
	assert_true(has_all && has_image);
}

static void
tickets_are_used_once_and_passes_go_with_their_share(void **state)
{
	unsigned char ticket[TOKEN_HASH_BYTES], cookie[TOKEN_HASH_BYTES], link[TOKEN_HASH_BYTES];
	struct pass p = {.kind = "edit", .expires_at = NOW + TICKET_MS}, got;
	struct share s = {.kind = "app", .created_at = NOW}, *rows, found;
	char id[ID_SIZE];

	(void)state;
	add_notebook(id);
	hash_of("ticket", ticket);
	hash_of("cookie", cookie);
	hash_of("link", link);
	memcpy(p.workspace, id, ID_SIZE);
	memcpy(s.workspace, id, ID_SIZE);
	id_new(s.id);
	begin();
	assert_int_equal(pass_add(db, &p, true, ticket, &e), 0);
	assert_int_equal(share_add(db, &s, link, &e), 0);
	commit();
	/* A ticket is no cookie. */
	assert_int_equal(pass_get(db, ticket, NOW, &got, &e), -1);
	assert_int_equal(e.kind, ERR_AUTH);
	begin();
	assert_int_equal(pass_use_ticket(db, ticket, NOW + 1, &got, &e), 0);
	assert_string_equal(got.workspace, id);
	assert_string_equal(got.kind, "edit");
	assert_string_equal(got.share, "");
	assert_int_equal(pass_use_ticket(db, ticket, NOW + 1, &got, &e), -1);
	/* An expired one is of no use, and gone. */
	assert_int_equal(pass_add(db, &p, true, ticket, &e), 0);
	assert_int_equal(pass_use_ticket(db, ticket, NOW + TICKET_MS, &got, &e), -1);
	assert_int_equal(e.kind, ERR_AUTH);
	memcpy(p.share, s.id, ID_SIZE);
	memcpy(p.kind, "app", 4);
	assert_int_equal(pass_add(db, &p, false, cookie, &e), 0);
	commit();
	assert_int_equal(share_get(db, link, &arena, &found, &e), 0);
	assert_string_equal(found.id, s.id);
	assert_int_equal(pass_get(db, cookie, NOW, &got, &e), 0);
	assert_string_equal(got.share, s.id);
	assert_int_equal(pass_get(db, cookie, NOW + TICKET_MS, &got, &e), -1);
	assert_int_equal(share_list(db, id, &arena, &rows, &e), 1);
	begin();
	assert_int_equal(share_delete(db, id, s.id, &e), 0);
	commit();
	assert_int_equal(pass_get(db, cookie, NOW, &got, &e), -1);
}

/* A store of the first release, with an app whose sandbox runs, as the next release finds it. */
static void
an_old_store_is_moved_with_what_it_holds(void **state)
{
	char old[128], id[ID_SIZE], text[600];
	struct workspace w;
	struct sandbox s;
	struct db *moved;
	sqlite3 *sql;

	(void)state;
	snprintf(old, sizeof(old), "%s/old.db", folder);
	unlink(old);
	id_new(id);
	assert_int_equal(sqlite3_open(old, &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql, moves[0], NULL, NULL, NULL), SQLITE_OK);
	snprintf(text, sizeof(text), "INSERT INTO workspace (id, kind, title, owner, created_at, "
	    "updated_at) VALUES ('%s', 'app', 'Old', 'local', 1, 2);"
	    "INSERT INTO sandbox (workspace, state, want, epoch, reason, last_activity_at) VALUES "
	    "('%s', 'running', 'awake', 7, 'so', 3); PRAGMA user_version = 1", id, id);
	assert_int_equal(sqlite3_exec(sql, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(sql);
	assert_int_equal(db_migrate(old, &e), 0);
	moved = db_open(old, &e);
	assert_non_null(moved);
	assert_int_equal(workspace_get_kind(moved, id, "app", &arena, &w, &e), 0);
	assert_string_equal(w.title, "Old");
	assert_int_equal(sandbox_get(moved, id, &arena, &s, &e), 0);
	assert_string_equal(s.state, "running");
	assert_int_equal(s.epoch, 7);
	assert_int_equal(s.last_activity_at, 3);
	assert_null(s.image);
	db_close(moved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_notebook_has_what_it_was_given, start, end),
	    cmocka_unit_test_setup_teardown(a_snapshot_is_wanted_made_and_dropped, start, end),
	    cmocka_unit_test_setup_teardown(deleting_leaves_all_to_be_erased, start, end),
	    cmocka_unit_test_setup_teardown(
		tickets_are_used_once_and_passes_go_with_their_share, start, end),
	    cmocka_unit_test_setup_teardown(an_old_store_is_moved_with_what_it_holds, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
