/*
 * DELETE /api/app/{id}; for forms POST /api/app/{id}/delete
 * 200 {"status":"deleted","app_id"} | 404
 */
#include "apps.h"

static int
take_away(struct req *r, void *arg, struct err *e)
{
	(void)arg;
	if (workspace_delete(r->db, r->id, e) < 0)
		return -1;
	return apps_note(r, r->id, "delete", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	char job[ID_SIZE];

	if (job_current(r->db, r->id, job, e) < 0 || req_transaction(r, take_away, NULL, e) < 0)
		return -1;
	apps_ring(r->id, job[0] ? job : NULL);
	apps_open(r, "deleted");
	json_put_text(&r->out, "app_id", r->id);
	json_close(&r->out, '}');
	return reply_result(r, 200, "/apps");
}

const struct endpoint apps_delete = {
	.about = "The app, its versions and its history go for good.",
	.replies = REPLIES({200, "It is gone.",
	    "{\"status\":\"deleted\",\"app_id\":\"" EXAMPLE_ID "\"}", NULL}),
	.run = run,
};
