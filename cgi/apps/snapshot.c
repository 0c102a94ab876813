/*
 * POST /api/app/{id}/snapshot {"admin_secret"}
 * 200 {"status":"success","image"} | 403 | 404 | 409 no version yet | 503
 */
#include "apps.h"

static int
run(struct req *r, struct err *e)
{
	struct workspace w;

	if (apps_get(r, &w, e) < 0)
		return -1;
	if (!w.current)
		return err_set(e, ERR_CONFLICT, "This app has no version yet.");
	apps_open(r, "success");
	json_put_text(&r->out, "image", arena_fmt(&r->arena, "%s@%lld", r->id,
	    (long long)w.current));
	json_close(&r->out, '}');
	return reply_result(r, 200, apps_page(r));
}

const struct endpoint apps_snapshot = {
	.about = "An app keeps nothing in memory worth saving, so its state is its version, which "
	    "is kept anyway: image names it, and restore or duplicate brings it back.",
	.fields = FIELDS(FIELD_ADMIN_SECRET),
	.replies = REPLIES({200, "The name of the state.",
	    "{\"status\":\"success\",\"image\":\"" EXAMPLE_ID "@3\"}", NULL},
	    {409, "This app has no version yet.", NULL, NULL}),
	.run = run,
};
