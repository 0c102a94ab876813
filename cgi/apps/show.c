/*
 * GET /api/app/{id}
 * 200 {"app_id","status","url","created_at","updated_at", …} | 404
 */
#include "../lib/allow.h"
#include "apps.h"

static void
put_time(struct buf *b, const char *name, int64_t ms)
{
	char iso[21];

	clock_iso(ms, iso);
	json_put_text(b, name, iso);
}

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct account_share share;
	struct workspace w;
	char url[400];

	if (apps_get(r, &w, e) < 0)
		return -1;
	conf_app_url(&r->site->conf, w.id, url, sizeof(url));
	json_open(b, '{');
	json_put_text(b, "app_id", w.id);
	json_put_text(b, "status", workspace_status(&w));
	json_put_text(b, "url", url);
	put_time(b, "created_at", w.created_at);
	put_time(b, "updated_at", w.updated_at);
	json_put_text(b, "title", w.title);
	json_put_bool(b, "is_featured", w.is_featured);
	json_put_int(b, "version", w.current);
	json_put_text(b, "sandbox", w.sandbox_state);
	if (account_share(r->db, &r->site->conf, w.id, &share, e) < 0 || allow_put_place(r, false, e) < 0)
		return -1;
	json_put_text(b, "tier", share.tier.name);
	json_put_text(b, "user_id", w.user_id);
	json_put_text(b, "parent", w.parent);
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_show = {
	.about = "parent is the app it was copied from, or null.",
	.replies = REPLIES({200, "The app. sandbox is absent (asleep), provision, running or failed; "
	    "place (1: the next) and eta_seconds say how it stands while it waits for one, else "
	    "they are null.",
	    "{\"app_id\":\"" EXAMPLE_ID "\",\"status\":\"active\",\"url\":\"http://" EXAMPLE_ID
	    ".localhost:8080/\",\"created_at\":\"2026-11-22T07:28:00Z\","
	    "\"updated_at\":\"2026-11-22T07:31:12Z\",\"title\":\"A tea timer\","
	    "\"is_featured\":false,\"version\":3,\"sandbox\":\"running\",\"place\":null,"
	    "\"eta_seconds\":null,\"tier\":\"own\",\"user_id\":null,\"parent\":null}", NULL}),
	.run = run,
};
