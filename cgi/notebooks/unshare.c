/*
 * DELETE /workspaces/{id}/shares/{share}, and for forms POST /workspaces/{id}/unshare
 * {"share"}
 * 200 {"status":"revoked","id"} | 404
 */
#include "notebooks.h"

static int
revoke(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0)
		return -1;
	if (share_delete(r->db, r->id, arg, e) < 0)
		return e->kind == ERR_MISSING ? err_set(e, ERR_MISSING,
		    "This notebook has no such link.") : -1;
	return notebooks_note(r, r->id, "unshare", clock_wall_ms(), e);
}

static int
unshare(struct req *r, const char *id, struct err *e)
{
	if (req_transaction(r, revoke, (void *)(uintptr_t)id, e) < 0)
		return -1;
	/* The gate then closes what the link had opened. */
	notebooks_ring(r);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "revoked");
	json_put_text(&r->out, "id", id);
	json_close(&r->out, '}');
	return reply_result(r, 200, notebooks_page(r));
}

static int
run_path(struct req *r, struct err *e)
{
	return unshare(r, r->part, e);
}

static int
run_form(struct req *r, struct err *e)
{
	return unshare(r, req_text(r, "share"), e);
}

#define ABOUT "The link opens nothing any more, and who came by it is disconnected at once."
#define REPLY_GONE REPLIES({200, "It is revoked.", "{\"status\":\"revoked\",\"id\":\"" \
	EXAMPLE_OTHER "\"}", NULL})

const struct endpoint notebooks_unshare = {
	.about = ABOUT,
	.replies = REPLY_GONE,
	.run = run_path,
};

const struct endpoint notebooks_unshare_form = {
	.about = ABOUT,
	.fields = FIELDS({"share", FIELD_TEXT, true, false, 1, ID_LEN, "Which link."}),
	.replies = REPLY_GONE,
	.run = run_form,
};
