#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/wire/bell.h"
#include "answer.h"
#include "base64.h"
#include "candidate.h"
#include "choose.h"
#include "insist.h"
#include "outcome.h"
#include "prompt.h"
#include "retry.h"
#include "sample/sample.h"
#include "show.h"
#include "talk.h"
#include "work.h"

#define SAMPLE_DIR "/run/carrel/build/www/sample"

struct work {
	struct author *author;
	struct work *next;
	struct arena arena;
	struct job job;
	struct source source;
	struct prompt prompt;
	struct ask ask;
	struct show show;
	struct talk *talk;
	int64_t deadline_ms, answered_ms;	/* boot time */
	int mended;	/* answers sent back from here, before anybody compiled them */
	struct outcome outcome;	/* kept until the store has it */
	struct insist saving;
};

struct work *
work_find(struct author *a, const char *id)
{
	struct work *w = a->first;

	while (w && strcmp(w->job.id, id) != 0)
		w = w->next;
	return w;
}

struct work *
work_next(const struct work *w)
{
	return w->next;
}

void
work_drop(struct work *w)
{
	struct author *a = w->author;
	struct work **at = &a->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	a->count--;
	talk_stop(w->talk);
	insist_stop(&w->saving);
	show_free(&w->show);
	arena_free(&w->arena);
	free(w);
}

/* ---- the end, into the store ---- */

static int
store_outcome(void *arg, struct err *e)
{
	struct work *w = arg;

	return outcome_store(&w->outcome, w->author->db, w->job.id, clock_wall_ms(), e);
}

static void
on_stored(void *arg, const struct err *e)
{
	struct work *w = arg;
	struct author *a = w->author;
	LOG_ABOUT(w->job.workspace, w->job.request);

	if (!e) {
		outcome_tell(&w->outcome, &w->show);
		if (!w->outcome.kind)
			log_info("job %s: candidate of %d files, %lld ms after the "
			    "answer", w->job.id, w->outcome.candidate.count,
			    (long long)(clock_boot_ms() - w->answered_ms));
	} else if (e->kind == ERR_CONFLICT || e->kind == ERR_MISSING) {
		log_info("job %s is over already: %s", w->job.id, e->text);
	} else {
		log_error("job %s cannot be saved: %s", w->job.id, e->text);
	}
	work_drop(w);
	author_fill(a);
}

static void
save(struct work *w)
{
	insist_start(&w->saving, w->author->loop, store_outcome, on_stored, w);
}

static void
fail(struct work *w, const char *kind, const char *text, int64_t retry_after)
{
	w->outcome.kind = kind;
	w->outcome.text = arena_dup(&w->arena, text);
	w->outcome.retry_after = retry_after;
	log_info("job %s: %s", w->job.id, kind);
	save(w);
}

/* ---- the answer ---- */

static void ask_model(struct work *w);

/* An answer that cannot be applied goes back to the model, or ends the job. */
static void
mend(struct work *w, const char *text, const char *problem)
{
	char said[600];

	if (w->job.repairs + w->mended >= JOB_REPAIRS_MAX) {
		snprintf(said, sizeof(said), "The model's answer could not be used: %s",
		    problem);
		fail(w, "compile", said, 0);
		return;
	}
	w->mended++;
	log_info("job %s: answer sent back: %s", w->job.id, problem);
	w->prompt.answer = arena_dup(&w->arena, text);
	w->prompt.problem = arena_dup(&w->arena, problem);
	show_phase(&w->show, "repairing", problem);
	ask_model(w);
}

static void
use_answer(struct work *w, const struct reply *r)
{
	struct answer *answer = arena_new(&w->arena, sizeof(*answer));
	const char *text = reply_text(r);
	struct err e = {0};

	if (retry_stop(r, &e) < 0) {
		fail(w, err_name(e.kind), e.text, 0);
	} else if (r->stop == STOP_REFUSED) {
		fail(w, "answer", outcome_words(&w->arena, text, true), 0);
	} else if (answer_parse(text, strlen(text), &w->arena, answer, &e) < 0) {
		mend(w, text, e.text);
	} else if (answer->count == 0) {
		fail(w, "answer", outcome_words(&w->arena, answer->words, false), 0);
	} else if (candidate_make(answer, &w->source, &w->arena, &w->outcome.candidate,
	    &e) < 0) {
		mend(w, text, e.text);
	} else {
		w->outcome.answer = arena_dup(&w->arena, text);
		w->outcome.summary = arena_dup(&w->arena, answer->summary);
		save(w);
	}
}

static void
on_end(void *arg, struct reply *r, const struct err *e)
{
	struct work *w = arg;
	LOG_ABOUT(w->job.workspace, w->job.request);

	w->talk = NULL;
	w->answered_ms = clock_boot_ms();
	w->outcome.input_tokens += r->input_tokens;
	w->outcome.output_tokens += r->output_tokens;
	if (e) {
		fail(w, err_name(e->kind), err_public(e), e->retry_after_secs);
		return;
	}
	show_written(&w->show);
	use_answer(w, r);
}

static void
on_text(void *arg, const char *text, size_t n)
{
	struct work *w = arg;

	show_text(&w->show, text, n);
}

static void
on_wait(void *arg, const char *why)
{
	struct work *w = arg;

	show_phase(&w->show, "writing", why);
}

/* ---- the question ---- */

static int
make_sample(void *arg, struct buf *answer, struct err *e)
{
	struct work *w = arg;
	const struct source_file *entry = source_find(&w->source, ANSWER_ENTRY);

	return sample_answer(SAMPLE_DIR, w->job.prompt, entry ? entry->text : NULL, answer,
	    e);
}

static void
ask_model(struct work *w)
{
	struct author *a = w->author;

	prompt_make(&w->prompt, &w->arena, &w->ask);
	show_writing(&w->show);
	w->talk = talk_start(&(struct talk_setup){.loop = a->loop, .net = a->net,
	    .conf = &a->conf, .provider = a->provider, .ask = &w->ask,
	    .without = &a->without, .deadline_ms = w->deadline_ms,
	    .make = make_sample, .on_text = on_text, .on_wait = on_wait, .on_end = on_end,
	    .arg = w});
}

static int
read_picture(struct work *w, struct err *e)
{
	struct job_image image;

	if (job_get_image(w->author->db, w->job.id, &w->arena, &image, e) < 0)
		return -1;
	if (!image.len || !w->author->provider->path)
		return 0;
	if (!w->ask.facts->takes_images)
		return err_set(e, ERR_INPUT, "The model \"%.60s\" cannot see pictures. "
		    "Describe what you want in words, without one.", w->ask.model);
	w->ask.image_type = image.type;
	w->ask.image_base64 = base64_text(&w->arena, image.bytes, image.len);
	return 0;
}

static int
read_store(struct work *w, struct err *e)
{
	struct author *a = w->author;

	if (w->job.base && source_get(a->db, w->job.workspace, w->job.base, &w->arena,
	    &w->source, e) < 0)
		return -1;
	w->prompt = (struct prompt){.request = w->job.prompt, .source = &w->source};
	w->prompt.turns = job_history(a->db, w->job.workspace, PROMPT_TURNS_MAX,
	    &w->arena, &w->prompt.history, e);
	if (w->prompt.turns < 0)
		return -1;
	if (w->job.verdict) {
		w->prompt.answer = w->job.answer;
		w->prompt.problem = prompt_problem(w->job.verdict, &w->arena);
	}
	w->ask = (struct ask){.model = a->model, .system = a->system.at,
	    .facts = model_facts(a->provider->name, a->model)};
	return read_picture(w, e);
}

static void
tell_beginning(struct work *w)
{
	char detail[40];

	if (w->job.verdict) {
		show_phase(&w->show, "repairing",
		    prompt_message(w->job.verdict, &w->arena));
	} else if (w->job.base) {
		snprintf(detail, sizeof(detail), "read version %lld",
		    (long long)w->job.base);
		show_phase(&w->show, "reading", detail);
	}
}

static int
take(struct work *w, const char *id, struct err *e)
{
	struct author *a = w->author;
	char model[220];

	choose_name(a, model, sizeof(model));
	if (db_begin(a->db, e) < 0)
		return -1;
	if (job_start(a->db, id, model, clock_wall_ms(), e) < 0 ||
	    job_get(a->db, id, &w->arena, &w->job, e) < 0 || db_commit(a->db, e) < 0) {
		db_rollback(a->db);
		return -1;
	}
	return 0;
}

bool
work_start(struct author *a, const char *id)
{
	struct work *w = mem_new(sizeof(*w));
	struct err e = {0};

	w->author = a;
	w->next = a->first;
	a->first = w;
	a->count++;
	w->deadline_ms = clock_boot_ms() + a->conf.model_timeout * 1000;
	show_init(&w->show, a->loop, id);
	if (take(w, id, &e) < 0) {
		log_warn("job %s not taken: %s", id, e.text);
		work_drop(w);
		return false;
	}
	LOG_ABOUT(w->job.workspace, w->job.request);
	if (w->job.wants_cancel) {
		fail(w, "cancelled", "Cancelled.", 0);
	} else if (w->job.tries - w->job.repairs > JOB_TRIES_MAX) {
		fail(w, "internal", "This request was interrupted three times and was "
		    "given up. Try again.", 0);
	} else if (a->unfit.kind) {
		fail(w, err_name(ERR_UPSTREAM), a->unfit.text, a->unfit.retry_after_secs);
	} else if (read_store(w, &e) < 0) {
		log_warn("job %s: %s", id, e.text);
		fail(w, err_name(e.kind), err_public(&e), 0);
	} else {
		tell_beginning(w);
		ask_model(w);
	}
	return true;
}

void
work_cancel(struct work *w)
{
	LOG_ABOUT(w->job.workspace, w->job.request);
	if (insist_waits(&w->saving))
		return;	/* it has its end already, which only waits for the disk */
	if (w->talk) {
		int64_t input, output;

		talk_tokens(w->talk, &input, &output);
		w->outcome.input_tokens += input;
		w->outcome.output_tokens += output;
		talk_stop(KEEP_PTR(w->talk));
	}
	fail(w, "cancelled", "Cancelled.", 0);
}

void
work_check(struct work *w)
{
	struct arena a = {0};
	struct job j;
	struct err e;
	bool is_ours;
	LOG_ABOUT(w->job.workspace, w->job.request);

	if (job_get(w->author->db, w->job.id, &a, &j, &e) < 0)
		is_ours = e.kind != ERR_MISSING;
	else
		is_ours = strcmp(j.state, "writing") == 0;
	arena_free(&a);
	if (is_ours)
		return;
	log_info("job %s was ended by somebody else", w->job.id);
	work_drop(w);
}

void
work_cancel_waiting(struct author *a, const char *id)
{
	struct outcome o = {.kind = "cancelled", .text = "Cancelled."};
	struct show s;
	struct err e;

	if (outcome_store(&o, a->db, id, clock_wall_ms(), &e) < 0) {
		log_warn("job %s: %s", id, e.text);
		return;
	}
	show_init(&s, a->loop, id);
	outcome_tell(&o, &s);
	show_free(&s);
}
