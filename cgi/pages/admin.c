/*
 * GET /admin: the machine, what runs on it, what was slow and what failed; for its admin.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/figure.h"
#include "../../shared/store/usage.h"
#include "../../shared/wire/count.h"
#include "view.h"

#define VAR "/run/carrel/var"
#define MEM_TOTAL_KB "/proc/meminfo"
#define SLOW_SHOWN 8
#define SLOW_MS 50		/* what is faster is not slow */
#define FAILURES_SHOWN 12
#define SANDBOXES_SHOWN 200

static const char *const programs[] = {"keep", "apps", "notebooks", "files", "pages", "system"};

static const char *
span_words(struct req *r, int64_t ms)
{
	int64_t s = ms > 0 ? ms / 1000 : 0;

	if (s < 120)
		return arena_fmt(&r->arena, "%lld s", (long long)s);
	if (s < 7200)
		return arena_fmt(&r->arena, "%lld min", (long long)s / 60);
	if (s < 172800)
		return arena_fmt(&r->arena, "%lld h", (long long)s / 3600);
	return arena_fmt(&r->arena, "%lld days", (long long)s / 86400);
}

static const char *
ms_words(struct req *r, int64_t ms)
{
	return ms < 1000 ? arena_fmt(&r->arena, "%lld ms", (long long)ms) :
	    arena_fmt(&r->arena, "%.1f s", (double)ms / 1000);
}

/* One of the figures on top; part of whole in hundredths, or −1. */
static void
add_figure(cJSON *list, const char *name, const char *value, const char *note, int part,
    bool is_bad)
{
	cJSON *o = cJSON_CreateObject();

	view_text(o, "name", name);
	view_text(o, "value", value);
	view_text(o, "note", note);
	view_true(o, "has_part", part >= 0);
	cJSON_AddNumberToObject(o, "part", part >= 0 ? part : 0);
	view_true(o, "bad", is_bad);
	cJSON_AddItemToArray(list, o);
}

static int64_t
memory_total_mb(void)
{
	FILE *f = fopen(MEM_TOTAL_KB, "re");
	long long kb = 0;

	if (!f)
		return 0;
	if (fscanf(f, "MemTotal: %lld", &kb) != 1)
		kb = 0;
	fclose(f);
	return kb / 1024;
}

static void
add_machine(struct req *r, cJSON *list)
{
	int64_t free_mb = mem_available_mb(), all_mb = memory_total_mb();
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	double load[3] = {0};
	struct statvfs s;

	getloadavg(load, 3);
	add_figure(list, "Load", arena_fmt(&r->arena, "%.1f", load[0]), arena_fmt(&r->arena,
	    "%.1f over 15 min · %ld core%s", load[2], cores, cores == 1 ? "" : "s"),
	    (int)(100 * load[0] / (double)(cores > 0 ? cores : 1)), load[0] > 2 * (double)cores);
	if (all_mb)
		add_figure(list, "Memory free", view_size(r, free_mb << 20), arena_fmt(&r->arena,
		    "of %s", view_size(r, all_mb << 20)), (int)(100 - 100 * free_mb / all_mb),
		    free_mb < 768);
	if (statvfs(VAR, &s) == 0 && s.f_blocks)
		add_figure(list, "Disk free", view_size(r, (int64_t)(s.f_bavail * s.f_frsize)),
		    arena_fmt(&r->arena, "of %s", view_size(r, (int64_t)(s.f_blocks * s.f_frsize))),
		    (int)(100 - 100 * s.f_bavail / s.f_blocks), s.f_bavail * s.f_frsize < 1u << 30);
}

static int
add_queue(struct req *r, cJSON *list, int64_t now, struct err *e)
{
	int64_t n, since;

	if (figure_queue(r->db, &n, &since, e) < 0)
		return -1;
	add_figure(list, "Waiting", arena_fmt(&r->arena, "%lld", (long long)n), n ?
	    arena_fmt(&r->arena, "the first for %s", span_words(r, now - since)) :
	    "nobody waits for a sandbox", -1, n && now - since > 30000);
	return 0;
}

static void
add_sandbox(struct req *r, const struct usage_meter *m, int64_t now, cJSON *list)
{
	bool is_notebook = strcmp(m->kind, "notebook") == 0;
	int64_t limit = m->memory_mb << 20;
	cJSON *o = cJSON_CreateObject();

	view_text(o, "id", m->id);
	view_text(o, "href", arena_fmt(&r->arena, "/%s/%s", m->kind, m->id));
	view_text(o, "title", m->title[0] ? m->title : "Deleted");
	view_text(o, "kind", m->kind);
	view_text(o, "owner", m->owner);
	view_text(o, "dot", strcmp(m->state, "running") == 0 ? "awake" : "moving");
	view_text(o, "state", strcmp(m->state, "running") == 0 ? "awake" :
	    strcmp(m->state, "provision") == 0 ? "starting" : "ending");
	view_text(o, "memory", m->memory_bytes ? view_size(r, m->memory_bytes) : "…");
	view_text(o, "limit", view_size(r, limit));
	cJSON_AddNumberToObject(o, "part", limit ? (double)(100 * m->memory_bytes / limit) : 0);
	view_text(o, "cpu", arena_fmt(&r->arena, "%.1f s", (double)m->cpu_usec / 1e6));
	view_text(o, "disk", m->disk_bytes ? view_size(r, m->disk_bytes) : "–");
	view_text(o, "age", m->started_at ? span_words(r, now - m->started_at) : "–");
	view_text(o, "used", m->last_activity_at ? span_words(r, now - m->last_activity_at) : "–");
	view_true(o, "is_notebook", is_notebook);
	view_true(o, "is_held", m->held_until > now);
	view_text(o, "held", m->held_until > now ? span_words(r, m->held_until - now) : NULL);
	cJSON_AddItemToArray(list, o);
}

static int
add_sandboxes(struct req *r, cJSON *c, cJSON *figures, int64_t now, struct err *e)
{
	struct usage_meter *rows;
	int n = usage_meters(r->db, &r->arena, &rows, e);
	cJSON *list = cJSON_AddArrayToObject(c, "sandboxes");
	int64_t bytes = 0;

	for (int i = 0; i < n; i++) {
		bytes += rows[i].memory_bytes;
		if (i < SANDBOXES_SHOWN)
			add_sandbox(r, &rows[i], now, list);
	}
	view_true(c, "has_sandboxes", n > 0);
	view_text(c, "more_sandboxes", n > SANDBOXES_SHOWN ? arena_fmt(&r->arena,
	    "and %d smaller ones", n - SANDBOXES_SHOWN) : NULL);
	add_figure(figures, "Awake", arena_fmt(&r->arena, "%d", n < 0 ? 0 : n), n > 0 ?
	    arena_fmt(&r->arena, "%s in all", view_size(r, bytes)) : "everything sleeps", -1, false);
	return n < 0 ? -1 : 0;
}

static int
slower(const void *a, const void *b)
{
	const struct count_slow *x = a, *y = b;

	return (x->ms < y->ms) - (x->ms > y->ms);
}

static void
add_slow(struct req *r, cJSON *c, int64_t now)
{
	struct count_slow *all = arena_new(&r->arena, COUNT(programs) * COUNT_SLOW * sizeof(*all));
	struct count_page *page = arena_new(&r->arena, sizeof(*page));
	cJSON *list = cJSON_AddArrayToObject(c, "slow");
	size_t n = 0;

	for (size_t i = 0; i < COUNT(programs); i++)
		for (int k = 0; count_read(programs[i], page) && k < COUNT_SLOW; k++)
			if (page->slow[k].ms >= SLOW_MS && now - page->slow[k].at < COUNT_SLOW_MS)
				all[n++] = page->slow[k];
	qsort(all, n, sizeof(*all), slower);
	for (size_t i = 0; i < n && i < SLOW_SHOWN; i++) {
		cJSON *o = cJSON_CreateObject();

		view_text(o, "what", all[i].what);
		view_text(o, "took", ms_words(r, all[i].ms));
		view_text(o, "id", all[i].id);
		view_when(o, all[i].at, now);
		cJSON_AddItemToArray(list, o);
	}
	view_true(c, "has_slow", n > 0);
}

static int
add_failures(struct req *r, cJSON *c, const char *name, const char *tally, int64_t now,
    struct err *e)
{
	struct tally *rows;
	int n = figure_tally(r->db, tally, &r->arena, &rows, e);
	cJSON *list = cJSON_AddArrayToObject(c, name);

	for (int i = 0; i < n && i < FAILURES_SHOWN; i++) {
		cJSON *o = cJSON_CreateObject();

		view_text(o, "reason", rows[i].label);
		view_text(o, "times", arena_fmt(&r->arena, "%lld", (long long)rows[i].n));
		view_when(o, rows[i].last_at, now);
		cJSON_AddItemToArray(list, o);
	}
	view_true(c, arena_fmt(&r->arena, "has_%s", name), n > 0);
	return n < 0 ? -1 : 0;
}

static int
add_drain(struct req *r, cJSON *c, int64_t now, struct err *e)
{
	struct drain d;
	int is = drain_get(r->db, &d, e);

	view_true(c, "is_drained", is == 1);
	if (is == 1)
		view_text(c, "drained_since", arena_fmt(&r->arena, "for %s, by %s",
		    span_words(r, now - d.since), d.by));
	return is < 0 ? -1 : 0;
}

static int
run(struct req *r, struct err *e)
{
	int64_t now = clock_wall_ms();
	cJSON *c = view_page(r, "Admin"), *figures = cJSON_AddArrayToObject(c, "figures");

	view_true(c, "may_sign_out", r->site->conf.admin_secret[0] != '\0');
	add_machine(r, figures);
	if (add_sandboxes(r, c, figures, now, e) < 0 || add_queue(r, figures, now, e) < 0 ||
	    add_failures(r, c, "failures", "failure", now, e) < 0 ||
	    add_failures(r, c, "job_failures", "job_failure", now, e) < 0 ||
	    add_drain(r, c, now, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	add_slow(r, c, now);
	return reply_page(r, 200, "admin", c, e);
}

const struct endpoint pages_admin = {
	.replies = REPLIES({200, "The page.", NULL, "text/html"},
	    {401, "The page that asks for the ADMIN_SECRET.", NULL, NULL}),
	.run = run,
};
