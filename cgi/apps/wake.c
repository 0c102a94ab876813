/*
 * POST /api/app/{id}/wake
 * Waits until its sandbox runs, up to 60 s: 200 {"status","sandbox"} | 404 | 409 it has no
 * version | 503 it could not be started | 504.  With Prefer: respond-async 202 at once.
 */
#include <string.h>

#include "apps.h"

#define WAKE_MS 60000

/* Opening one that was stopped revives it. */
static int
ask(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms();
	struct workspace w;

	(void)arg;
	if (apps_get(r, &w, e) < 0)
		return -1;
	if (!w.current && !w.open_job)
		return err_set(e, ERR_CONFLICT, "This app has no version yet that could run.");
	if ((w.terminated_at && workspace_set_terminated(r->db, r->id, 0, e) < 0) ||
	    sandbox_want_awake(r->db, r->id, now, e) < 0)
		return -1;
	return sandbox_active(r->db, r->id, now, e);
}

static int
reply(struct req *r, int status, const char *state)
{
	apps_open(r, "active");
	json_put_text(&r->out, "sandbox", state);
	json_close(&r->out, '}');
	return reply_json(r, status);
}

static int
look(struct req *r, struct err *e)
{
	struct sandbox s;

	if (sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	if (strcmp(s.state, "running") == 0)
		return reply(r, 200, s.state);
	/* Who gives up wants it asleep. */
	if (strcmp(s.want, "awake") != 0)
		return err_set(e, ERR_BUSY, "It could not be started: %s",
		    s.reason[0] ? s.reason : "it was put to sleep meanwhile.");
	if (r->wait.is_late)
		return err_set(e, ERR_TIMEOUT, "It has not woken yet; try again in a moment.");
	if (r->wait.is_stopping)
		return err_set(e, ERR_BUSY, "Carrel is being restarted; try again in a moment.");
	return req_wait_on(r);
}

static int
run(struct req *r, struct err *e)
{
	if (req_transaction(r, ask, NULL, e) < 0)
		return -1;
	apps_ring(r->id, NULL);
	if (reply_is_redirect(r))
		return reply_result(r, 303, apps_page(r));
	return req_prefers_async(r) ? reply(r, 202, "provision") :
	    req_wait(r, r->id, WAKE_MS, look);
}

const struct endpoint apps_wake = {
	.about = "Starts its sandbox, for whoever is about to change it. Visitors need none once a "
	    "version is frozen.",
	.headers = FIELDS({"Prefer", FIELD_TEXT, false, false, 1, 200,
	    "respond-async: answer at once with 202."}),
	.replies = REPLIES({200, "It runs.", "{\"status\":\"active\",\"sandbox\":\"running\"}", NULL},
	    {202, "With Prefer: respond-async: it is being started.",
	    "{\"status\":\"active\",\"sandbox\":\"provision\"}", NULL},
	    {409, "It has no version yet.", NULL, NULL},
	    {503, "It could not be started, and why; or the machine is busy.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
