/*
 * POST /api/app/{id}/restore {"version"}
 * Waits until it is live, up to 180 s: 200 {"status":"ok","version"} with the number of the
 * new version | 404 | the failures of write.
 */
#include "apps.h"

static int
ask(struct req *r, void *arg, struct err *e)
{
	int64_t n = req_number(r, "version", 0), now = clock_wall_ms();
	struct workspace w;

	if (apps_get(r, &w, e) < 0 ||
	    job_ask_restore(r->db, r->id, r->caller, r->id, n,
	    arena_fmt(&r->arena, "Went back to version %lld", (long long)n), now, arg, e) < 0 ||
	    sandbox_want_awake(r->db, r->id, now, e) < 0)
		return -1;
	return apps_note(r, r->id, "restore", now, e);
}

static int
run(struct req *r, struct err *e)
{
	char job[ID_SIZE];

	if (req_transaction(r, ask, job, e) < 0)
		return -1;
	apps_ring(r->id, job);
	if (reply_is_redirect(r))
		return reply_result(r, 303, apps_page(r));
	return outcome_wait(r, job, true);
}

const struct endpoint apps_restore = {
	.about = "Makes a new version of an old one, so that going back can itself be undone. "
	    "Answers when it is live.",
	.fields = FIELDS({"version", FIELD_NUMBER, true, false, 1, INT32_MAX,
	    "The version to bring back."}),
	.replies = REPLIES({200, "It is live, as the new version that is named.",
	    "{\"status\":\"ok\",\"version\":5}\n"
	    "{\"status\":\"error\",\"message\":\"It does not compile any more.\"}", NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
