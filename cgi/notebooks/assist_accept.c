/*
 * POST /workspaces/{id}/assists/{assist}/accept {"code"?, "run"?, "after"?}
 * 200 {"status":"added","cell"} | 404 | 409 there is no code | 503 it could not be woken
 */
#include <string.h>

#include "assisting.h"
#include "tool.h"

#define CODE_MAX 100000
#define ANSWER_BYTES (64u << 10)
#define WAKE_MS 90000	/* waking included */

struct accepting {
	struct tool *tool;
	struct buf answer;
};

static void
end(void *state)
{
	struct accepting *a = state;

	tool_free(a->tool);
	buf_free(&a->answer);
}

static int
take(void *arg, const char *bytes, size_t n, struct err *e)
{
	struct accepting *a = arg;

	buf_add(&a->answer, bytes, n);
	return a->answer.is_over ? err_set(e, ERR_UPSTREAM,
	    "The notebook's answer could not be read.") : 0;
}

static int
finish(struct req *r, const struct accepting *a, struct err *e)
{
	AUTO_JSON cJSON *json = json_parse(a->answer.at, a->answer.len, NULL);
	const char *cell = json_get_text(json, "cell");

	if (tool_status(a->tool) != 200)
		return tool_refusal(a->tool, a->answer.at, a->answer.len, e);
	if (!cell)
		return err_set(e, ERR_UPSTREAM, "The notebook's answer could not be read.");
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "added");
	json_put_text(&r->out, "cell", cell);
	json_close(&r->out, '}');
	return reply_result(r, 200, notebooks_page(r));
}

static int
go_on(struct req *r, struct err *e)
{
	struct accepting *a = r->state;
	int rc = tool_go_on(a->tool, take, a, e);

	if (rc == 0 && tool_has_head(a->tool))
		rc = tool_go_on(a->tool, take, a, e);
	if (rc != 0)
		return rc < 0 ? -1 : finish(r, a, e);
	if (r->wait.is_stopping)
		return err_set(e, ERR_BUSY, "Carrel is being restarted; look whether the cell is "
		    "there.");
	if (r->wait.is_late)
		return err_set(e, ERR_TIMEOUT, "The notebook took too long to answer.");
	tool_wait(r, a->tool);
	return req_wait_on(r);
}

static int
make_question(struct req *r, struct buf *json, struct err *e)
{
	const char *code = req_text(r, "code"), *run = req_text(r, "run");
	struct assist a;

	if (run && strcmp(run, "yes") != 0 && strcmp(run, "no") != 0)
		return err_field(e, ERR_INPUT, "run", "It is run, or not: yes or no.");
	if (assisting_get(r, &a, e) < 0)
		return -1;
	if (!code)
		code = a.code;
	if (!code)
		return err_set(e, ERR_CONFLICT, "There is no code to add.");
	json_open(json, '{');
	json_put_text(json, "code", code);
	json_put_bool(json, "run", run && strcmp(run, "yes") == 0);
	if (req_text(r, "after"))
		json_put_text(json, "after", req_text(r, "after"));
	json_close(json, '}');
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	AUTO_BUF struct buf json = {0};
	struct accepting *a;
	struct tool *t;

	buf_init(&json, 2u << 20);
	if (make_question(r, &json, e) < 0)
		return -1;
	t = tool_ask(r, &(struct tool_question){"POST", "/cell", json.at}, "accept", e);
	if (!t)
		return -1;
	a = req_state(r, sizeof(*a));
	r->end_state = end;
	a->tool = t;
	buf_init(&a->answer, ANSWER_BYTES);
	tool_wait(r, t);
	return req_wait(r, r->id, WAKE_MS, go_on);
}

const struct endpoint notebooks_assist_accept = {
	.about = "Adds the proposed cell to the live notebook, where whoever has it open sees it at "
	    "once. Wakes the notebook.",
	.fields = FIELDS({"code", FIELD_TEXT, false, false, 1, CODE_MAX,
	    "The cell's code, where it was changed."},
	    {"run", FIELD_TEXT, false, false, 1, 20, "yes: it is run, too; or no."},
	    {"after", FIELD_TEXT, false, false, 1, 100,
	     "The cell behind which it is put; at the end where nothing is said."}),
	.replies = REPLIES({200, "It is there.", "{\"status\":\"added\",\"cell\":\"Kclp\"}", NULL},
	    {409, "There is no code to add.", NULL, NULL},
	    {503, "The notebook could not be woken, and why.", NULL, NULL}),
	.run = run,
};
