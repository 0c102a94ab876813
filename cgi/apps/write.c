/*
 * POST /api/app/{id}/write {"text", "image"?, "user_id"?}
 * Waits until the change is live or has failed, up to 180 s, without holding a thread:
 * 200 {"status":"ok","app_id","version"} | 200 {"status":"error","message"} (it did not
 * compile, or the model gave no code) | 409 cancelled | 429 502 503 504 (status, message,
 * detail).  With Prefer: respond-async 202 and a Location at once.
 */
#include <string.h>

#include "../lib/once.h"
#include "apps.h"

struct asking {
	char job[ID_SIZE];
	bool is_repeat;
};

static int
ask(struct req *r, void *arg, struct err *e)
{
	struct asking *q = arg;
	const char *route = arena_fmt(&r->arena, "write/%s", r->id);
	int64_t now = clock_wall_ms();
	struct idempotency made;
	struct workspace w;
	int found;

	if (apps_get(r, &w, e) < 0 || (found = once_find(r, route, &made, e)) < 0)
		return -1;
	q->is_repeat = found;
	if (found) {
		memcpy(q->job, made.job, ID_SIZE);
		return 0;
	}
	if (job_ask_write(r->db, r->id, r->caller, req_text(r, "text"), apps_image(r),
	    now, q->job, e) < 0 ||
	    (req_text(r, "user_id") && job_set_user(r->db, q->job, req_text(r, "user_id"), e) < 0) ||
	    sandbox_want_awake(r->db, r->id, now, e) < 0 ||
	    apps_note(r, r->id, "write", now, e) < 0)
		return -1;
	return once_keep(r, route, r->id, q->job, now, e);
}

static int
reply_later(struct req *r, const char *job)
{
	apps_open(r, "accepted");
	json_put_text(&r->out, "app_id", r->id);
	json_put_text(&r->out, "job", job);
	json_close(&r->out, '}');
	/* Where the work can be followed from its beginning, and its outcome read at any time. */
	reply_header(r, "Location", arena_fmt(&r->arena, "/api/app/%s/events?last_event_id=%s.0",
	    r->id, job));
	reply_header(r, "Preference-Applied", "respond-async");
	return reply_json(r, 202);
}

static int
run(struct req *r, struct err *e)
{
	struct asking q = {0};

	if (req_transaction(r, ask, &q, e) < 0) {
		if (e->kind != ERR_QUOTA || reply_is_redirect(r))
			return -1;
		reply_failure(r, e);
		return 0;
	}
	if (!q.is_repeat)
		apps_ring(r->id, q.job);
	if (reply_is_redirect(r))
		return reply_result(r, 303, apps_page(r));
	return req_prefers_async(r) ? reply_later(r, q.job) : outcome_wait(r, q.job, false);
}

const struct endpoint apps_write = {
	.about = "Answers when the change is live or has failed, up to 180 s later; with Prefer: "
	    "respond-async at once. Changes to one app are made one after the other; more than "
	    "three waiting are refused. Takes an Idempotency-Key.",
	.fields = FIELDS(
	    {"text", FIELD_TEXT, true, false, 1, PROMPT_MAX, "What should change, in your words."},
	    {"image", FIELD_IMAGE, false, false, 0, IMAGE_BYTES,
	     "A picture that goes with it: PNG, JPEG, WebP or GIF."},
	    {"user_id", FIELD_TEXT, false, false, 0, 200, "Kept with the change, for your own accounting."}),
	.headers = FIELDS(HEADER_ONCE,
	    {"Prefer", FIELD_TEXT, false, false, 1, 200, "respond-async: answer at once with 202."}),
	.replies = REPLIES({200, "The change is live; or status is error, nothing changed, and "
	    "message says why (the answer did not compile, or was only words).",
	    "{\"status\":\"ok\",\"app_id\":\"" EXAMPLE_ID "\",\"version\":4}\n"
	    "{\"status\":\"error\",\"message\":\"It did not compile after two repairs.\"}", NULL},
	    {202, "Asked for with Prefer: respond-async. Location is the stream of its events.",
	    "{\"status\":\"accepted\",\"app_id\":\"" EXAMPLE_ID "\",\"job\":\"" EXAMPLE_ID "\"}", NULL},
	    {409, "It was cancelled; or the Idempotency-Key was used for another request.", NULL, NULL},
	    {502, "The model's service gave no usable answer.", NULL, NULL},
	    {504, "It took too long.", NULL, NULL}),
	.run = run,
};
