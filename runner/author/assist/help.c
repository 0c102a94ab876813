#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../shared/base/clock.h"
#include "../../../shared/base/log.h"
#include "../../../shared/text/json.h"
#include "../choose.h"
#include "../answer.h"
#include "../outcome.h"
#include "../retry.h"
#include "brief.h"
#include "inside.h"
#include "recipe.h"

#define CONTEXT_MS 90000	/* waking included */
#define LEAST_TOKENS 300	/* less room than this is no room for an answer */
#define TURNS_MAX (2 * ASSIST_STEPS_MAX + 3)
#define EVENT_BYTES (512u << 10)

struct help *
help_find(struct author *a, const char *id)
{
	struct help *h = a->helps;

	while (h && strcmp(h->row.id, id) != 0)
		h = h->next;
	return h;
}

struct help *
help_next(const struct help *h)
{
	return h->next;
}

void
help_drop(struct help *h)
{
	struct author *a = h->author;
	struct help **at = &a->helps;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	a->help_count--;
	talk_stop(h->talk);
	tool_stop(h->tool);
	insist_stop(&h->saving);
	show_free(&h->show);
	said_free(&h->said);
	arena_free(&h->arena);
	free(h);
}

/* ---- the end ---- */

static int
store_end(struct db *db, const struct help *h, struct err *e)
{
	int64_t now = clock_wall_ms();

	if (h->kind)
		return assist_fail(db, h->row.id, h->kind, h->text, h->retry_after,
		    &h->fresh, now, e);
	return assist_finish(db, h->row.id, h->code, h->text, &h->fresh, now, e);
}

static int
save_end(void *arg, struct err *e)
{
	struct help *h = arg;
	struct db *db = h->author->db;

	if (db_begin(db, e) < 0)
		return -1;
	if (store_end(db, h, e) == 0 && db_commit(db, e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

static void
tell_proposal(struct help *h)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, EVENT_BYTES);
	json_open(&json, '{');
	json_put_text(&json, "code", h->code);
	json_put_text(&json, "summary", h->text);
	json_close(&json, '}');
	show_event(&h->show, "proposal", json.at);
}

static void
on_saved(void *arg, const struct err *e)
{
	struct help *h = arg;
	struct author *a = h->author;
	LOG_ABOUT(h->row.workspace, h->row.request);

	if (e) {
		log_warn("assist %s: %s", h->row.id, e->text);
	} else if (!h->kind) {
		help_tell_budget(h);
		tell_proposal(h);
		show_end(&h->show, NULL, 0, "ok");
	} else if (strcmp(h->kind, "cancelled") == 0) {
		show_end(&h->show, NULL, 0, "cancelled");
	} else {
		help_tell_budget(h);
		show_end(&h->show, h->text, h->retry_after, "error");
	}
	help_drop(h);
	author_fill(a);
}

void
help_done(struct help *h, const char *code, const char *summary)
{
	h->code = code;
	h->text = arena_dup(&h->arena, summary);
	insist_start(&h->saving, h->author->loop, save_end, on_saved, h);
}

void
help_fail(struct help *h, const char *kind, const char *text, int64_t retry_after)
{
	log_info("assist %s: %s", h->row.id, kind);
	h->kind = kind;
	h->text = arena_dup(&h->arena, text);
	h->retry_after = retry_after;
	insist_start(&h->saving, h->author->loop, save_end, on_saved, h);
}

void
help_tell_budget(struct help *h)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, 1000);
	json_open(&json, '{');
	json_put_int(&json, "steps", h->step_n);
	json_put_int(&json, "steps_max", h->row.steps_max);
	json_put_int(&json, "tokens", h->used);
	json_put_int(&json, "tokens_max", h->row.tokens_max);
	json_close(&json, '}');
	show_event(&h->show, "budget", json.at);
}

/* ---- the answer ---- */

static void
use_cell(struct help *h, const char *text)
{
	char summary[ANSWER_SUMMARY_MAX * 4 + 1];
	struct snippet s;

	snippet_parse(text, strlen(text), &h->arena, &s);
	if (!s.code) {
		help_fail(h, "answer", outcome_words(&h->arena, s.words, false), 0);
		return;
	}
	answer_summarize(s.words, summary, sizeof(summary));
	help_done(h, s.code, summary);
}

static void
count_tokens(struct help *h, int64_t input, int64_t output)
{
	h->fresh.input += input;
	h->fresh.output += output;
	h->used += input + output;
}

static void
fail_by_tokens(struct help *h)
{
	help_fail(h, err_name(ERR_QUOTA), arena_fmt(&h->arena, "It used up its %lld tokens "
	    "(%lld).%s", (long long)h->row.tokens_max, (long long)h->used,
	    h->step_n ? " What its steps did stays." : ""), 0);
}

static void
on_end(void *arg, struct reply *r, const struct err *e)
{
	struct help *h = arg;
	LOG_ABOUT(h->row.workspace, h->row.request);
	const char *text = reply_text(r);
	struct err problem = {0};

	h->talk = NULL;
	count_tokens(h, r->input_tokens, r->output_tokens);
	if (e) {
		help_fail(h, err_name(e->kind), err_public(e), e->retry_after_secs);
		return;
	}
	show_written(&h->show);
	if (r->stop == STOP_LENGTH && h->is_tight)
		fail_by_tokens(h);
	else if (retry_stop(r, &problem) < 0)
		help_fail(h, err_name(problem.kind), problem.text, 0);
	else if (r->stop == STOP_REFUSED)
		help_fail(h, "answer", outcome_words(&h->arena, text, true), 0);
	else if (h->is_agent)
		agent_answer(h, text);
	else
		use_cell(h, text);
}

static void
on_text(void *arg, const char *text, size_t n)
{
	struct help *h = arg;

	show_text(&h->show, text, n);
}

static void
on_wait(void *arg, const char *why)
{
	struct help *h = arg;

	show_phase(&h->show, "writing", why);
}

/* ---- the question ---- */

static int
make_sample(void *arg, struct buf *answer, struct err *e)
{
	struct help *h = arg;

	(void)e;
	recipe_answer(h->row.prompt, &h->scope, answer);
	return 0;
}

/* Room for the answer: what the model can, and what the budget still has.  False: none. */
static bool
make_room(struct help *h)
{
	struct author *a = h->author;
	const struct model *facts = model_facts(a->provider->name, a->model);
	int64_t left = h->row.tokens_max - h->used;

	h->facts = *facts;
	h->ask.facts = &h->facts;
	if (!a->provider->path)
		return true;
	left -= brief_tokens(&h->ask);
	h->is_tight = left < facts->max_tokens;
	if (h->is_tight)
		h->facts.max_tokens = (long)left;
	return left >= LEAST_TOKENS;
}

void
help_ask(struct help *h)
{
	struct author *a = h->author;

	if (!make_room(h)) {
		fail_by_tokens(h);
		return;
	}
	show_writing(&h->show);
	h->talk = talk_start(&(struct talk_setup){.loop = a->loop, .net = a->net,
	    .conf = &a->conf, .provider = a->provider, .ask = &h->ask,
	    .without = &a->without,
	    .deadline_ms = clock_boot_ms() + a->conf.model_timeout * 1000,
	    .make = make_sample, .on_text = on_text, .on_wait = on_wait, .on_end = on_end,
	    .arg = h});
}

static void
on_context(void *arg, const char *body, size_t n, const struct err *e)
{
	struct help *h = arg;
	struct err problem = {0};
	LOG_ABOUT(h->row.workspace, h->row.request);

	h->tool = NULL;
	if (!e && scope_parse(body, n, &h->arena, &h->scope, &problem) < 0)
		e = &problem;
	if (e) {
		help_fail(h, err_name(e->kind), err_public(e), e->retry_after_secs);
		return;
	}
	h->turns[0] = (struct turn){false, brief_request(&h->scope, h->row.prompt,
	    &h->arena)};
	h->ask.count = 1;
	help_ask(h);
}

static void
read_context(struct help *h)
{
	struct author *a = h->author;
	struct err e = {0};

	h->turns = arena_new(&h->arena, TURNS_MAX * sizeof(*h->turns));
	h->ask = (struct ask){.model = a->model, .turns = h->turns,
	    .system = h->is_agent ? brief_agent : brief_cell};
	show_phase(&h->show, "reading", "looking at the notebook");
	h->tool = tool_ask(&(struct tool_question){.author = a, .workspace = h->row.workspace,
	    .path = "/context", .timeout_ms = CONTEXT_MS, .on_end = on_context, .arg = h}, &e);
	if (!h->tool) {
		log_warn("assist %s: %s", h->row.id, e.text);
		help_fail(h, err_name(e.kind), err_public(&e), 0);
	}
}

/* ---- the beginning ---- */

static int
take(struct help *h, const char *id, struct err *e)
{
	struct author *a = h->author;
	char model[220];

	choose_name(a, model, sizeof(model));
	if (db_begin(a->db, e) < 0)
		return -1;
	if (assist_start(a->db, id, model, clock_wall_ms(), e) < 0 ||
	    assist_get(a->db, id, &h->arena, &h->row, e) < 0 || db_commit(a->db, e) < 0) {
		db_rollback(a->db);
		return -1;
	}
	h->is_agent = strcmp(h->row.kind, "agent") == 0;
	h->used = h->row.input_tokens + h->row.output_tokens;
	return 0;
}

bool
help_start(struct author *a, const char *id)
{
	struct help *h = mem_new(sizeof(*h));
	struct err e = {0};

	h->author = a;
	h->next = a->helps;
	a->helps = h;
	a->help_count++;
	said_init(&h->said);
	show_init(&h->show, a->loop, id);
	if (take(h, id, &e) < 0) {
		log_warn("assist %s not taken: %s", id, e.text);
		help_drop(h);
		return false;
	}
	LOG_ABOUT(h->row.workspace, h->row.request);
	if (h->row.wants_cancel)
		help_fail(h, "cancelled", "Cancelled.", 0);
	else if (h->row.tries > ASSIST_TRIES_MAX)
		help_fail(h, err_name(ERR_INTERNAL), "This request was interrupted twice and "
		    "was given up. Try again.", 0);
	else if (a->unfit.kind)
		help_fail(h, err_name(ERR_UPSTREAM), a->unfit.text, a->unfit.retry_after_secs);
	else if (h->is_agent && !a->provider->path)
		help_fail(h, err_name(ERR_INPUT), "An agent needs a model, and this Carrel has "
		    "none yet. Whoever runs it can set ANTHROPIC_API_KEY or OPENAI_API_KEY.", 0);
	else
		read_context(h);
	return true;
}

void
help_cancel(struct help *h)
{
	int64_t input, output;
	LOG_ABOUT(h->row.workspace, h->row.request);

	if (insist_waits(&h->saving) && (h->kind || h->text))
		return;	/* it has its end already, which only waits for the disk */
	if (h->talk) {
		talk_tokens(h->talk, &input, &output);
		count_tokens(h, input, output);
		talk_stop(KEEP_PTR(h->talk));
	}
	tool_stop(KEEP_PTR(h->tool));
	insist_stop(&h->saving);
	help_fail(h, "cancelled", "Cancelled.", 0);
}

void
help_check(struct help *h)
{
	struct arena arena = {0};
	struct assist s;
	struct err e = {0};
	bool is_gone;
	LOG_ABOUT(h->row.workspace, h->row.request);

	if (assist_get(h->author->db, h->row.id, &arena, &s, &e) < 0)
		is_gone = e.kind == ERR_MISSING;
	else
		is_gone = s.ended_at != 0;
	arena_free(&arena);
	if (!is_gone)
		return;
	log_info("assist %s was ended by somebody else", h->row.id);
	help_drop(h);
}
