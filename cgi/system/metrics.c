/*
 * GET /metrics: figures for Prometheus, text format 0.0.4; see metrics.def.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/drain.h"
#include "../../shared/store/figure.h"
#include "../../shared/store/usage.h"
#include "../../shared/wire/alive.h"
#include "../../shared/wire/count.h"
#include "../lib/reply.h"
#include "expose.h"

#define VAR "/run/carrel/var"
#define TYPE "text/plain; version=0.0.4; charset=utf-8"

struct telling {
	struct req *r;
	struct err *e;
	const char *name;	/* of the metric */
	struct count_page keep, gate, egress;
};

static void
put(const struct telling *t, const char *const *labels, int64_t n)
{
	expose_int(t->r, t->name, labels, n);
}

static const char *const plugins[] = {"apps", "notebooks", "files", "pages", "system"};

static int
tell_build_info(struct telling *t)
{
	put(t, LABELS("version", CARREL_VERSION), 1);
	return 0;
}

static int
tell_part_up(struct telling *t)
{
	static const char *const parts[] = {"keep", "author", "gate", "egress"};

	for (size_t i = 0; i < COUNT(parts); i++)
		put(t, LABELS("part", parts[i]), alive_is(parts[i]));
	return 0;
}

static int
tell_draining(struct telling *t)
{
	int is = drain_get(t->r->db, NULL, t->e);

	put(t, NULL, is == 1);
	return is < 0 ? -1 : 0;
}

typedef int figure_fn(struct db *db, struct arena *a, struct figure **rows, struct err *e);

static int
put_figures(struct telling *t, figure_fn *fn, const char *kind)
{
	struct figure *rows;
	int n = fn(t->r->db, &t->r->arena, &rows, t->e);

	for (int i = 0; i < n; i++)
		put(t, rows[i].state ?
		    LABELS("kind", kind ? kind : rows[i].kind, "state", rows[i].state) :
		    LABELS("kind", rows[i].kind), rows[i].n);
	return n < 0 ? -1 : 0;
}

static int
tell_workspaces(struct telling *t)
{
	return put_figures(t, figure_workspaces, NULL);
}

static int
tell_sandboxes(struct telling *t)
{
	return put_figures(t, figure_sandboxes, NULL);
}

static const struct {
	const char *kind, *from;
	enum count_total total;
	enum count_span span;
} starts[] = {
	{"app", "nothing", TOTAL_start_app, SPAN_start_app_ms},
	{"notebook", "nothing", TOTAL_start_notebook, SPAN_start_notebook_ms},
	{"notebook", "checkpoint", TOTAL_wake_notebook, SPAN_wake_notebook_ms},
	{"app", "golden", TOTAL_clone_app, SPAN_clone_app_ms},
	{"notebook", "golden", TOTAL_clone_notebook, SPAN_clone_notebook_ms},
};

static int
tell_sandbox_starts_total(struct telling *t)
{
	for (size_t i = 0; i < COUNT(starts); i++)
		put(t, LABELS("kind", starts[i].kind, "from", starts[i].from),
		    (int64_t)t->keep.totals[starts[i].total]);
	return 0;
}

static int
tell_sandbox_start_seconds(struct telling *t)
{
	for (size_t i = 0; i < COUNT(starts); i++)
		expose_spans(t->r, t->name, &t->keep.spans[starts[i].span],
		    LABELS("kind", starts[i].kind, "from", starts[i].from));
	return 0;
}

static int
tell_sandbox_ends_total(struct telling *t)
{
	put(t, LABELS("how", "asleep"), (int64_t)t->keep.totals[TOTAL_asleep]);
	put(t, LABELS("how", "failed"), (int64_t)t->keep.totals[TOTAL_failed]);
	return 0;
}

/* more: a label before the tally's own, or NULL. */
static int
put_tally(struct telling *t, const char *tally, const char *label, const char *more,
    const char *value)
{
	struct tally *rows;
	int n = figure_tally(t->r->db, tally, &t->r->arena, &rows, t->e);

	for (int i = 0; i < n; i++)
		put(t, more ? LABELS(more, value, label, rows[i].label) :
		    LABELS(label, rows[i].label), rows[i].n);
	return n < 0 ? -1 : 0;
}

static int
tell_sandbox_failures_total(struct telling *t)
{
	return put_tally(t, "failure", "reason", NULL, NULL);
}

static int
put_memory(struct telling *t, bool is_limit)
{
	struct usage_meter *rows;
	int n = usage_meters(t->r->db, &t->r->arena, &rows, t->e);
	int64_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += is_limit ? rows[i].memory_mb << 20 : rows[i].memory_bytes;
	put(t, NULL, sum);
	return n < 0 ? -1 : 0;
}

static int
tell_sandbox_memory_bytes(struct telling *t)
{
	return put_memory(t, false);
}

static int
tell_sandbox_memory_limit_bytes(struct telling *t)
{
	return put_memory(t, true);
}

static int
tell_sandbox_cpu_seconds_total(struct telling *t)
{
	expose(t->r, t->name, "", NULL, arena_fmt(&t->r->arena, "%.6f",
	    (double)t->keep.totals[TOTAL_cpu_usec] / 1e6));
	return 0;
}

static int
tell_queue_length(struct telling *t)
{
	int64_t n, since;

	if (figure_queue(t->r->db, &n, &since, t->e) < 0)
		return -1;
	put(t, NULL, n);
	return 0;
}

static int
tell_freeze_queue_length(struct telling *t)
{
	int64_t n;

	if (figure_unfrozen(t->r->db, &n, t->e) < 0)
		return -1;
	put(t, NULL, n);
	return 0;
}

static int
tell_queue_wait_seconds(struct telling *t)
{
	int64_t n, since, ms;

	if (figure_queue(t->r->db, &n, &since, t->e) < 0)
		return -1;
	ms = since ? clock_wall_ms() - since : 0;
	expose(t->r, t->name, "", NULL, expose_seconds(t->r, ms > 0 ? ms : 0));
	return 0;
}

static int
tell_jobs(struct telling *t)
{
	return put_figures(t, figure_jobs, NULL) < 0 || put_figures(t, figure_assists, NULL) < 0 ?
	    -1 : 0;
}

static int
tell_jobs_ended_total(struct telling *t)
{
	return put_tally(t, "job", "state", "kind", "app") < 0 ||
	    put_tally(t, "assist", "state", "kind", "assist") < 0 ? -1 : 0;
}

static int
tell_job_failures_total(struct telling *t)
{
	return put_tally(t, "job_failure", "error", NULL, NULL);
}

static int
tell_model_tokens_total(struct telling *t)
{
	return put_tally(t, "input_tokens", "model", "way", "in") < 0 ||
	    put_tally(t, "output_tokens", "model", "way", "out") < 0 ? -1 : 0;
}

static int
tell_requests_total(struct telling *t)
{
	static const char *const classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
	struct count_page *page = arena_new(&t->r->arena, sizeof(*page));

	for (size_t i = 0; i < COUNT(plugins); i++)
		for (size_t k = 0; count_read(plugins[i], page) && k < COUNT(classes); k++)
			put(t, LABELS("plugin", plugins[i], "status", classes[k]),
			    (int64_t)page->totals[TOTAL_request_1xx + k]);
	return 0;
}

static int
tell_request_seconds(struct telling *t)
{
	struct count_page *page = arena_new(&t->r->arena, sizeof(*page));

	for (size_t i = 0; i < COUNT(plugins); i++)
		if (count_read(plugins[i], page))
			expose_spans(t->r, t->name, &page->spans[SPAN_request_ms],
			    LABELS("plugin", plugins[i]));
	return 0;
}

static int
tell_gate_connections(struct telling *t)
{
	put(t, NULL, t->gate.levels[LEVEL_connections]);
	return 0;
}

static int
tell_gate_requests_total(struct telling *t)
{
	put(t, NULL, (int64_t)t->gate.totals[TOTAL_connection]);
	return 0;
}

static int
tell_gate_refused_total(struct telling *t)
{
	put(t, NULL, (int64_t)t->gate.totals[TOTAL_connection_refused]);
	return 0;
}

static int
tell_gate_wait_seconds(struct telling *t)
{
	expose_spans(t->r, t->name, &t->gate.spans[SPAN_woken_ms], (const char *const[]){NULL});
	return 0;
}

static int
tell_egress_cache_total(struct telling *t)
{
	put(t, LABELS("result", "hit"), (int64_t)t->egress.totals[TOTAL_cache_hit]);
	put(t, LABELS("result", "miss"), (int64_t)t->egress.totals[TOTAL_cache_miss]);
	return 0;
}

static int
tell_load1(struct telling *t)
{
	double load = 0;

	getloadavg(&load, 1);
	expose(t->r, t->name, "", NULL, arena_fmt(&t->r->arena, "%.2f", load));
	return 0;
}

static int
tell_memory_available_bytes(struct telling *t)
{
	put(t, NULL, mem_available_mb() << 20);
	return 0;
}

static int
put_disk(struct telling *t, bool is_size)
{
	struct statvfs s;

	if (statvfs(VAR, &s) == 0)
		put(t, NULL, (int64_t)((is_size ? s.f_blocks : s.f_bavail) * s.f_frsize));
	return 0;
}

static int
tell_disk_free_bytes(struct telling *t)
{
	return put_disk(t, false);
}

static int
tell_disk_size_bytes(struct telling *t)
{
	return put_disk(t, true);
}

static int
tell_store_bytes(struct telling *t)
{
	static const char *const files[] = {DB_PATH, DB_PATH "-wal"};
	int64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < COUNT(files); i++)
		sum += stat(files[i], &st) == 0 ? st.st_size : 0;
	put(t, NULL, sum);
	return 0;
}

static const struct {
	const char *name, *type, *unit, *sentence;
	int (*tell)(struct telling *t);
} metrics[] = {
#define METRIC(name, type, unit, sentence) {#name, #type, unit, sentence, tell_##name},
#include "metrics.def"
#undef METRIC
};

static int
run(struct req *r, struct err *e)
{
	struct telling *t = arena_new(&r->arena, sizeof(*t));

	t->r = r;
	t->e = e;
	count_read("keep", &t->keep);
	count_read("gate", &t->gate);
	count_read("egress", &t->egress);
	for (size_t i = 0; i < COUNT(metrics); i++) {
		const char *unit = metrics[i].unit;

		buf_fmt(&r->out, "# HELP carrel_%s %s%s%s%s\n# TYPE carrel_%s %s\n", metrics[i].name,
		    metrics[i].sentence, *unit ? " In " : "", unit, *unit ? "." : "",
		    metrics[i].name, metrics[i].type);
		t->name = metrics[i].name;
		if (metrics[i].tell(t) < 0)
			return -1;
	}
	return reply_send(r, 200, TYPE);
}

const struct endpoint system_metrics = {
	.about = "For the admin, and for whoever sends the setting metrics_token as Bearer: in "
	    "Prometheus, authorization with credentials. Counters begin anew when Carrel is "
	    "started; those of jobs, tokens and failures do not.",
	.replies = REPLIES({200, "Prometheus's text format, 0.0.4.", NULL, "text/plain"}),
	.run = run,
};
