/*
 * DELETE /workspaces/{id}; for forms POST /workspaces/{id}/delete
 * 200 {"status":"terminated","id"} | 404
 */
#include "notebooks.h"

static int
take_away(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	(void)arg;
	if (notebooks_get(r, &w, e) < 0 || workspace_delete(r->db, r->id, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "delete", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	if (req_transaction(r, take_away, NULL, e) < 0)
		return -1;
	notebooks_ring(r);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "terminated");
	json_put_text(&r->out, "id", r->id);
	json_close(&r->out, '}');
	return reply_result(r, 200, "/notebooks");
}

const struct endpoint notebooks_delete = {
	.about = "The notebook, its files, its snapshots and all links to it go for good; who has "
	    "it open is disconnected.",
	.replies = REPLIES({200, "It is gone.",
	    "{\"status\":\"terminated\",\"id\":\"" EXAMPLE_ID "\"}", NULL}),
	.run = run,
};
