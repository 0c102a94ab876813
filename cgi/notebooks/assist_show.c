/*
 * GET /workspaces/{id}/assists/{assist}
 * 200 {"assist","kind","state","prompt","code","summary", …, "steps":[…]} | 404
 */
#include <string.h>

#include "assisting.h"

static void
put_steps(struct req *r, const struct assist_step *steps, int n)
{
	json_key(&r->out, "steps");
	json_open(&r->out, '[');
	for (int i = 0; i < n; i++) {
		json_open(&r->out, '{');
		json_put_int(&r->out, "n", steps[i].n);
		json_put_text(&r->out, "code", steps[i].code);
		json_put_text(&r->out, "output", steps[i].output);
		json_key(&r->out, "success");
		if (steps[i].output)
			json_bool(&r->out, steps[i].is_success);
		else
			json_text(&r->out, NULL);
		json_put_int(&r->out, "took_ms", steps[i].took_ms);
		json_put_int(&r->out, "tokens", steps[i].tokens);
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
}

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct assist_step *steps;
	struct assist a;
	int n;

	if (assisting_get(r, &a, e) < 0 ||
	    (n = assist_steps(r->db, a.id, &r->arena, &steps, e)) < 0)
		return -1;
	json_open(b, '{');
	json_put_text(b, "assist", a.id);
	json_put_text(b, "kind", a.kind);
	json_put_text(b, "state", a.state);
	json_put_text(b, "prompt", a.prompt);
	json_put_text(b, "code", a.code);
	json_put_text(b, "summary", a.summary);
	json_put_text(b, "detail", a.error_text);
	json_put_text(b, "model", a.model);
	json_put_int(b, "steps_max", a.steps_max);
	json_put_int(b, "input_tokens", a.input_tokens);
	json_put_int(b, "output_tokens", a.output_tokens);
	json_put_int(b, "tokens_max", a.tokens_max);
	notebooks_put_time(b, "created_at", a.created_at);
	notebooks_put_time(b, "ended_at", a.ended_at);
	put_steps(r, steps, n);
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint notebooks_assist_show = {
	.about = "state: queued, writing, running (an agent's steps), done, failed or cancelled. code: "
	    "the cell that is proposed, or null. summary: what the model says of it, or what an "
	    "agent found. detail: why it failed. output and success of a step are null while it "
	    "runs.",
	.replies = REPLIES({200, "How far it is.", "{\"assist\":\"" EXAMPLE_OTHER "\",\"kind\":\"cell\","
	    "\"state\":\"done\",\"prompt\":\"the mean price\",\"code\":\"tea[\\\"price\\\"].mean()\","
	    "\"summary\":\"The mean of the column price.\",\"detail\":null,\"model\":\"sample\","
	    "\"steps_max\":0,\"input_tokens\":412,\"output_tokens\":31,\"tokens_max\":60000,"
	    "\"created_at\":\"2026-11-22T07:28:00Z\",\"ended_at\":\"2026-11-22T07:28:03Z\","
	    "\"steps\":[]}", NULL}),
	.run = run,
};
