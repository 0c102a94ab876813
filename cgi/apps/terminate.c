/*
 * POST /api/app/{id}/terminate {"admin_secret"}
 * 200 {"status":"success","message"} | 403 | 404 | 503 no secret is configured
 */
#include "apps.h"
#include "stop.h"

static int
stop(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	if (apps_get(r, &w, e) < 0 || stop_app(r, r->id, arg, clock_wall_ms(), e) < 0)
		return -1;
	return apps_note(r, r->id, "terminate", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	char job[ID_SIZE] = "";

	if (req_transaction(r, stop, job, e) < 0)
		return -1;
	apps_ring(r->id, job[0] ? job : NULL);
	apps_open(r, "success");
	json_put_text(&r->out, "message", "The app was stopped. The next change or visit revives it.");
	json_close(&r->out, '}');
	return reply_result(r, 200, apps_page(r));
}

const struct endpoint apps_terminate = {
	.about = "Stops the app and what is being done to it. Nothing is lost.",
	.fields = FIELDS(FIELD_ADMIN_SECRET),
	.replies = REPLIES({200, "It was stopped.",
	    "{\"status\":\"success\",\"message\":\"The app was stopped. The next change or visit "
	    "revives it.\"}", NULL}),
	.run = run,
};
