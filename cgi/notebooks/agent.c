/*
 * POST /workspaces/{id}/agent {"goal", "steps"?, "tokens"?}
 * 202 {"status":"accepted","assist"} | 404 | 429
 */
#include "assisting.h"

static int
run(struct req *r, struct err *e)
{
	struct assist wanted = {.kind = "agent", .prompt = req_text(r, "goal"),
	    .steps_max = req_number(r, "steps", ASSIST_STEPS),
	    .tokens_max = req_number(r, "tokens", ASSIST_TOKENS)};

	return assisting_ask(r, &wanted, e);
}

const struct endpoint notebooks_agent = {
	.about = "A model works at a goal: it writes code, which runs in the live kernel as /run does, "
	    "60 s at most for each step, reads what it said, and goes on, until it is done, or its "
	    "steps or tokens are used up, or it is cancelled. All tokens count, those it reads and "
	    "those it writes. Wakes the notebook.",
	.fields = FIELDS({"goal", FIELD_TEXT, true, false, 1, ASSIST_PROMPT_MAX,
	    "What is to be found out or done."},
	    {"steps", FIELD_NUMBER, false, false, 1, ASSIST_STEPS_MAX,
	     "The most steps it may take; 8 where nothing is said."},
	    {"tokens", FIELD_NUMBER, false, false, ASSIST_TOKENS_MIN, ASSIST_TOKENS_MAX,
	     "The most tokens it may use; 60000 where nothing is said."}),
	.replies = REPLIES(REPLY_ASKED),
	.run = run,
};
