/*
 * POST /workspaces/{id}/assist {"prompt"}
 * 202 {"status":"accepted","assist"} | 404 | 429
 */
#include "assisting.h"

static int
run(struct req *r, struct err *e)
{
	struct assist wanted = {.kind = "cell", .prompt = req_text(r, "prompt"),
	    .tokens_max = ASSIST_TOKENS};

	return assisting_ask(r, &wanted, e);
}

const struct endpoint notebooks_assist = {
	.about = "A model proposes one cell. It is told the notebook's code, and the names and types "
	    "of its variables and of its data frames' columns; values of variables shortened. "
	    "Nothing is run or changed before the proposal is accepted. Wakes the notebook.",
	.fields = FIELDS({"prompt", FIELD_TEXT, true, false, 1, ASSIST_PROMPT_MAX,
	    "What the cell is to do."}),
	.replies = REPLIES(REPLY_ASKED),
	.run = run,
};
