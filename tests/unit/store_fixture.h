#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H
/*
 * A store in a folder of its own; after every transaction it is opened anew, and what must
 * hold of it (sql/check.sql) holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/file.h"
#include "../../shared/store/care.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/workspace.h"

/* No test file needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define NOW 1795337020000LL

static struct db *db;
static struct err e;
static struct arena arena;
static char folder[64], path[96];

/* What a kill −9 and a new start of every process do to the store. */
static void
reopen(void)
{
	db_close(db);
	db = db_open(path, &e);
	assert_non_null(db);
}

static void
sound(void)
{
	char wrong[400];

	assert_int_equal(store_check(db, wrong, sizeof(wrong), &e), 0);
	assert_string_equal(wrong, "");
}

static void
begin(void)
{
	assert_int_equal(db_begin(db, &e), 0);
}

static void
commit(void)
{
	assert_int_equal(db_commit(db, &e), 0);
	reopen();
	sound();
}

/* A transaction of one call. */
#define WRITE(call) do { \
	begin(); \
	if ((call) < 0) \
		fail_msg("%s", e.text); \
	commit(); \
} while (0)

static int
open_store(void)
{
	snprintf(folder, sizeof(folder), "/tmp/carrel-store-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/carrel.db", folder);
	file_remove_tree(folder, &e);
	if (file_mkdirs(folder, 0700, &e) < 0 || db_migrate(path, &e) < 0)
		return -1;
	db = db_open(path, &e);
	return db ? 0 : -1;
}

static int
close_store(void)
{
	db_close(db);
	arena_free(&arena);
	return file_remove_tree(folder, &e);
}

/* A notebook without files; id is set. */
static void
add_book(char id[ID_SIZE], const char *owner)
{
	struct workspace w = {.kind = "notebook", .title = "One", .owner = owner, .created_at = NOW};
	struct notebook n = {.template_name = "blank", .tier = "own", .disk_mb = 64,
	    .disk_files = 1000};
	unsigned char hash[TOKEN_HASH_BYTES] = {0};

	id_new(id);
	memcpy(hash, id, ID_SIZE);
	memcpy(w.id, id, ID_SIZE);
	memcpy(n.id, id, ID_SIZE);
	begin();
	assert_int_equal(workspace_add(db, &w, &e), 0);
	assert_int_equal(notebook_add(db, &n, hash, &(struct source){0}, &e), 0);
	commit();
}

#endif
