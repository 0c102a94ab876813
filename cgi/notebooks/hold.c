/*
 * POST /workspaces/{id}/hold {"minutes"}
 * 200 {"status":"held","held_until"}, or {"status":"free","held_until":null} for 0 | 404
 */
#include "notebooks.h"

#define MINUTES_MAX (NOTEBOOK_HOLD_MAX_MS / 60000)

static int
hold(struct req *r, void *arg, struct err *e)
{
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0 || notebook_set_hold(r->db, r->id, *(int64_t *)arg, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "hold", clock_wall_ms(), e);
}

static int
run(struct req *r, struct err *e)
{
	int64_t minutes = req_number(r, "minutes", 0);
	int64_t until = minutes ? clock_wall_ms() + minutes * 60000 : 0;

	if (req_transaction(r, hold, &until, e) < 0)
		return -1;
	notebooks_ring(r);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", until ? "held" : "free");
	notebooks_put_time(&r->out, "held_until", until);
	json_close(&r->out, '}');
	return reply_result(r, 200, notebooks_page(r));
}

const struct endpoint notebooks_hold = {
	.about = "For this long it does not fall asleep by itself, whether anybody uses it or not. "
	    "Wakes nothing.",
	.fields = FIELDS({"minutes", FIELD_NUMBER, true, false, 0, MINUTES_MAX,
	    "From now; 0 ends the hold."}),
	.replies = REPLIES({200, "It is so now.",
	    "{\"status\":\"held\",\"held_until\":\"2026-11-22T07:28:00Z\"}\n"
	    "{\"status\":\"free\",\"held_until\":null}", NULL}),
	.run = run,
};
