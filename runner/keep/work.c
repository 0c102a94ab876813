/*
 * Versions and candidates into a sandbox that is there, and the verdicts back into the store.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/store/job.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/text/json.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/progress.h"
#include "keep.h"

#define HOLD_MS 1000
#define LOSSES_MAX 3		/* of the sandbox, during one job */

static void
ring_both(const struct box *b, const char *job)
{
	bell_ring(NULL, job);
	bell_ring(NULL, b->id);
}

static void
tell_done(const char *job, const char *status)
{
	char json[64];

	snprintf(json, sizeof(json), "{\"status\":\"%s\"}", status);
	progress_add(job, "done", json, NULL);
}

static void
tell_error(const char *job, const char *detail)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 16384);
	json_open(&b, '{');
	json_put_text(&b, "detail", detail);
	json_close(&b, '}');
	progress_add(job, "error", b.at, NULL);
}

void
work_tell_end(const char *id, const char *kind, const char *text)
{
	bool is_cancelled = strcmp(kind, "cancelled") == 0;

	if (!is_cancelled)
		tell_error(id, text);
	tell_done(id, is_cancelled ? "cancelled" : "error");
	bell_ring(NULL, id);
}

void
work_fail(struct keep *k, const char *job, const char *kind, const char *text)
{
	struct err e;

	if (db_begin(k->db, &e) < 0 || job_fail(k->db, job, kind, text, 0, 0, 0, clock_wall_ms(),
	    &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		log_error("job %s: %s", job, e.text);
		return;
	}
	log_info("job %s: ended, %s", job, kind);
	work_tell_end(job, kind, text);
}

static void
apply_current(struct keep *k, struct box *b, int64_t version, struct arena *a)
{
	struct source s;
	struct err e;

	if (source_get(k->db, b->id, version, a, &s, &e) < 0) {
		log_error("version %lld of %s: %s", (long long)version, b->id, e.text);
		return;
	}
	b->applying = version;
	b->apply_ms = clock_boot_ms();
	link_apply(b->link, &s);
}

/* A notebook's first files: what of them is missing is written, then its workload starts. */
static void
apply_files(struct keep *k, struct box *b, struct arena *a)
{
	struct source s;
	struct err e;

	if (notebook_files(k->db, b->id, a, &s, &e) < 0) {
		log_error("files of %s: %s", b->id, e.text);
		return;
	}
	b->applying = 1;
	b->apply_ms = clock_boot_ms();
	link_apply(b->link, &s);
}

static void
apply_candidate(struct keep *k, struct box *b, const struct job *j, struct arena *a)
{
	struct source s;
	struct err e;

	if (strcmp(j->state, "queued") == 0) {
		if (db_begin(k->db, &e) < 0 ||
		    job_start_restore(k->db, j->id, clock_wall_ms(), &e) < 0 ||
		    db_commit(k->db, &e) < 0) {
			db_rollback(k->db);
			log_error("job %s: %s", j->id, e.text);
			return;
		}
	}
	if (candidate_get(k->db, j->id, a, &s, &e) < 0 || s.count == 0) {
		work_fail(k, j->id, "internal", "What was to be put in place is gone; try again.");
		return;
	}
	memcpy(b->judging, j->id, ID_SIZE);
	snprintf(b->request, sizeof(b->request), "%s", j->request);
	b->apply_ms = clock_boot_ms();
	progress_phase(j->id, b->phase == BOX_UP ? "compiling" : "starting",
	    b->phase == BOX_UP ? "" : "starting a sandbox", NULL);
	bell_ring(NULL, j->id);
	link_apply(b->link, &s);
}

bool
work_is_ours(const struct job *j)
{
	return strcmp(j->state, "judging") == 0 ||
	    (strcmp(j->kind, "restore") == 0 && strcmp(j->state, "queued") == 0);
}

void
work_consider(struct keep *k, struct box *b, const struct sandbox *s,
    const struct job *open_job, struct arena *a)
{
	if (!link_is_ready(b->link) || b->judging[0] || b->applying ||
	    clock_boot_ms() < b->hold_until_ms)
		return;
	if (b->is_notebook && !b->applied)
		apply_files(k, b, a);
	else if (s->current && b->applied != s->current)
		apply_current(k, b, s->current, a);
	else if (open_job && work_is_ours(open_job))
		apply_candidate(k, b, open_job, a);
	else if (!open_job && !b->is_notebook)
		freeze_consider(k, b, s);
}

/* How often the sandbox was lost during a job.  Kept here and not with the box, which is
 * another one each time; two jobs that share a slot begin to count anew. */
static int
count_loss(const char *job)
{
	static struct {
		char job[ID_SIZE];
		int losses;
	} lost[256], *slot;

	slot = &lost[((unsigned)job[0] * 31 + (unsigned)job[1]) % COUNT(lost)];
	if (strcmp(slot->job, job) != 0) {
		memcpy(slot->job, job, ID_SIZE);
		slot->losses = 0;
	}
	return ++slot->losses;
}

/* The sandbox did not start, or was lost, or its workload while it judged: the open job
 * goes on in the next one, but not for ever. */
void
work_lost(struct keep *k, struct box *b, const char *reason)
{
	struct arena a = {0};
	char job[ID_SIZE], text[500];
	bool was_judging = b->judging[0] != '\0';
	struct job j;

	b->judging[0] = '\0';
	b->applied = b->applying = b->freezing = 0;
	if (job_current(k->db, b->id, job, NULL) == 0 && job[0] &&
	    job_get(k->db, job, &a, &j, NULL) == 0 && !j.ended_at &&
	    count_loss(job) >= LOSSES_MAX) {
		snprintf(text, sizeof(text), "The sandbox %s: %s Your app is as it was.",
		    was_judging ? "did not survive this change" : "could not be kept running", reason);
		work_fail(k, job, was_judging ? "compile" : "busy", text);
	}
	arena_free(&a);
}

void
work_restarted(struct keep *k, struct box *b)
{
	(void)k;
	b->applied = b->applying = b->freezing = 0;
	b->judging[0] = '\0';	/* it is sent again */
}

/* The store did not take a verdict.  The job may have ended meanwhile, which is fine; a store
 * that cannot be written (a full disk) is asked again in a while, and nothing is lost. */
static void
refused(struct box *b, const char *job, const struct err *e)
{
	if (e->kind == ERR_CONFLICT || e->kind == ERR_MISSING)
		return;
	log_error("job %s: %s", job, err_public(e));
	b->hold_until_ms = clock_boot_ms() + HOLD_MS;
}

static void
accept(struct keep *k, struct box *b, const char *job)
{
	AUTO_BUF struct buf out = {0};
	struct arena a = {0};
	struct job j;
	struct err e;
	int64_t n = 0;

	progress_phase(job, "publishing", "", NULL);
	if (db_begin(k->db, &e) < 0 || job_accept(k->db, job, clock_wall_ms(), &n, &e) < 0 ||
	    db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		b->applied = 0;		/* the current version goes back in */
		refused(b, job, &e);
		return;
	}
	b->applied = n;
	log_info("job %s: version %lld is live", job, (long long)n);
	b->is_unfit = false;
	b->freezes = 0;
	progress_add(job, "verdict", "{\"ok\":true}", NULL);
	if (job_get(k->db, job, &a, &j, NULL) == 0) {
		buf_init(&out, 65536);
		json_open(&out, '{');
		json_put_int(&out, "version", n);
		json_put_text(&out, "summary", j.summary && j.summary[0] ? j.summary : j.prompt);
		json_close(&out, '}');
		progress_add(job, "version", out.at, NULL);
	} else {
		buf_init(&out, 0);
	}
	tell_done(job, "ok");
	ring_both(b, job);
	arena_free(&a);
}

/* The judge's error in the form that goes to people and models: a copy with known members
 * only, so that nothing else of the inside reaches a page. */
static void
put_error(struct buf *out, const cJSON *error)
{
	static const char *const texts[] = {"file", "message", "frame", "plugin"};

	json_open(out, '{');
	for (size_t i = 0; i < COUNT(texts); i++)
		if (json_get_text(error, texts[i]))
			json_put_text(out, texts[i], json_get_text(error, texts[i]));
	json_put_int(out, "line", json_get_int(error, "line", 0));
	json_put_int(out, "column", json_get_int(error, "column", 0));
	json_close(out, '}');
}

static void
reject(struct keep *k, struct box *b, const char *job, const cJSON *error)
{
	AUTO_BUF struct buf verdict = {0};
	const char *message = json_get_text(error, "message");
	const char *file = json_get_text(error, "file");
	char text[2600];
	bool is_over = false;
	struct err e;

	buf_init(&verdict, 65536);
	json_open(&verdict, '{');
	json_put_bool(&verdict, "ok", false);
	json_key(&verdict, "error");
	put_error(&verdict, error);
	json_close(&verdict, '}');
	snprintf(text, sizeof(text), "The new code does not compile, so your app is as it was. "
	    "%s%s%s", file ? file : "", file ? ": " : "", message ? message : "No message.");
	if (db_begin(k->db, &e) < 0 || job_reject(k->db, job, verdict.at, text, clock_wall_ms(),
	    &is_over, &e) < 0 || db_commit(k->db, &e) < 0) {
		db_rollback(k->db);
		refused(b, job, &e);
		return;
	}
	progress_add(job, "verdict", verdict.at, NULL);
	log_info("job %s: does not compile%s", job, is_over ? "" : "; sent back");
	if (is_over) {
		tell_error(job, text);
		tell_done(job, "error");
	}
	ring_both(b, job);
}

void
work_verdict(struct keep *k, struct box *b, const char *json, size_t n)
{
	AUTO_JSON cJSON *verdict = json_parse(json, n, NULL);
	const cJSON *error = json_get(verdict, "error");
	const char *kind = json_get_text(error, "kind");
	bool is_good = json_get_bool(verdict, "ok");
	bool is_lost = !verdict || (kind && strcmp(kind, "gone") == 0);
	char job[ID_SIZE], id[ID_SIZE];

	memcpy(id, b->id, ID_SIZE);
	memcpy(job, b->judging, ID_SIZE);
	if (is_lost) {
		log_warn("verdict of %s: %.*s", id, (int)(n > 300 ? 300 : n), json);
		work_lost(k, b, "its compiler ended.");
	} else if (b->applying) {
		if (!is_good)
			log_error("version %lld of %s no longer compiles: %.*s",
			    (long long)b->applying, id, (int)(n > 300 ? 300 : n), json);
		b->applied = b->applying;
		b->applying = 0;
		b->is_unfit = !is_good;
		bell_ring(NULL, id);
	} else if (job[0]) {
		b->judging[0] = '\0';
		if (is_good)
			accept(k, b, job);
		else
			reject(k, b, job, error);
	}
	decide(k, id);
}
