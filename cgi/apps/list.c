/*
 * GET /api/apps
 * 200 {"apps":{"<id>":{"url","title","is_featured","version","status"}}}, the last edited
 * first.
 */
#include "apps.h"

#define FIRST_ROOM 64
#define ROOM_MAX 32768

static void
put_app(struct req *r, const struct workspace *w)
{
	struct buf *b = &r->out;
	char url[400];

	conf_app_url(&r->site->conf, w->id, url, sizeof(url));
	json_key(b, w->id);
	json_open(b, '{');
	json_put_text(b, "url", url);
	json_put_text(b, "title", w->title);
	json_put_bool(b, "is_featured", w->is_featured);
	json_put_int(b, "version", w->current);
	json_put_text(b, "status", workspace_status(w));
	json_close(b, '}');
}

static int
run(struct req *r, struct err *e)
{
	struct workspace *rows;
	int room = FIRST_ROOM, n;

	/* All in one statement, so that no app is seen twice; most machines have few. */
	for (;; room *= 8) {
		rows = arena_new(&r->arena, (size_t)room * sizeof(*rows));
		n = workspace_list(r->db, "app", false, "", WORKSPACE_BY_UPDATE, room, 0, &r->arena,
		    rows, e);
		if (n < room || room >= ROOM_MAX)
			break;
	}
	if (n < 0)
		return -1;
	json_open(&r->out, '{');
	json_key(&r->out, "apps");
	json_open(&r->out, '{');
	for (int i = 0; i < n; i++)
		put_app(r, &rows[i]);
	json_close(&r->out, '}');
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_list = {
	.replies = REPLIES({200, "Every app, by its id; the last edited first. version counts from "
	    "1 and is 0 before the first; status is created, ready, active or terminated.",
	    "{\"apps\":{\"" EXAMPLE_ID "\":{\"url\":\"http://" EXAMPLE_ID ".localhost:8080/\","
	    "\"title\":\"A tea timer\",\"is_featured\":false,\"version\":3,\"status\":\"active\"}}}",
	    NULL}),
	.run = run,
};
