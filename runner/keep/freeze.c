/*
 * Freezing: an accepted version, built for production in the sandbox that has it, becomes
 * files in var/frozen that a web server hands out while no sandbox is there.
 *
 * Few at a time, only what nobody else asks a sandbox for, and only while it is awake anyway,
 * which it stays for that: a version that is not frozen when its sandbox ends is frozen in
 * the next one.
 * First the files, then the row; what has no row is removed at the next start.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "frozen.h"
#include "keep.h"

#define PACKAGES_FOLDER "/run/carrel/build/www/vite"
#define FREEZERS 2		/* at work at the same time */
#define ANSWER_LIMIT_MS 60000	/* the guest's own limits are shorter */
#define FREEZES_MAX 3		/* of one life, when it is not the app's fault */

static bool
has_packages(const char *key)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), PACKAGES_FOLDER "/%s", key);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
is_freezer_full(const struct keep *k)
{
	int n = 0;

	for (const struct box *b = k->boxes; b; b = b->next)
		n += b->freezing != 0;
	return n >= FREEZERS;
}

/* A version that cannot be frozen stays so; one whose packages are gone is frozen anew. */
static bool
is_to_be_done(struct keep *k, const struct box *b)
{
	struct arena a = {0};
	struct frozen f;
	int got = frozen_get(k->db, b->id, b->applied, &a, &f, NULL);

	arena_free(&a);
	return got == 0 || (got == 1 && f.packages[0] && !has_packages(f.packages));
}

void
freeze_consider(struct keep *k, struct box *b, const struct sandbox *s)
{
	char base[FROZEN_BASE_MAX];

	b->waits_for_freezer = false;
	if (!b->applied || b->applied != s->current || b->is_unfit || b->freezing ||
	    b->freezes >= FREEZES_MAX || !is_to_be_done(k, b))
		return;
	if (is_freezer_full(k)) {
		b->waits_for_freezer = true;
		return;
	}
	b->freezing = b->applied;
	b->freeze_ms = clock_boot_ms();
	b->freezes++;
	snprintf(base, sizeof(base), "/__carrel/frozen/%" PRId64 "/", b->freezing);
	link_freeze(b->link, base);
}

static int
note(struct keep *k, const char *id, int64_t version, const struct frozen *f, struct err *e)
{
	if (db_begin(k->db, e) == 0 && frozen_set(k->db, id, version, f, e) == 0 &&
	    db_commit(k->db, e) == 0)
		return 0;
	db_rollback(k->db);
	return -1;
}

/* What is not the app's fault is tried again, a few times, and marks nothing. */
static void
take(struct keep *k, struct box *b, int64_t version, const struct frozen_app *app)
{
	struct frozen f = {.problem = app->problem, .bytes = (int64_t)app->bytes,
	    .took_ms = clock_boot_ms() - b->freeze_ms, .made_at = clock_wall_ms()};
	struct err e;

	if (app->kind[0]) {
		log_warn("version %lld of %s is not frozen: the compiler was %s",
		    (long long)version, b->id, app->kind);
		return;
	}
	memcpy(f.packages, app->packages, sizeof(f.packages));
	if (app->count && !has_packages(f.packages))
		log_warn("version %lld of %s wants packages that are not here",
		    (long long)version, b->id);
	else if ((app->count && frozen_write(app, FROZEN_FOLDER, b->id, version, &e) < 0) ||
	    note(k, b->id, version, &f, &e) < 0)
		log_error("version %lld of %s is not frozen: %s", (long long)version, b->id,
		    err_public(&e));
	else
		bell_ring(NULL, b->id);
}

/* Whoever waits longest for its turn: the list begins with the newest. */
static void
go_on(struct keep *k)
{
	const struct box *next = NULL;

	for (const struct box *b = k->boxes; b; b = b->next)
		if (b->waits_for_freezer)
			next = b;
	if (next)
		decide(k, next->id);
}

void
freeze_answer(struct keep *k, struct box *b, const void *payload, size_t n)
{
	struct frozen_app *app = mem_new(sizeof(*app));
	int64_t version = b->freezing;
	struct err e;

	b->freezing = 0;
	if (version && frozen_parse(app, payload, n, &e) < 0)
		log_warn("the guest of %s: %s", b->id, e.text);
	else if (version)
		take(k, b, version, app);
	free(app);
	go_on(k);
}

static void
thaw_some(struct keep *k)
{
	struct thaw rows[THAWS_AT_ONCE];
	int n = thaw_list(k->db, rows, NULL);
	struct err e;

	for (int i = 0; i < n; i++) {
		if (frozen_remove(FROZEN_FOLDER, rows[i].workspace, rows[i].version, &e) < 0) {
			log_warn("%s", e.text);
			continue;
		}
		if (db_begin(k->db, &e) < 0 ||
		    thaw_done(k->db, rows[i].workspace, rows[i].version, &e) < 0 ||
		    db_commit(k->db, &e) < 0) {
			db_rollback(k->db);
			log_error("%s", e.text);
		}
	}
}

void
freeze_tick(struct keep *k)
{
	thaw_some(k);
	for (struct box *b = k->boxes; b; b = b->next)
		if (b->freezing && clock_boot_ms() - b->freeze_ms > ANSWER_LIMIT_MS)
			b->freezing = 0;
}

/* Names in a folder, "." and ".." not among them; fn may remove them. */
static void
each_name(const char *folder, void (*fn)(struct keep *k, const char *home, const char *name),
    struct keep *k)
{
	DIR *d = opendir(folder);

	for (struct dirent *at; d && (at = readdir(d));)
		if (strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0)
			fn(k, folder, at->d_name);
	if (d)
		closedir(d);
}

static void
tidy_version(struct keep *k, const char *home, const char *name)
{
	const char *id = strrchr(home, '/') + 1;
	struct arena a = {0};
	struct frozen f;
	uint64_t version;
	char path[600];
	struct err e;

	if (num_u64(name, INT32_MAX, &version) &&
	    frozen_get(k->db, id, (int64_t)version, &a, &f, NULL) != 0)
		goto out;	/* it is known, or the store cannot be asked */
	snprintf(path, sizeof(path), "%s/%s", home, name);
	if (file_remove_tree(path, &e) < 0)
		log_warn("%s", e.text);
out:
	arena_free(&a);
}

static void
tidy_workspace(struct keep *k, const char *home, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	each_name(path, tidy_version, k);
	rmdir(path);		/* where nothing is left in it */
}

void
freeze_tidy(struct keep *k)
{
	each_name(FROZEN_FOLDER, tidy_workspace, k);
}
