/*
 * POST /workspaces/{id}/snapshot
 * Waits until it is made, up to 60 s: 200 {"snapshot","bytes"} | 404 | 409 it sleeps, there
 * are too many or too large ones, or it failed, and why | 504.  With Prefer: respond-async 202 at once.
 */
#include <string.h>

#include "notebooks.h"

static int
check_room(struct req *r, struct err *e)
{
	int64_t room = r->site->conf.notebook_snapshots, bytes;

	if (snapshot_kept(r->db, r->id, &bytes, e) < 0)
		return -1;
	if (bytes >> 20 >= room)
		return err_set(e, ERR_CONFLICT, "Its snapshots take %lld MB, and there is room for "
		    "%lld MB; delete one first.", (long long)(bytes >> 20), (long long)room);
	return 0;
}

static int
check(struct req *r, struct err *e)
{
	struct snapshot *rows;
	struct workspace w;
	int n, kept = 0;

	if (notebooks_get(r, &w, e) < 0)
		return -1;
	if (strcmp(w.sandbox_state, "running") != 0)
		return err_set(e, ERR_CONFLICT, "It does not run, so there is no live kernel to keep; "
		    "wake it first.");
	n = snapshot_list(r->db, r->id, &r->arena, &rows, e);
	for (int i = 0; i < n; i++)
		kept += strcmp(rows[i].kind, "hand") == 0 && strcmp(rows[i].state, "failed") != 0;
	if (kept >= SNAPSHOTS_MAX)
		return err_set(e, ERR_CONFLICT, "There are %d snapshots, which is the most; delete one "
		    "first.", SNAPSHOTS_MAX);
	return n < 0 ? -1 : check_room(r, e);
}

static int
ask(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms();

	if (check(r, e) < 0 || snapshot_add(r->db, arg, r->id, "hand", now, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "snapshot", now, e);
}

static int
look(struct req *r, struct err *e)
{
	struct snapshot s;

	if (snapshot_get(r->db, r->state, &r->arena, &s, e) < 0)
		return e->kind == ERR_MISSING ? err_set(e, ERR_MISSING,
		    "The snapshot was deleted meanwhile.") : -1;
	if (strcmp(s.state, "failed") == 0)
		return err_set(e, ERR_CONFLICT, "No snapshot could be made: %s", s.reason);
	if (strcmp(s.state, "good") != 0)
		return notebooks_wait_on(r, "saved", e);
	json_open(&r->out, '{');
	json_put_text(&r->out, "snapshot", s.id);
	json_put_int(&r->out, "bytes", s.bytes);
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

static int
reply_later(struct req *r, const char *id)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "accepted");
	json_put_text(&r->out, "snapshot", id);
	json_close(&r->out, '}');
	reply_header(r, "Location", arena_fmt(&r->arena, "/workspaces/%s/snapshots", r->id));
	reply_header(r, "Preference-Applied", "respond-async");
	return reply_json(r, 202);
}

static int
run(struct req *r, struct err *e)
{
	char id[ID_SIZE];

	id_new(id);
	if (req_transaction(r, ask, id, e) < 0)
		return -1;
	notebooks_ring(r);
	if (reply_is_redirect(r))
		return reply_result(r, 303, notebooks_page(r));
	if (req_prefers_async(r))
		return reply_later(r, id);
	memcpy(req_state(r, ID_SIZE), id, ID_SIZE);
	return req_wait(r, r->id, WAIT_MS, look);
}

const struct endpoint notebooks_snapshot = {
	.about = "Keeps the kernel as it is now, all variables included; it goes on running. "
	    "Answers when the snapshot is made, up to 60 s later.",
	.headers = FIELDS(HEADER_ASYNC),
	.replies = REPLIES({200, "It is made.",
	    "{\"snapshot\":\"" EXAMPLE_OTHER "\",\"bytes\":104857600}", NULL},
	    {202, "Asked for with Prefer: respond-async; the list of snapshots tells how it goes.",
	    "{\"status\":\"accepted\",\"snapshot\":\"" EXAMPLE_OTHER "\"}", NULL},
	    {409, "It could not be made, and why.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
