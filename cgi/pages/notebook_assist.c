/* What the assistant does or did last in a notebook, as its page shows it. */
#include <string.h>

#include "../../shared/store/assist.h"
#include "notebook.h"

#define REFRESH_SECS 2	/* for those without scripts */

static bool
is(const struct assist *a, const char *state)
{
	return strcmp(a->state, state) == 0;
}

/* How it is, in words; NULL where what it says is said already. */
static const char *
state_words(struct req *r, const struct assist *a, bool is_agent)
{
	if (a->wants_cancel && !a->ended_at)
		return "stopping…";
	if (is(a, "queued"))
		return "waiting in line…";
	if (is(a, "writing"))
		return is_agent ? "thinking…" : "writing…";
	if (is(a, "running"))
		return arena_fmt(&r->arena, "at work, step %lld of %lld…", (long long)a->steps,
		    (long long)a->steps_max);
	return is(a, "cancelled") ? "Stopped." : NULL;
}

static const char *
budget_words(struct req *r, const struct assist *a, bool is_agent)
{
	long long used = (long long)(a->input_tokens + a->output_tokens);

	if (!is_agent)
		return used ? arena_fmt(&r->arena, "%lld tokens", used) : NULL;
	return arena_fmt(&r->arena, "%lld of %lld steps · %lld of %lld tokens",
	    (long long)a->steps, (long long)a->steps_max, used, (long long)a->tokens_max);
}

static int
add_steps(struct req *r, const struct assist *a, cJSON *o, struct err *e)
{
	cJSON *list = cJSON_AddArrayToObject(o, "steps");
	struct assist_step *rows;
	int n = assist_steps(r->db, a->id, &r->arena, &rows, e);

	for (int i = 0; i < n; i++) {
		cJSON *step = cJSON_CreateObject();
		const char *output = rows[i].output;

		view_number(step, "n", rows[i].n);
		view_text(step, "code", rows[i].code);
		view_text(step, "output", output && output[0] ? output : NULL);
		view_true(step, "done", output != NULL);
		view_true(step, "failed", output && !rows[i].is_success);
		view_text(step, "took", output ? view_took(r, rows[i].took_ms) : NULL);
		cJSON_AddItemToArray(list, step);
	}
	view_true(o, "has_steps", n > 0);
	return n < 0 ? -1 : 0;
}

int
notebook_assist_add(struct req *r, cJSON *c, struct err *e)
{
	char id[ID_SIZE];
	struct assist a;
	bool is_agent;
	cJSON *o;

	if (assist_last(r->db, r->id, id, e) < 0)
		return -1;
	if (!id[0])
		return 0;
	if (assist_get(r->db, id, &r->arena, &a, e) < 0)
		return -1;
	is_agent = strcmp(a.kind, "agent") == 0;
	o = cJSON_AddObjectToObject(c, "assist");
	view_text(o, "assist", a.id);
	view_text(o, "prompt", a.prompt);
	view_true(o, "working", !a.ended_at);
	view_true(o, "agent", is_agent);
	if (!a.ended_at && !cJSON_HasObjectItem(c, "refresh"))
		view_number(c, "refresh", REFRESH_SECS);
	view_text(o, "words", state_words(r, &a, is_agent));
	view_text(o, "budget", budget_words(r, &a, is_agent));
	view_text(o, "summary", is(&a, "done") && a.summary[0] ? a.summary : NULL);
	view_text(o, "code", a.code);
	view_text(o, "failure", is(&a, "failed") ? a.error_text : NULL);
	return add_steps(r, &a, o, e);
}
