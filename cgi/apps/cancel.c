/*
 * POST /api/app/{id}/cancel
 * 202 {"status":"cancelling"} | 404 | 409 nothing runs
 */
#include "apps.h"

static int
cancel(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	if (apps_get(r, &w, e) < 0 || job_cancel(r->db, r->id, arg, e) < 0)
		return -1;
	return apps_note(r, r->id, "cancel", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	char job[ID_SIZE];

	if (req_transaction(r, cancel, job, e) < 0)
		return -1;
	apps_ring(r->id, job);
	apps_open(r, "cancelling");
	json_close(&r->out, '}');
	return reply_result(r, 202, apps_page(r));
}

const struct endpoint apps_cancel = {
	.about = "Stops the work on an app, and what waits for it. What is live stays.",
	.replies = REPLIES({202, "It will stop in a moment.", "{\"status\":\"cancelling\"}", NULL},
	    {409, "Nothing is running for this app.", NULL, NULL}),
	.run = run,
};
