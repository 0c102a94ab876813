/*
 * GET /api/apps
 * 200 {"apps":{"<id>":{"url","title","is_featured","version","status"}}}, the last edited
 * first.
 */
#include <string.h>

#include "apps.h"

struct list {
	struct buf *out;
	char url[400];		/* of an app; all differ in the id alone */
	char *id;		/* in url */
};

static void
put_app(const struct workspace *w, void *arg)
{
	struct list *l = arg;
	struct buf *b = l->out;

	memcpy(l->id, w->id, ID_LEN);
	json_key(b, w->id);
	json_open(b, '{');
	json_put_text(b, "url", l->url);
	json_put_text(b, "title", w->title);
	json_put_bool(b, "is_featured", w->is_featured);
	json_put_int(b, "version", w->current);
	json_put_text(b, "status", workspace_status(w));
	json_close(b, '}');
}

static int
run(struct req *r, struct err *e)
{
	struct list l = {.out = &r->out};

	conf_app_url(&r->site->conf, EXAMPLE_ID, l.url, sizeof(l.url));
	l.id = strstr(l.url, EXAMPLE_ID);
	json_open(&r->out, '{');
	json_key(&r->out, "apps");
	json_open(&r->out, '{');
	if (workspace_each(r->db, "app", put_app, &l, e) < 0)
		return -1;
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
