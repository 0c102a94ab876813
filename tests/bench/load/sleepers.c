/*
 * sleepers APPS NOTEBOOKS
 *
 * Fills the store of the Carrel whose mount namespace this is run in with workspaces that
 * sleep, by the functions that the programs use: apps with one version each, and notebooks
 * that were put to sleep with their kernel (the rows of it; there is nothing to wake).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shared/base/clock.h"
#include "../../../shared/base/mem.h"
#include "../../../shared/store/job.h"
#include "../../../shared/store/notebook.h"
#include "../../../shared/store/sandbox.h"
#include "../../../shared/store/snapshot.h"
#include "../../../shared/store/workspace.h"

#define AT_ONCE 50	/* in one transaction: others write meanwhile */

static const char app_text[] =
    "export default function App() {\n\treturn <h1>Asleep</h1>;\n}\n";
static const char notebook_text[] = "import marimo\n\napp = marimo.App()\n";

static int
add_workspace(struct db *db, const char *kind, int n, char id[ID_SIZE], struct err *e)
{
	struct workspace w = {.kind = kind, .owner = "local", .created_at = clock_wall_ms()};
	char title[64];

	id_new(id);
	memcpy(w.id, id, ID_SIZE);
	snprintf(title, sizeof(title), "Asleep, %s number %d", kind, n);
	w.title = title;
	return workspace_add(db, &w, e);
}

static int
add_app(struct db *db, int n, struct err *e)
{
	struct source_file file = {"src/LLMComponent.tsx", app_text, sizeof(app_text) - 1};
	struct source s = {.files = &file, .count = 1};
	char id[ID_SIZE], job[ID_SIZE];
	int64_t now = clock_wall_ms(), version;

	if (add_workspace(db, "app", n, id, e) < 0 ||
	    job_ask_write(db, id, "local", "Something that sleeps", NULL, now, job, e) < 0 ||
	    job_start(db, job, "sample", now, e) < 0 ||
	    job_give_candidate(db, job, &s, app_text, "It sleeps.", 100, 100, now, e) < 0 ||
	    job_accept(db, job, now, &version, e) < 0)
		return -1;
	return sandbox_set_ended(db, id, "absent", "Nobody used it for a while; opening it "
	    "wakes it.", 64 << 20, now, e);
}

static int
add_notebook(struct db *db, int n, struct err *e)
{
	struct source_file file = {NOTEBOOK_FILE, notebook_text, sizeof(notebook_text) - 1};
	struct source s = {.files = &file, .count = 1};
	struct notebook row = {.template_name = "blank", .tier = "own", .disk_mb = 64,
	    .disk_files = 1000};
	unsigned char hash[TOKEN_HASH_BYTES] = {0};
	char id[ID_SIZE], image[ID_SIZE];
	int64_t now = clock_wall_ms();

	if (add_workspace(db, "notebook", n, id, e) < 0)
		return -1;
	memcpy(row.id, id, ID_SIZE);
	memcpy(hash, id, ID_LEN);	/* as good as random, and nobody's token */
	id_new(image);
	if (notebook_add(db, &row, hash, &s, e) < 0 ||
	    sandbox_want_awake(db, id, now, e) < 0 ||
	    snapshot_add(db, image, id, "sleep", now, e) < 0 ||
	    snapshot_set_made(db, image, 64 << 20, now, e) < 0 ||
	    sandbox_set_image(db, id, image, e) < 0)
		return -1;
	return sandbox_set_ended(db, id, "hibernated", "Nobody used it for a while; opening it "
	    "wakes it.", 128 << 20, now, e) < 0 ? -1 :
	    sandbox_want_asleep(db, id, "Nobody used it for a while; opening it wakes it.", e);
}

static int
add_all(struct db *db, int apps, int notebooks, struct err *e)
{
	for (int i = 0; i < apps + notebooks; i++) {
		if (i % AT_ONCE == 0 && ((i && db_commit(db, e) < 0) || db_begin(db, e) < 0))
			return -1;
		if ((i < apps ? add_app(db, i + 1, e) : add_notebook(db, i - apps + 1, e)) < 0)
			return -1;
	}
	return apps + notebooks ? db_commit(db, e) : 0;
}

int
main(int argc, char **argv)
{
	struct db *db;
	struct err e;

	if (argc != 3) {
		fprintf(stderr, "usage: sleepers APPS NOTEBOOKS\n");
		return 2;
	}
	if (!(db = db_open(NULL, &e)) ||
	    add_all(db, atoi(argv[1]), atoi(argv[2]), &e) < 0) {
		fprintf(stderr, "sleepers: %s\n", e.text);
		return 1;
	}
	db_close(db);
	return 0;
}
