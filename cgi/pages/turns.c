/*
 * What was said, and what came of it: one turn per job.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/version.h"
#include "view.h"

#define TURNS_SHOWN 30

struct turns {
	struct req *r;
	const struct workspace *w;
	const struct job *job;		/* the one that is open, or NULL */
	const struct version *versions;
	int version_count;
	int64_t now_ms;
};

static const char *
still(const struct turns *t)
{
	if (!t->w->current)
		return "Nothing else is affected; say it in other words, or try again.";
	return arena_fmt(&t->r->arena, "Version %lld is still the one you see.",
	    (long long)t->w->current);
}

static void
add_done(const struct turns *t, const struct message *answer, cJSON *turn)
{
	cJSON *o = cJSON_AddObjectToObject(turn, "done");
	int64_t n = answer->version;
	const struct version *v = n >= 1 && n <= t->version_count ? &t->versions[n - 1] : NULL;
	const char *tokens = v ? view_tokens(t->r, v->input_tokens + v->output_tokens) : NULL;

	view_number(o, "version", n);
	view_text(o, "summary", answer->content);
	view_text(o, "took", v ? view_took(t->r, v->took_ms) : NULL);
	view_text(o, "tokens", tokens ? tokens : "");
	view_true(o, "is_current", n == t->w->current);
	view_number(o, "previous", n > 1 ? n - 1 : 0);
	view_true(o, "restore", n != t->w->current && !t->w->open_job);
}

static void
add_step(cJSON *steps, const char *words, bool is_done)
{
	cJSON *o = cJSON_CreateObject();

	view_text(o, "words", words);
	view_true(o, "done", is_done);
	cJSON_AddItemToArray(steps, o);
}

static void
add_running(const struct turns *t, const struct message *ask, cJSON *turn)
{
	cJSON *o = cJSON_AddObjectToObject(turn, "running"), *steps;
	bool is_first = t->job && strcmp(t->job->id, ask->job) == 0;
	bool is_judging = strcmp(ask->job_state, "judging") == 0;
	bool is_write = strcmp(ask->job_kind, "write") == 0;

	view_text(o, "job", ask->job);
	view_text(o, "queued_words", strcmp(ask->job_state, "queued") != 0 ? "" :
	    is_first ? "waiting for its turn" : "waits for the change before it");
	steps = cJSON_AddArrayToObject(o, "steps");
	if (is_write && (is_judging || strcmp(ask->job_state, "writing") == 0))
		add_step(steps, is_judging ? "wrote the code" : "writing the code", is_judging);
	if (is_judging)
		add_step(steps, "compiling", false);
}

static void
add_failed(const struct turns *t, const struct message *ask, const struct message *answer,
    bool is_newest, cJSON *turn)
{
	AUTO_JSON cJSON *verdict = answer->verdict ?
	    json_parse(answer->verdict, strlen(answer->verdict), NULL) : NULL;
	const cJSON *error = json_get(verdict, "error");
	const char *message = json_get_text(error, "message"), *file = json_get_text(error, "file");
	bool is_compile = answer->error_kind && strcmp(answer->error_kind, "compile") == 0 && message;
	cJSON *o = cJSON_AddObjectToObject(turn, "failed");
	int64_t line = json_get_int(error, "line", 0);

	view_text(o, "detail", is_compile ? "The new code did not compile, also after it was repaired."
	    : answer->content);
	view_text(o, "safe", still(t));
	view_text(o, "message", is_compile ? message : NULL);
	view_text(o, "frame", is_compile ? json_get_text(error, "frame") : NULL);
	view_text(o, "place", !is_compile || !file ? NULL : line ? arena_fmt(&t->r->arena,
	    "%s, line %lld", file, (long long)line) : file);
	view_text(o, "fix_text", is_newest && is_compile ? arena_fmt(&t->r->arena,
	    "%s\n\nYour last answer did not compile: %s", ask->content, message) : NULL);
	view_text(o, "retry_text", is_newest && !is_compile &&
	    strcmp(ask->job_kind, "write") == 0 ? ask->content : NULL);
}

static void
add_cancelled(const struct turns *t, const struct message *ask, bool is_newest, cJSON *turn)
{
	cJSON *o = cJSON_AddObjectToObject(turn, "cancelled");

	view_text(o, "words", arena_fmt(&t->r->arena, "Cancelled. %s", still(t)));
	view_text(o, "retry_text", is_newest && strcmp(ask->job_kind, "write") == 0 ? ask->content
	    : NULL);
}

/* The same fields in every turn, so that no outer one shows through. */
static void
fill_up(cJSON *turn)
{
	static const char *const all[] = {"done", "running", "failed", "cancelled", "answered"};

	for (size_t i = 0; i < COUNT(all); i++)
		if (!json_get(turn, all[i]))
			cJSON_AddNullToObject(turn, all[i]);
}

static void
add_turn(const struct turns *t, const struct message *ask, const struct message *answer,
    int number, bool is_newest, cJSON *list)
{
	bool is_write = strcmp(ask->job_kind, "write") == 0;
	cJSON *turn = cJSON_CreateObject();

	view_number(turn, "n", number);
	view_text(turn, "prompt", is_write ? ask->content : NULL);
	view_text(turn, "note", is_write ? NULL : ask->content);
	view_text(turn, "image_url", ask->image_type ? arena_fmt(&t->r->arena,
	    "/app/%s/image?job=%s", t->w->id, ask->job) : NULL);
	view_when(turn, ask->created_at, t->now_ms);
	if (!answer)
		add_running(t, ask, turn);
	else if (answer->version)
		add_done(t, answer, turn);
	else if (strcmp(answer->job_state, "cancelled") == 0)
		add_cancelled(t, ask, is_newest, turn);
	else if (answer->error_kind && strcmp(answer->error_kind, "answer") == 0)
		view_text(cJSON_AddObjectToObject(turn, "answered"), "summary", answer->content);
	else
		add_failed(t, ask, answer, is_newest, turn);
	fill_up(turn);
	cJSON_AddItemToArray(list, turn);
}

/* The answer to rows[i]: messages of one job, asked and answered, may have others between. */
static const struct message *
answer_to(const struct message *rows, int n, int i)
{
	for (int k = i + 1; k < n; k++)
		if (strcmp(rows[k].job, rows[i].job) == 0 && strcmp(rows[k].type, "assistant") == 0)
			return &rows[k];
	return NULL;
}

int
turns_add(struct req *r, const struct workspace *w, const struct job *job,
    const struct version *versions, int version_count, bool wants_all, cJSON *c,
    struct err *e)
{
	struct turns t = {r, w, job, versions, version_count, clock_wall_ms()};
	struct message *rows;
	int n = message_list(r->db, w->id, &r->arena, &rows, e), asked = 0, number = 0;
	cJSON *list;

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++)
		asked += strcmp(rows[i].type, "user") == 0;
	list = cJSON_AddArrayToObject(c, "turns");
	for (int i = 0; i < n; i++) {
		if (strcmp(rows[i].type, "user") != 0)
			continue;
		number++;
		if (wants_all || number > asked - TURNS_SHOWN)
			add_turn(&t, &rows[i], answer_to(rows, n, i), number, number == asked, list);
	}
	if (!wants_all && asked > TURNS_SHOWN) {
		view_text(c, "earlier", arena_fmt(&r->arena, "%d earlier requests", asked - TURNS_SHOWN));
		view_text(c, "earlier_href", arena_fmt(&r->arena, "/app/%s?all=1", w->id));
	}
	return 0;
}
