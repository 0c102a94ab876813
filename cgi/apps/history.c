/*
 * GET /api/app/{id}/history
 * 200 {"message_history":[{"content","type":"user"|"assistant"}]}, oldest first | 404
 */
#include "apps.h"

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct message *rows;
	struct workspace w;
	int n;

	if (apps_get(r, &w, e) < 0)
		return -1;
	n = message_list(r->db, r->id, &r->arena, &rows, e);
	if (n < 0)
		return -1;
	json_open(b, '{');
	json_key(b, "message_history");
	json_open(b, '[');
	for (int i = 0; i < n; i++) {
		json_open(b, '{');
		json_put_text(b, "content", rows[i].content);
		json_put_text(b, "type", rows[i].type);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_history = {
	.replies = REPLIES({200, "What was said, oldest first.",
	    "{\"message_history\":[{\"content\":\"A tea timer\",\"type\":\"user\"},"
	    "{\"content\":\"A timer with three presets.\",\"type\":\"assistant\"}]}", NULL}),
	.run = run,
};
