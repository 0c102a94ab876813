/*
 * POST /workspaces/{id}/restore {"snapshot"}
 * Waits until the kernel of the snapshot runs, up to 60 s: 200 {"id","status":"awake", …} |
 * 404 | 409 it was not made | 503 | 504.  With Prefer: respond-async 202 at once.
 */
#include <string.h>

#include "notebooks.h"

static int
ask(struct req *r, void *arg, struct err *e)
{
	const char *id = req_text(r, "snapshot");
	int64_t now = clock_wall_ms();
	struct snapshot s;
	struct workspace w;

	(void)arg;
	if (notebooks_get(r, &w, e) < 0)
		return -1;
	if (snapshot_get(r->db, id, &r->arena, &s, e) < 0 || strcmp(s.workspace, r->id) != 0)
		return err_field(e, ERR_MISSING, "snapshot", "This notebook has no such snapshot.");
	if (strcmp(s.state, "good") != 0)
		return err_field(e, ERR_CONFLICT, "snapshot", strcmp(s.state, "wanted") == 0 ?
		    "This snapshot is still being made." : "This snapshot failed.");
	if (notebook_set_restore(r->db, r->id, id, e) < 0 ||
	    sandbox_want_awake(r->db, r->id, now, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "restore", now, e);
}

static int
look(struct req *r, struct err *e)
{
	struct notebook n;
	struct sandbox s;

	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	/* As long as it is wanted, what runs is the kernel from before. */
	if (!n.restore && strcmp(s.state, "running") == 0)
		return notebooks_reply_state(r, "awake", e);
	if (!n.restore && strcmp(s.want, "awake") != 0)
		return err_set(e, ERR_BUSY, "It could not be brought back: %s",
		    s.reason[0] ? s.reason : "it was put to sleep meanwhile.");
	return notebooks_wait_on(r, "brought back", e);
}

static int
run(struct req *r, struct err *e)
{
	return notebooks_ask_keep(r, ask, look, e);
}

const struct endpoint notebooks_restore = {
	.about = "Ends the kernel that runs and goes on with the one of the snapshot. Files stay as "
	    "they are now. Answers when it runs, up to 60 s later.",
	.fields = FIELDS({"snapshot", FIELD_TEXT, true, false, 1, ID_LEN, "Which snapshot."}),
	.headers = FIELDS(HEADER_ASYNC),
	.replies = REPLIES({200, "It runs. notice says so if its variables could not be had back.",
	    "{\"id\":\"" EXAMPLE_ID "\",\"status\":\"awake\",\"state\":\"running\",\"reason\":\"\","
	    "\"notice\":\"\"}", NULL}, REPLY_LATER,
	    {409, "The snapshot was not made.", NULL, NULL},
	    {503, "It could not be started, and why; or the machine is busy.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
