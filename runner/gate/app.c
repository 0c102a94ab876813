#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "../../shared/store/frozen.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/dial.h"
#include "app.h"
#include "known.h"
#include "wake.h"

#define SLOTS 1024
#define LEARNED_MS 1000		/* what an app is may change at any time */
#define PACKAGES_FOLDER "/run/carrel/build/www/vite"

static const char *const doors[] = {
	[DOOR_APP] = "app.sock", [DOOR_RUN] = "run.sock", [DOOR_TOOL] = "tool.sock",
};

struct app_table {
	uint64_t seed;		/* ids come from requests: nobody shall choose the slot */
	struct app *slots[SLOTS];
};

struct app_table *
app_table_new(void)
{
	struct app_table *t = mem_new(sizeof(*t));

	t->seed = rand_u64() | 1;
	return t;
}

static void
app_free(struct app *app)
{
	if (app->folder >= 0)
		close(app->folder);
	known_free(app);
	free(app);
}

void
app_table_free(struct app_table *t)
{
	for (size_t i = 0; i < SLOTS; i++) {
		while (t->slots[i]) {
			struct app *app = t->slots[i];

			t->slots[i] = app->next;
			app_free(app);
		}
	}
	free(t);
}

static struct app **
slot_of(struct app_table *t, const char *id)
{
	uint64_t h = t->seed;

	for (int i = 0; i < ID_LEN; i++)
		h = (h ^ (unsigned char)id[i]) * 0x100000001b3u;
	return &t->slots[(h >> 32) % SLOTS];
}

struct app *
app_find(struct app_table *t, const char *id)
{
	struct app *app = *slot_of(t, id);

	while (app && memcmp(app->id, id, ID_LEN) != 0)
		app = app->next;
	return app;
}

struct app *
app_get(struct app_table *t, const char *id)
{
	struct app *app = app_find(t, id), **slot;

	if (app)
		return app;
	slot = slot_of(t, id);
	app = mem_new(sizeof(*app));
	*app = (struct app){.next = *slot, .folder = -1};
	memcpy(app->id, id, ID_SIZE);
	*slot = app;
	return app;
}

static void
close_folder(struct app *app)
{
	close(app->folder);
	app->folder = -1;
	app->is_confirmed = false;
}

void
app_doubt(struct app *app)
{
	app->is_confirmed = app->is_learned = false;
}

/* Of no use without the packages that it was made with: another image may have replaced
 * them. */
static int64_t
frozen_version(struct gate *g, const struct sandbox *s, struct arena *a)
{
	struct frozen f;
	struct stat st;
	char path[128];

	if (!s->current || frozen_get(g->db, s->id, s->current, a, &f, NULL) != 1 ||
	    !f.packages[0])
		return 0;
	snprintf(path, sizeof(path), PACKAGES_FOLDER "/%s", f.packages);
	return stat(path, &st) == 0 ? s->current : 0;
}

static int
learn(struct gate *g, struct app *app, struct arena *a, struct err *e)
{
	struct sandbox s;
	struct notebook n = {0};

	if (sandbox_get(g->db, app->id, a, &s, e) < 0)
		return -1;
	app->is_notebook = strcmp(s.kind, "notebook") == 0;
	if (app->is_notebook && notebook_get(g->db, app->id, a, &n, e) < 0)
		return -1;
	app->has_terminal = n.has_terminal;
	app->frozen = app->is_notebook ? 0 : frozen_version(g, &s, a);
	app->is_wanted = strcmp(s.want, "awake") == 0;
	app->learned_ms = clock_boot_ms();
	app->has_kind = app->is_learned = true;
	return 0;
}

int
app_learn(struct gate *g, struct app *app, struct err *e)
{
	struct arena arena = {0};
	bool is_fresh = app->is_learned && (app->is_notebook ||
	    clock_boot_ms() - app->learned_ms < LEARNED_MS);
	int got = is_fresh ? 0 : learn(g, app, &arena, e);

	arena_free(&arena);
	/* Without the store nobody is shut out of what was known to be there. */
	return got < 0 && app->has_kind && e->kind != ERR_MISSING ? 0 : got;
}

bool
app_each(struct gate *g, bool (*fn)(struct gate *g, struct app *app))
{
	bool is_one = false;

	for (size_t i = 0; i < SLOTS; i++)
		for (struct app *app = g->apps->slots[i]; app; app = app->next)
			is_one |= fn(g, app);
	return is_one;
}

/* A store that cannot be read must not shut out those whose app is there.  One that was
 * terminated answers until it has ended, but to open it is to revive it: that takes the store.
 * A notebook that is to sleep takes nothing new: what it was told then would be lost. */
static bool
confirm(struct gate *g, struct app *app, enum door door)
{
	struct arena arena = {0};
	struct sandbox s;
	struct stat st;
	struct err e;

	if (app->is_confirmed)
		return true;
	if (fstatat(app->folder, doors[door], &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (sandbox_get(g->db, app->id, &arena, &s, &e) == 0)
		app->is_confirmed = strcmp(s.state, "provision") != 0 &&
		    !s.terminated_at &&
		    (!app->is_notebook || strcmp(s.want, "awake") == 0);
	else
		app->is_confirmed = e.kind != ERR_MISSING;
	arena_free(&arena);
	return app->is_confirmed;
}

static int
dial_app(struct gate *g, struct app *app, enum door door, struct err *e)
{
	int fd;

	if (app->folder < 0 || !confirm(g, app, door))
		return err_set(e, ERR_MISSING, "the app is not there");
	fd = dial(app->folder, doors[door], e);
	if (fd < 0 && e->kind != ERR_MISSING && e->kind != ERR_BUSY)
		log_warn("the sandbox of %s: %s", app->id, e->text);
	if (fd < 0 && e->kind == ERR_DENIED)
		e->kind = ERR_MISSING;
	return fd;
}

int
app_dial(struct gate *g, struct app *app, enum door door, struct err *e)
{
	int fd = dial_app(g, app, door, e);

	if (fd >= 0 || e->kind != ERR_MISSING)
		return fd;
	/* A folder that was kept may be that of an earlier life. */
	if (app->folder >= 0)
		close_folder(app);
	app->folder = dial_folder(g->folders, app->id);
	return dial_app(g, app, door, e);
}

void
app_used(struct app *app)
{
	app->last_used = clock_wall_ms();
	if (!app->first_used)
		app->first_used = app->last_used;
}

/* The first time counts too: it is when somebody first saw this life of the sandbox. */
static int
tell_store(struct gate *g, struct app *app, struct err *e)
{
	if (sandbox_active(g->db, app->id, app->first_used, e) < 0)
		return -1;
	return sandbox_active(g->db, app->id, app->last_used, e);
}

static void
tell_all(struct gate *g)
{
	bool has_begun = false;
	struct err e;

	for (size_t i = 0; i < SLOTS; i++) {
		for (struct app *app = g->apps->slots[i]; app; app = app->next) {
			if (!app->last_used)
				continue;
			if (!has_begun && db_begin(g->db, &e) < 0)
				goto failed;
			has_begun = true;
			if (tell_store(g, app, &e) < 0)
				goto failed;
			app->first_used = app->last_used = 0;
		}
	}
	if (!has_begun || db_commit(g->db, &e) == 0)
		return;
failed:
	log_warn("the time of last use could not be stored: %s", e.text);
	db_rollback(g->db);
}

void
app_flush(struct gate *g)
{
	tell_all(g);
	for (size_t i = 0; i < SLOTS; i++) {
		struct app **at = &g->apps->slots[i], *app;

		while ((app = *at)) {
			if (app->conns || app->last_used || wake_is_on(g, app) ||
			    app->wrong_until > clock_boot_ms()) {
				at = &app->next;
				continue;
			}
			*at = app->next;
			wake_forget(g, app);
			app_free(app);
		}
	}
}
