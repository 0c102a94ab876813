/*
 * GET /workspaces/{id}/shares
 * 200 {"shares":[{id,kind,created_at}]} | 404
 */
#include "notebooks.h"

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct workspace w;
	struct share *rows;
	int n;

	if (notebooks_get(r, &w, e) < 0 || (n = share_list(r->db, r->id, &r->arena, &rows, e)) < 0)
		return -1;
	json_open(b, '{');
	json_key(b, "shares");
	json_open(b, '[');
	for (int i = 0; i < n; i++) {
		json_open(b, '{');
		json_put_text(b, "id", rows[i].id);
		json_put_text(b, "kind", rows[i].kind);
		notebooks_put_time(b, "created_at", rows[i].created_at);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint notebooks_shares = {
	.about = "The links themselves are not kept, so they are not shown.",
	.replies = REPLIES({200, "The links that were given away, the oldest first.",
	    "{\"shares\":[{\"id\":\"" EXAMPLE_OTHER "\",\"kind\":\"app\","
	    "\"created_at\":\"2026-11-22T07:28:00Z\"}]}", NULL}),
	.run = run,
};
