/*
 * GET /workspaces/{id}/snapshots
 * 200 {"snapshots":[{snapshot,kind,state,bytes,reason,created_at,made_at}]} | 404
 */
#include "notebooks.h"

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct snapshot *rows;
	struct workspace w;
	int n;

	if (notebooks_get(r, &w, e) < 0 ||
	    (n = snapshot_list(r->db, r->id, &r->arena, &rows, e)) < 0)
		return -1;
	json_open(b, '{');
	json_key(b, "snapshots");
	json_open(b, '[');
	for (int i = 0; i < n; i++) {
		json_open(b, '{');
		json_put_text(b, "snapshot", rows[i].id);
		json_put_text(b, "kind", rows[i].kind);
		json_put_text(b, "state", rows[i].state);
		json_put_int(b, "bytes", rows[i].bytes);
		json_put_text(b, "reason", rows[i].reason);
		notebooks_put_time(b, "created_at", rows[i].created_at);
		notebooks_put_time(b, "made_at", rows[i].made_at);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint notebooks_snapshots = {
	.replies = REPLIES({200, "The newest first. kind is hand; sleep for what a sleeping "
	    "kernel is kept in; or auto for the one that is made in the background while it is "
	    "used; state is wanted (being made), good or failed; reason says why.",
	    "{\"snapshots\":[{\"snapshot\":\"" EXAMPLE_OTHER "\",\"kind\":\"hand\",\"state\":\"good\","
	    "\"bytes\":104857600,\"reason\":\"\",\"created_at\":\"2026-11-22T07:28:00Z\","
	    "\"made_at\":\"2026-11-22T07:28:01Z\"},{\"snapshot\":\"" EXAMPLE_ID "\",\"kind\":\"hand\","
	    "\"state\":\"wanted\",\"bytes\":0,\"reason\":\"\","
	    "\"created_at\":\"2026-11-22T07:29:00Z\",\"made_at\":null}]}", NULL}),
	.run = run,
};
