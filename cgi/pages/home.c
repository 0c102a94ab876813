/*
 * GET /: the prompt first, then yours, then the gallery.  As JSON, where Accept prefers it:
 * what this service is (the production variant of modal-vibe's API).
 */
#include "../../shared/base/clock.h"
#include "view.h"

#define SHELF 8

static int
add_shelf(struct req *r, cJSON *c, const char *name, bool is_featured, struct err *e)
{
	struct workspace *rows = arena_new(&r->arena, SHELF * sizeof(*rows));
	int n = workspace_list(r->db, "app", is_featured, "", WORKSPACE_BY_UPDATE, SHELF, 0,
	    &r->arena, rows, e);

	if (n < 0)
		return -1;
	cJSON_AddItemToObject(c, name, view_cards(r, rows, n, clock_wall_ms()));
	view_true(c, is_featured ? "has_gallery" : "has_yours", n > 0);
	return 0;
}

static int
as_json(struct req *r)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "ok");
	json_put_text(&r->out, "service", "carrel");
	json_put_text(&r->out, "version", CARREL_VERSION);
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

static int
run(struct req *r, struct err *e)
{
	cJSON *c;

	if (req_prefers_json(r))
		return as_json(r);
	c = view_page(r, "Say what you need");
	view_text(c, "prompt", req_text(r, "prompt"));
	view_model(r, c);
	if (add_shelf(r, c, "yours", false, e) < 0 || add_shelf(r, c, "gallery", true, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	return reply_page(r, 200, "home", c, e);
}

const struct endpoint pages_home = {
	.about = "The first page, with the prompt. A program that prefers JSON is told what this "
	    "service is.",
	.fields = FIELDS({"prompt", FIELD_TEXT, false, false, 0, 20000, "What stands in the prompt."}),
	.replies = REPLIES(
	    {200, "The page; as JSON, the service.",
		"{\"status\":\"ok\",\"service\":\"carrel\",\"version\":\"0.1.0\"}", NULL}),
	.run = run,
};
