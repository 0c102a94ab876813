/*
 * DELETE /workspaces/{id}/snapshots/{n}, and for forms POST /workspaces/{id}/forget
 * {"snapshot"}
 * 200 {"status":"deleted","snapshot"} | 404 | 409 its kernel sleeps in it
 */
#include <string.h>

#include "notebooks.h"

static int
take_away(struct req *r, void *arg, struct err *e)
{
	const char *id = arg;
	struct snapshot s;
	struct workspace w;
	struct sandbox b;

	if (notebooks_get(r, &w, e) < 0 || sandbox_get(r->db, r->id, &r->arena, &b, e) < 0 ||
	    snapshot_get(r->db, id, &r->arena, &s, e) < 0)
		return -1;
	if (strcmp(s.workspace, r->id) != 0)
		return err_set(e, ERR_MISSING, "There is no snapshot with this id.");
	if (b.image && strcmp(b.image, id) == 0 && strcmp(s.kind, "sleep") == 0)
		return err_set(e, ERR_CONFLICT, "The notebook's variables sleep in this one; it goes "
		    "by itself after the notebook has woken.");
	if (snapshot_delete(r->db, id, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "forget", clock_wall_ms(), e);
}

static int
forget(struct req *r, const char *id, struct err *e)
{
	if (req_transaction(r, take_away, (void *)(uintptr_t)id, e) < 0)
		return -1;
	notebooks_ring(r);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "deleted");
	json_put_text(&r->out, "snapshot", id);
	json_close(&r->out, '}');
	return reply_result(r, 200, notebooks_page(r));
}

static int
run_path(struct req *r, struct err *e)
{
	return forget(r, r->part, e);
}

static int
run_form(struct req *r, struct err *e)
{
	return forget(r, req_text(r, "snapshot"), e);
}

#define REPLY_GONE REPLIES({200, "It is gone.", "{\"status\":\"deleted\",\"snapshot\":\"" \
	EXAMPLE_OTHER "\"}", NULL}, {409, "The notebook sleeps in it.", NULL, NULL})

const struct endpoint notebooks_forget = {
	.replies = REPLY_GONE,
	.run = run_path,
};

const struct endpoint notebooks_forget_form = {
	.fields = FIELDS({"snapshot", FIELD_TEXT, true, false, 1, ID_LEN, "Which snapshot."}),
	.replies = REPLY_GONE,
	.run = run_form,
};
