/*
 * POST /workspaces/{id}/token
 * 200 {"id","url","token"}: a new owner's token; the old one is worth nothing any more | 404
 */
#include "notebooks.h"

static int
change(struct req *r, void *arg, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	struct workspace w;

	notebooks_token(arg, hash);
	if (notebooks_get(r, &w, e) < 0 || notebook_set_token(r->db, r->id, hash, e) < 0 ||
	    pass_drop_owners(r->db, r->id, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "token", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	char token[SECRET_TOKEN_SIZE];

	if (req_transaction(r, change, token, e) < 0)
		return -1;
	/* The gate then closes what the old one had opened. */
	notebooks_ring(r);
	json_open(&r->out, '{');
	json_put_text(&r->out, "id", r->id);
	json_put_text(&r->out, "url", notebooks_url(r, r->id, ""));
	json_put_text(&r->out, "token", token);
	json_close(&r->out, '}');
	/* What is behind # is sent to no server and is in no log. */
	return reply_result(r, 200, arena_fmt(&r->arena, "%s#token=%s", notebooks_page(r), token));
}

const struct endpoint notebooks_token_new = {
	.about = "Who came in by the old token is disconnected at once; links that were given away "
	    "stay. It is shown this once, as only its hash is kept.",
	.replies = REPLIES({200, "The new token.", "{\"id\":\"" EXAMPLE_ID "\",\"url\":\"" EXAMPLE_URL
	    "\",\"token\":\"" EXAMPLE_TOKEN "\"}", NULL}),
	.run = run,
};
