#include <string.h>

#include "notebook.h"
#include "stmt.h"

int
notebook_add(struct db *db, const struct notebook *n,
    const unsigned char token_hash[TOKEN_HASH_BYTES], const struct source *files,
    struct err *e)
{
	if (stmt_run(stmt_bind(db, Q_notebook_add, "tbttii", n->id, token_hash,
	    (size_t)TOKEN_HASH_BYTES, n->template_name, n->tier, n->disk_mb, n->disk_files),
	    e) < 0)
		return -1;
	for (int i = 0; i < files->count; i++)
		if (stmt_run(stmt_bind(db, Q_notebook_file_add, "ttt", n->id,
		    files->files[i].path, files->files[i].text), e) < 0)
			return -1;
	return 0;
}

int
notebook_get(struct db *db, const char *id, struct arena *a, struct notebook *n,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_notebook_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no notebook with this id.") < 0)
		return -1;
	stmt_copy(st, 0, n->id, sizeof(n->id));
	n->template_name = stmt_text(st, 1, a);
	n->tier = stmt_text(st, 2, a);
	n->is_public = strcmp(stmt_text(st, 3, a), "public") == 0;
	n->has_terminal = stmt_int(st, 4);
	n->held_until = stmt_int(st, 5);
	n->volume_wanted_at = stmt_int(st, 6);
	n->disk_mb = stmt_int(st, 7);
	n->disk_files = stmt_int(st, 8);
	n->disk_bytes = stmt_int(st, 9);
	n->restore = stmt_text(st, 10, a);
	n->notice = stmt_text(st, 11, a);
	stmt_end(st);
	return 0;
}

int
notebook_files(struct db *db, const char *id, struct arena *a, struct source *s,
    struct err *e)
{
	return stmt_source(stmt_bind(db, Q_notebook_files, "t", id), a, s, e);
}

int
notebook_has_token(struct db *db, const char *id,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_notebook_has_token, "bt", hash,
	    (size_t)TOKEN_HASH_BYTES, id);
	int got = stmt_step(st, e);

	if (got == 1)
		stmt_end(st);
	return got;
}

int
notebook_set_token(struct db *db, const char *id,
    const unsigned char hash[TOKEN_HASH_BYTES], struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_notebook_set_token, "tb", id, hash,
	    (size_t)TOKEN_HASH_BYTES), e);
}

int
notebook_set_public(struct db *db, const char *id, bool is_public, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_notebook_set_visibility, "tt", id,
	    is_public ? "public" : "private"), e);
}

static int
set_number(struct db *db, enum query q, const char *id, int64_t n, struct err *e)
{
	return stmt_change(db, stmt_bind(db, q, "ti", id, n), e);
}

int
notebook_set_terminal(struct db *db, const char *id, bool has_terminal, struct err *e)
{
	return set_number(db, Q_notebook_set_terminal, id, has_terminal, e);
}

int
notebook_set_hold(struct db *db, const char *id, int64_t until, struct err *e)
{
	return set_number(db, Q_notebook_set_hold, id, until, e);
}

int
notebook_set_volume_wanted(struct db *db, const char *id, int64_t now, struct err *e)
{
	return set_number(db, Q_notebook_set_volume_wanted, id, now, e);
}

int
notebook_set_disk(struct db *db, const char *id, int64_t bytes, struct err *e)
{
	return set_number(db, Q_notebook_set_disk, id, bytes, e);
}

int
notebook_set_restore(struct db *db, const char *id, const char *snapshot, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_notebook_set_restore, "tt", id, snapshot), e);
}

int
notebook_set_notice(struct db *db, const char *id, const char *notice, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_notebook_set_notice, "tt", id, notice), e);
}

int
notebook_volumes(struct db *db, int64_t after, struct arena *a, char (**ids)[ID_SIZE],
    struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_notebook_volumes, "i", after), a, ids, e);
}

int
notebook_restoring(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_notebook_restoring, ""), a, ids, e);
}

const char *
notebook_state(const char *sandbox_state, int64_t last_activity_at, int64_t now)
{
	if (strcmp(sandbox_state, "running") == 0 && last_activity_at < now - NOTEBOOK_IDLE_MS)
		return "idle";
	return sandbox_state;
}

int
notebook_list(struct db *db, const char *search, const char *state,
    enum workspace_order order, int64_t now, int max, int offset, struct arena *a,
    struct notebook_row *rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_notebook_list, "ttiiii", search, state,
	    now - NOTEBOOK_IDLE_MS, (int64_t)order, (int64_t)max, (int64_t)offset);
	int n = 0, got;

	while ((got = stmt_step(st, e)) == 1) {
		struct notebook_row *row = &rows[n++];

		stmt_copy(st, 0, row->id, sizeof(row->id));
		row->title = stmt_text(st, 1, a);
		row->sandbox_state = stmt_text(st, 2, a);
		row->sandbox_reason = stmt_text(st, 3, a);
		row->notice = stmt_text(st, 4, a);
		row->is_public = strcmp(stmt_text(st, 5, a), "public") == 0;
		row->created_at = stmt_int(st, 6);
		row->updated_at = stmt_int(st, 7);
		row->last_activity_at = stmt_int(st, 8);
		row->held_until = stmt_int(st, 9);
		row->disk_bytes = stmt_int(st, 10);
		row->template_name = stmt_text(st, 11, a);
		row->is_wanted = stmt_int(st, 12);
		row->memory_now = stmt_int(st, 13);
	}
	return got < 0 ? -1 : n;
}
