/*
 * POST /workspaces/{id}/wake
 * Waits until it runs, up to 60 s: 200 {"id","status":"awake","state", …} | 404 | 503 it
 * could not be started | 504.  With Prefer: respond-async 202 at once.
 */
#include <string.h>

#include "notebooks.h"

static int
ask(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms();
	struct workspace w;

	(void)arg;
	if (notebooks_get(r, &w, e) < 0 || sandbox_want_awake(r->db, r->id, now, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "wake", now, e);
}

static int
look(struct req *r, struct err *e)
{
	struct sandbox s;

	if (sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	if (strcmp(s.state, "running") == 0)
		return notebooks_reply_state(r, "awake", e);
	/* Who gives up wants it asleep. */
	if (strcmp(s.want, "awake") != 0)
		return err_set(e, ERR_BUSY, "It could not be started: %s",
		    s.reason[0] ? s.reason : "it was put to sleep meanwhile.");
	return notebooks_wait_on(r, "woken", e);
}

static int
run(struct req *r, struct err *e)
{
	return notebooks_ask_keep(r, ask, look, e);
}

const struct endpoint notebooks_wake = {
	.about = "Starts it, with the variables it fell asleep with. Answers when it runs, up to "
	    "60 s later. Opening it wakes it as well.",
	.headers = FIELDS(HEADER_ASYNC),
	.replies = REPLIES({200, "It runs.", "{\"id\":\"" EXAMPLE_ID "\",\"status\":\"awake\","
	    "\"state\":\"running\",\"reason\":\"\",\"notice\":\"\"}", NULL}, REPLY_LATER,
	    {503, "It could not be started, and why; or the machine is busy.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
