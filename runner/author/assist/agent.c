/* An agent's answers: each is a step, or the end. */
#include <string.h>

#include "../../../shared/base/log.h"
#include "../../../shared/text/json.h"
#include "../outcome.h"
#include "brief.h"
#include "inside.h"

#define STEP_SECS 60
/* What waking, other code that runs, and an interrupt may take beside the code itself. */
#define MORE_MS 150000
#define TOLD_BYTES 4096		/* of a step's output, to the model */
#define EVENT_BYTES (512u << 10)

/* step {n, code}, and when it has ended also {success, output, took_ms}. */
static void
tell_step(struct help *h)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, EVENT_BYTES);
	json_open(&json, '{');
	json_put_int(&json, "n", h->step_n);
	json_put_text(&json, "code", h->step.code);
	if (h->output) {
		json_put_bool(&json, "success", h->said.is_success);
		json_put_text(&json, "output", h->output);
		json_put_int(&json, "took_ms", h->said.took_ms);
	}
	json_close(&json, '}');
	show_event(&h->show, "step", json.at);
}

/* ---- a step has ended ---- */

static int
save_step_end(void *arg, struct err *e)
{
	struct help *h = arg;
	struct db *db = h->author->db;

	if (db_begin(db, e) < 0)
		return -1;
	if (assist_end_step(db, h->row.id, h->output, h->said.is_success, h->said.took_ms,
	    e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

/* The store did not take a step: somebody has ended the assist, or the disk is full for
 * good. */
static void
give_up(struct help *h, const struct err *e)
{
	struct author *a = h->author;

	log_error("assist %s cannot be saved: %s", h->row.id, e->text);
	help_drop(h);
	author_fill(a);
}

static void
on_step_end_saved(void *arg, const struct err *e)
{
	struct help *h = arg;
	LOG_ABOUT(h->row.workspace, h->row.request);

	if (e) {
		give_up(h, e);
		return;
	}
	tell_step(h);
	h->turns[h->ask.count++] = (struct turn){false, brief_output(
	    said_short(&h->said, TOLD_BYTES, &h->arena), h->said.is_success,
	    h->row.steps_max - h->step_n, h->row.tokens_max - h->used, &h->arena)};
	help_ask(h);
}

static int
on_event(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	struct help *h = arg;

	return said_event(&h->said, name, data, n, e);
}

static void
on_ran(void *arg, const char *body, size_t n, const struct err *e)
{
	static const struct err cut = {.kind = ERR_UPSTREAM,
	    .text = "The notebook ended before it had answered."};
	struct help *h = arg;
	LOG_ABOUT(h->row.workspace, h->row.request);

	(void)body, (void)n;
	h->tool = NULL;
	if (!e && !h->said.is_done)
		e = &cut;
	if (e) {
		help_fail(h, err_name(e->kind), arena_fmt(&h->arena, "%s What its steps did "
		    "stays.", err_public(e)), e->retry_after_secs);
		return;
	}
	h->output = said_short(&h->said, ASSIST_OUTPUT_BYTES, &h->arena);
	insist_start(&h->saving, h->author->loop, save_step_end, on_step_end_saved, h);
}

/* ---- a step begins ---- */

static int
save_step(void *arg, struct err *e)
{
	struct help *h = arg;
	struct db *db = h->author->db;

	if (db_begin(db, e) < 0)
		return -1;
	if (assist_begin_step(db, h->row.id, h->step.code, &h->fresh, &h->step_n, e) == 0 &&
	    db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

static void
run_step(struct help *h)
{
	AUTO_BUF struct buf json = {0};
	struct err e = {0};

	buf_init(&json, EVENT_BYTES);
	json_open(&json, '{');
	json_put_text(&json, "code", h->step.code);
	json_put_int(&json, "timeout", STEP_SECS);
	json_close(&json, '}');
	h->output = NULL;
	said_free(&h->said);
	said_init(&h->said);
	h->tool = tool_ask(&(struct tool_question){.author = h->author,
	    .workspace = h->row.workspace, .path = "/run",
	    .json = arena_dupn(&h->arena, json.at, json.len),
	    .timeout_ms = STEP_SECS * 1000 + MORE_MS, .on_event = on_event, .on_end = on_ran,
	    .arg = h}, &e);
	if (!h->tool)
		on_ran(h, "", 0, &e);
}

static void
on_step_saved(void *arg, const struct err *e)
{
	struct help *h = arg;
	LOG_ABOUT(h->row.workspace, h->row.request);

	if (e) {
		give_up(h, e);
		return;
	}
	h->fresh = (struct assist_tokens){0};
	h->output = NULL;
	help_tell_budget(h);
	tell_step(h);
	show_phase(&h->show, "running", arena_fmt(&h->arena, "step %lld of %lld",
	    (long long)h->step_n, (long long)h->row.steps_max));
	run_step(h);
}

void
agent_answer(struct help *h, const char *text)
{
	struct snippet s;

	snippet_parse(text, strlen(text), &h->arena, &s);
	if (s.is_done || !s.code) {
		help_done(h, s.code, outcome_words(&h->arena, s.words, false));
	} else if (h->step_n == h->row.steps_max) {
		help_fail(h, err_name(ERR_QUOTA), arena_fmt(&h->arena, "It used up its %lld "
		    "steps. What they did stays.", (long long)h->row.steps_max), 0);
	} else {
		h->step = s;
		h->turns[h->ask.count++] = (struct turn){true, arena_dup(&h->arena, text)};
		insist_start(&h->saving, h->author->loop, save_step, on_step_saved, h);
	}
}
