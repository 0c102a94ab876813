/*
 * POST /api/admin/terminate-all {"admin_secret"}
 * 200 {"status":"success","message","terminated","failed"} | 403 | 503
 */
#include <string.h>

#include "../../shared/wire/bell.h"
#include "apps.h"
#include "stop.h"

#define APPS_MAX 32768

struct stopping {
	char (*ids)[ID_SIZE];
	int count;
};

static int
stop_all(struct req *r, void *arg, struct err *e)
{
	struct stopping *s = arg;
	struct workspace *rows = arena_new(&r->arena, APPS_MAX * sizeof(*rows));
	int n = workspace_list(r->db, "app", false, "", WORKSPACE_BY_UPDATE, APPS_MAX, 0,
	    &r->arena, rows, e);
	int64_t now = clock_wall_ms();

	if (n < 0)
		return -1;
	s->ids = arena_new(&r->arena, ((size_t)n + 1) * sizeof(*s->ids));
	for (int i = 0; i < n; i++) {
		char job[ID_SIZE];

		if (rows[i].terminated_at)
			continue;
		if (stop_app(r, rows[i].id, job, now, e) < 0)
			return -1;
		memcpy(s->ids[s->count++], rows[i].id, ID_SIZE);
	}
	return apps_note(r, NULL, "terminate-all", now, e);
}

static int
run(struct req *r, struct err *e)
{
	struct stopping s = {0};

	if (req_transaction(r, stop_all, &s, e) < 0)
		return -1;
	for (int i = 0; i < s.count; i++)
		bell_ring(NULL, s.ids[i]);
	apps_open(r, "success");
	json_put_text(&r->out, "message", arena_fmt(&r->arena, s.count == 1 ?
	    "%d app was stopped." : "%d apps were stopped.", s.count));
	json_put_int(&r->out, "terminated", s.count);
	/* One transaction: all of them, or an error. */
	json_put_int(&r->out, "failed", 0);
	json_close(&r->out, '}');
	return reply_result(r, 200, NULL);
}

const struct endpoint apps_terminate_all = {
	.about = "Stops every app that is not stopped yet: all of them, or none and an error.",
	.fields = FIELDS(FIELD_ADMIN_SECRET),
	.replies = REPLIES({200, "They were stopped.", "{\"status\":\"success\","
	    "\"message\":\"7 apps were stopped.\",\"terminated\":7,\"failed\":0}", NULL}),
	.run = run,
};
