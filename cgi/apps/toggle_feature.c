/*
 * POST /api/app/{id}/toggle-feature {"admin_secret"}
 * 200 {"status":"success","is_featured","message"} | 403 | 404 | 503
 */
#include "apps.h"

static int
toggle(struct req *r, void *arg, struct err *e)
{
	bool *is_featured = arg;
	struct workspace w;

	if (apps_get(r, &w, e) < 0)
		return -1;
	*is_featured = !w.is_featured;
	if (workspace_set_featured(r->db, r->id, *is_featured, e) < 0)
		return -1;
	return apps_note(r, r->id, *is_featured ? "feature" : "unfeature", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	bool is_featured = false;

	if (req_transaction(r, toggle, &is_featured, e) < 0)
		return -1;
	apps_ring(r->id, NULL);
	apps_open(r, "success");
	json_put_bool(&r->out, "is_featured", is_featured);
	json_put_text(&r->out, "message", is_featured ? "The app is in the gallery now." :
	    "The app is not in the gallery any more.");
	json_close(&r->out, '}');
	return reply_result(r, 200, NULL);
}

const struct endpoint apps_toggle_feature = {
	.about = "Puts the app into the gallery, or takes it out.",
	.fields = FIELDS(FIELD_ADMIN_SECRET),
	.replies = REPLIES({200, "Whether it is in the gallery now.", "{\"status\":\"success\","
	    "\"is_featured\":true,\"message\":\"The app is in the gallery now.\"}", NULL}),
	.run = run,
};
