/*
 * POST /api/app/{id}/duplicate
 * 200 {"app_id","status":"created"} | 404 | 409 it has no version
 */
#include <string.h>

#include "../../shared/text/utf8.h"
#include "../lib/allow.h"
#include "apps.h"

struct copying {
	char id[ID_SIZE], job[ID_SIZE];
};

static int
copy(struct req *r, void *arg, struct err *e)
{
	struct copying *c = arg;
	struct workspace from, w = {.kind = "app", .owner = r->caller,
	    .created_at = clock_wall_ms()};

	if (apps_get(r, &from, e) < 0)
		return -1;
	if (!from.current)
		return err_set(e, ERR_CONFLICT, "This app has no version yet that could be copied.");
	id_new(c->id);
	memcpy(w.id, c->id, ID_SIZE);
	w.parent = from.id;
	w.user_id = from.user_id;
	w.title = arena_fmt(&r->arena, "%.*s (copy)", (int)utf8_bytes(from.title, TITLE_MAX - 7),
	    from.title);
	if (allow_creation(r, w.created_at, e) < 0 || workspace_add(r->db, &w, e) < 0 ||
	    job_ask_restore(r->db, c->id, r->caller, r->id, from.current,
	    arena_fmt(&r->arena, "A copy of %s", from.title), w.created_at, c->job, e) < 0 ||
	    sandbox_want_awake(r->db, c->id, w.created_at, e) < 0)
		return -1;
	return apps_note(r, c->id, "duplicate", w.created_at, e);
}

static int
run(struct req *r, struct err *e)
{
	struct copying c;

	if (req_transaction(r, copy, &c, e) < 0)
		return -1;
	apps_ring(c.id, c.job);
	return apps_created(r, c.id);
}

const struct endpoint apps_duplicate = {
	.about = "An app of its own, with the current version as its first.",
	.replies = REPLIES({200, "The copy exists and is being made live.",
	    "{\"app_id\":\"" EXAMPLE_ID "\",\"status\":\"created\"}", NULL},
	    {409, "This app has no version yet.", NULL, NULL}, REPLY_QUOTA),
	.run = run,
};
