/*
 * GET /api/app/{id}/status
 * 200 {"status":"created"|"ready"|"active"|"terminated","place"?,"eta_seconds"?} | 404
 */
#include "../lib/allow.h"
#include "apps.h"

static int
run(struct req *r, struct err *e)
{
	struct workspace w;

	if (apps_get(r, &w, e) < 0)
		return -1;
	apps_open(r, workspace_status(&w));
	if (allow_put_place(r, true, e) < 0)
		return -1;
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_status = {
	.about = "created: the first version is not live yet. ready: the first attempt gave no "
	    "version; the history says why, and a change can be asked for. active: it has a "
	    "version, awake or asleep. terminated: stopped; the next change or visit revives it.",
	.replies = REPLIES({200, "The status. While it waits for a sandbox also its place (1: the "
	    "next) and eta_seconds.", "{\"status\":\"active\"}\n"
	    "{\"status\":\"created\",\"place\":3,\"eta_seconds\":8}", NULL}),
	.run = run,
};
