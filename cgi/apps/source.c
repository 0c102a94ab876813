/*
 * GET /api/app/{id}/source[?version=n]
 * 200 {"version","files":{path:text}} | 404
 */
#include "apps.h"

static int
run(struct req *r, struct err *e)
{
	struct buf *b = &r->out;
	struct workspace w;
	struct source s;
	int64_t n;

	if (apps_get(r, &w, e) < 0)
		return -1;
	n = req_number(r, "version", w.current);
	if (n == 0)
		return err_set(e, ERR_MISSING, "This app has no version yet.");
	if (source_get(r->db, r->id, n, &r->arena, &s, e) < 0)
		return -1;
	json_open(b, '{');
	json_put_int(b, "version", n);
	json_key(b, "files");
	json_open(b, '{');
	for (int i = 0; i < s.count; i++) {
		json_key(b, s.files[i].path);
		json_textn(b, s.files[i].text, s.files[i].len);
	}
	json_close(b, '}');
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_source = {
	.fields = FIELDS({"version", FIELD_NUMBER, false, false, 1, INT32_MAX,
	    "Which version; the current one if none is given."}),
	.replies = REPLIES({200, "The files, by their paths.", "{\"version\":1,\"files\":"
	    "{\"src/LLMComponent.tsx\":\"export default function LLMComponent() {…}\"}}", NULL}),
	.run = run,
};
