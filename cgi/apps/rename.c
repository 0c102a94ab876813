/*
 * PATCH /api/app/{id} {"title"}; for forms POST /api/app/{id}/rename
 * 200 {"status":"ok","app_id","title"} | 404
 */
#include "apps.h"

static int
change(struct req *r, void *arg, struct err *e)
{
	int64_t now = clock_wall_ms();

	if (workspace_set_title(r->db, r->id, arg, now, e) < 0)
		return -1;
	return apps_note(r, r->id, "rename", now, e);
}

static int
run(struct req *r, struct err *e)
{
	char *title = arena_dup(&r->arena, req_text(r, "title"));

	/* One line. */
	for (char *p = title; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	if (req_transaction(r, change, title, e) < 0)
		return -1;
	apps_ring(r->id, NULL);
	apps_open(r, "ok");
	json_put_text(&r->out, "app_id", r->id);
	json_put_text(&r->out, "title", title);
	json_close(&r->out, '}');
	return reply_result(r, 200, NULL);
}

const struct endpoint apps_rename = {
	.fields = FIELDS({"title", FIELD_TEXT, true, false, 1, TITLE_MAX, "The new title."}),
	.replies = REPLIES({200, "It has the new title.",
	    "{\"status\":\"ok\",\"app_id\":\"" EXAMPLE_ID "\",\"title\":\"Tea\"}", NULL}),
	.run = run,
};
