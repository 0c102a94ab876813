/*
 * GET /app/{id}/card/{version}: the picture on an app's card, where there is one.
 */
#include <inttypes.h>

#include "../../shared/base/file.h"
#include "../../shared/base/num.h"
#include "../../shared/rule/shot.h"
#include "../../shared/store/frozen.h"
#include "view.h"

static int
run(struct req *r, struct err *e)
{
	struct workspace w;
	uint64_t version;

	if (workspace_get_kind(r->db, r->id, "app", &r->arena, &w, e) < 0)
		return -1;
	if (!num_u64(r->part, INT32_MAX, &version) ||
	    frozen_get_shot(r->db, w.id, (int64_t)version) != FROZEN_SHOT ||
	    file_read(arena_fmt(&r->arena, "/run/carrel/var/frozen/%s/%" PRIu64 "/" SHOT_NAME,
	    w.id, version), &r->out, e) < 0)
		return err_set(e, ERR_MISSING, "There is no picture here.");
	/* What is inside comes from an app. */
	if (!shot_is_good(r->out.at, r->out.len))
		return err_set(e, ERR_MISSING, "There is no picture here.");
	reply_header(r, "Cache-Control", "private, max-age=86400, immutable");
	return reply_send(r, 200, "image/webp");
}

const struct endpoint pages_card = {
	.replies = REPLIES({200, "The picture.", NULL, "image/webp"},
	    {404, "There is no picture.", NULL, NULL}),
	.run = run,
};
