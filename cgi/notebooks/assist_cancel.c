/*
 * POST /workspaces/{id}/assists/{assist}/cancel
 * 202 {"status":"cancelling"} | 404 | 409 it has ended
 */
#include "../../shared/wire/bell.h"
#include "assisting.h"

static int
cancel(struct req *r, void *arg, struct err *e)
{
	struct assist *a = arg;

	if (assisting_get(r, a, e) < 0 || assist_cancel(r->db, r->id, a->id, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "cancel", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	struct assist a;

	if (req_transaction(r, cancel, &a, e) < 0)
		return -1;
	bell_ring(NULL, a.id);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "cancelling");
	json_put_text(&r->out, "assist", a.id);
	json_close(&r->out, '}');
	return reply_result(r, 202, notebooks_page(r));
}

const struct endpoint notebooks_assist_cancel = {
	.about = "Stops the model, and interrupts the code that an agent runs. What its steps did "
	    "stays.",
	.replies = REPLIES({202, "It will stop in a moment.", "{\"status\":\"cancelling\",\"assist\":\""
	    EXAMPLE_OTHER "\"}", NULL}, {409, "It has ended.", NULL, NULL}),
	.run = run,
};
