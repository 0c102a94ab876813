/*
 * POST /workspaces/{id}/sleep
 * Waits until it sleeps, up to 60 s: 200 {"id","status":"asleep","state", …} | 404 |
 * 409 it could not be saved | 504.  With Prefer: respond-async 202 at once.
 */
#include <string.h>

#include "notebooks.h"

static int
ask(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms();
	struct workspace w;

	(void)arg;
	/* Whoever sends it to sleep does not want it held awake any more. */
	if (notebooks_get(r, &w, e) < 0 || notebook_set_hold(r->db, r->id, 0, e) < 0 ||
	    sandbox_want_asleep(r->db, r->id, "Put to sleep by hand.", e) < 0)
		return -1;
	return notebooks_note(r, r->id, "sleep", now, e);
}

static int
look(struct req *r, struct err *e)
{
	struct sandbox s;

	if (sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	if (strcmp(s.state, "failed") == 0)
		return err_set(e, ERR_CONFLICT, "It ended instead of falling asleep: %s", s.reason);
	if (strcmp(s.state, "running") != 0 && strcmp(s.state, "provision") != 0)
		return notebooks_reply_state(r, "asleep", e);
	if (strcmp(s.want, "awake") == 0)
		return err_set(e, ERR_CONFLICT, "It was woken meanwhile: somebody opened it, or a "
		    "page of it had something left to save. Try again.");
	return notebooks_wait_on(r, "put to sleep", e);
}

static int
run(struct req *r, struct err *e)
{
	return notebooks_ask_keep(r, ask, look, e);
}

const struct endpoint notebooks_sleep = {
	.about = "Saves the live kernel and ends it; waking brings its variables back. Answers when "
	    "it sleeps, up to 60 s later. Ends a hold.",
	.headers = FIELDS(HEADER_ASYNC),
	.replies = REPLIES({200, "It sleeps; state is hibernated where its variables were kept, and "
	    "absent where there were none or they could not be: notice says so.",
	    "{\"id\":\"" EXAMPLE_ID "\",\"status\":\"asleep\",\"state\":\"hibernated\","
	    "\"reason\":\"Put to sleep by hand.\",\"notice\":\"\"}", NULL}, REPLY_LATER,
	    {409, "It ended in another way, or was woken meanwhile.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
