/*
 * GET /api/app/{id}/ping
 * 200 {"status":"ok"} | 500 {"status":"error","message"} | 404.  Wakes nothing.
 */
#include <string.h>

#include "apps.h"

/* NULL where a visitor would get the app: it runs, or it sleeps and a visit wakes it. */
static const char *
trouble(const struct workspace *w)
{
	if (w->terminated_at)
		return "This app was stopped.";
	if (!w->current)
		return w->is_tried ? "This app has no version yet." : "This app is being built.";
	if (strcmp(w->sandbox_state, "provision") == 0)
		return "This app is being started.";
	if (strcmp(w->sandbox_state, "failed") == 0)
		return w->sandbox_reason[0] ? w->sandbox_reason : "The sandbox of this app failed.";
	return NULL;
}

static int
run(struct req *r, struct err *e)
{
	struct workspace w;
	const char *what;

	if (apps_get(r, &w, e) < 0)
		return -1;
	what = trouble(&w);
	apps_open(r, what ? "error" : "ok");
	if (what) {
		json_put_text(&r->out, "message", what);
		json_put_text(&r->out, "detail", what);
		json_put_text(&r->out, "request_id", r->request_id);
	} else if (strcmp(w.sandbox_state, "absent") == 0) {
		json_put_text(&r->out, "sandbox", "asleep");
	}
	json_close(&r->out, '}');
	return reply_json(r, what ? 500 : 200);
}

const struct endpoint apps_ping = {
	.about = "Says whether a visitor would get the app, and wakes nothing. One that sleeps "
	    "is well, too: a visit wakes it.",
	.replies = REPLIES({200, "It answers.", "{\"status\":\"ok\"}", NULL},
	    {500, "It does not, and why.",
	    "{\"status\":\"error\",\"message\":\"This app was stopped.\","
	    "\"detail\":\"This app was stopped.\",\"request_id\":\"k3d7q2m5xw4a\"}", NULL}),
	.run = run,
};
