/*
 * GET /api/app/{id}/versions
 * 200 {"versions":[{version,created_at,author,prompt,summary,verdict,current, …}]} | 404
 */
#include "apps.h"

static void
put_version(struct buf *b, const struct version *v, bool is_current)
{
	char iso[21];

	clock_iso(v->created_at, iso);
	json_open(b, '{');
	json_put_int(b, "version", v->n);
	json_put_text(b, "created_at", iso);
	json_put_text(b, "author", v->author);
	json_put_text(b, "prompt", v->prompt);
	json_put_text(b, "summary", v->summary);
	json_put_text(b, "verdict", v->verdict);
	json_put_bool(b, "frozen", v->is_frozen);
	if (v->problem[0])
		json_put_text(b, "problem", v->problem);
	json_put_bool(b, "current", is_current);
	json_put_text(b, "model", v->model);
	json_put_int(b, "took_ms", v->took_ms);
	json_key(b, "usage");
	json_open(b, '{');
	json_put_int(b, "input_tokens", v->input_tokens);
	json_put_int(b, "output_tokens", v->output_tokens);
	json_close(b, '}');
	json_close(b, '}');
}

static int
run(struct req *r, struct err *e)
{
	struct version *rows;
	struct workspace w;
	int n;

	if (apps_get(r, &w, e) < 0)
		return -1;
	n = version_list(r->db, r->id, &r->arena, &rows, e);
	if (n < 0)
		return -1;
	json_open(&r->out, '{');
	json_key(&r->out, "versions");
	json_open(&r->out, '[');
	for (int i = 0; i < n; i++)
		put_version(&r->out, &rows[i], rows[i].n == w.current);
	json_close(&r->out, ']');
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

const struct endpoint apps_versions = {
	.about = "Ascending from 1. model is null where none was asked, as after going back. frozen: "
	    "it is there as files, for visitors who then need no sandbox; where that failed, verdict "
	    "is marked and problem says why.",
	.replies = REPLIES({200, "The versions.", "{\"versions\":[{\"version\":1,"
	    "\"created_at\":\"2026-11-22T07:28:00Z\",\"author\":\"local\",\"prompt\":\"A tea timer\","
	    "\"summary\":\"A timer with three presets.\",\"verdict\":\"good\",\"frozen\":true,\"current\":false,"
	    "\"model\":\"anthropic/claude-sonnet-5\",\"took_ms\":8200,"
	    "\"usage\":{\"input_tokens\":812,\"output_tokens\":2104}},{\"version\":2,"
	    "\"created_at\":\"2026-11-22T07:31:12Z\",\"author\":\"local\",\"prompt\":\"Went back to "
	    "version 1\",\"summary\":\"Went back to version 1\",\"verdict\":\"good\","
	    "\"frozen\":false,\"current\":true,\"model\":null,\"took_ms\":410,\"usage\":{\"input_tokens\":0,"
	    "\"output_tokens\":0}}]}", NULL}),
	.run = run,
};
