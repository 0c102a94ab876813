/*
 * PATCH /workspaces/{id} {"title"?, "visibility"?, "terminal"?}; for forms POST
 * /workspaces/{id}/rename
 * 200 {"status":"ok","id","title","visibility","terminal"} | 404
 */
#include <string.h>

#include "notebooks.h"

struct change {
	const char *title, *visibility, *terminal;
};

static int
check(const struct change *c, struct err *e)
{
	if (!c->title && !c->visibility && !c->terminal)
		return err_field(e, ERR_INPUT, "title", "Nothing is said that should change: title, "
		    "visibility or terminal.");
	if (c->visibility && strcmp(c->visibility, "private") && strcmp(c->visibility, "public"))
		return err_field(e, ERR_INPUT, "visibility", "A notebook is private or public.");
	if (c->terminal && strcmp(c->terminal, "on") && strcmp(c->terminal, "off"))
		return err_field(e, ERR_INPUT, "terminal", "The terminal is on or off.");
	return 0;
}

static int
change(struct req *r, void *arg, struct err *e)
{
	const struct change *c = arg;
	int64_t now = clock_wall_ms();
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0 ||
	    (c->title && workspace_set_title(r->db, r->id, c->title, now, e) < 0) ||
	    (c->visibility && notebook_set_public(r->db, r->id,
	    strcmp(c->visibility, "public") == 0, e) < 0) ||
	    (c->terminal && notebook_set_terminal(r->db, r->id,
	    strcmp(c->terminal, "on") == 0, e) < 0))
		return -1;
	return notebooks_note(r, r->id, "change", now, e);
}

static int
run(struct req *r, struct err *e)
{
	struct change c = {req_text(r, "title"), req_text(r, "visibility"),
	    req_text(r, "terminal")};
	struct workspace w;
	struct notebook n;

	if (c.title)
		c.title = notebooks_title(r, c.title);
	if (check(&c, e) < 0 || req_transaction(r, change, &c, e) < 0)
		return -1;
	notebooks_ring(r);
	if (notebooks_get(r, &w, e) < 0 || notebook_get(r->db, r->id, &r->arena, &n, e) < 0)
		return -1;
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "ok");
	json_put_text(&r->out, "id", r->id);
	json_put_text(&r->out, "title", w.title);
	json_put_text(&r->out, "visibility", n.is_public ? "public" : "private");
	json_put_text(&r->out, "terminal", n.has_terminal ? "on" : "off");
	json_close(&r->out, '}');
	return reply_result(r, 200, NULL);
}

const struct endpoint notebooks_change = {
	.about = "What is not named stays as it is.",
	.fields = FIELDS({"title", FIELD_TEXT, false, false, 1, TITLE_MAX, "The new title."},
	    {"visibility", FIELD_TEXT, false, false, 1, 20,
	     "private, or public: then anybody may see its last saved outputs."},
	    {"terminal", FIELD_TEXT, false, false, 1, 20,
	     "on: whoever may edit has a terminal in the sandbox; or off."}),
	.replies = REPLIES({200, "It is so now.", "{\"status\":\"ok\",\"id\":\"" EXAMPLE_ID "\","
	    "\"title\":\"Sales\",\"visibility\":\"private\",\"terminal\":\"off\"}", NULL}),
	.run = run,
};
