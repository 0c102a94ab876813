/*
 * GET /workspaces[?q=&state=&sort=&page=]
 * 200 {"workspaces":[{id,title,url,state, …}],"page","more"}
 */
#include <string.h>

#include "notebooks.h"

#define PAGE_ROWS 100

static int
order_of(const char *sort, enum workspace_order *order, struct err *e)
{
	static const struct {
		const char *name;
		enum workspace_order order;
	} all[] = {
		{"updated", WORKSPACE_BY_UPDATE}, {"title", WORKSPACE_BY_TITLE},
		{"created", WORKSPACE_BY_CREATION},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(all[i].name, sort) == 0) {
			*order = all[i].order;
			return 0;
		}
	return err_field(e, ERR_INPUT, "sort", "Notebooks are sorted by updated, title or created.");
}

static int
check_state(const char *state, struct err *e)
{
	static const char *const all[] = {"", "absent", "provision", "running", "idle",
	    "hibernated", "evicted", "failed"};

	for (size_t i = 0; i < COUNT(all); i++)
		if (strcmp(all[i], state) == 0)
			return 0;
	return err_field(e, ERR_INPUT, "state", "A notebook's state is absent, provision, running, "
	    "idle, hibernated, evicted or failed.");
}

static void
put_row(struct req *r, const struct notebook_row *row, int64_t now)
{
	struct buf *b = &r->out;

	json_open(b, '{');
	json_put_text(b, "id", row->id);
	json_put_text(b, "title", row->title);
	json_put_text(b, "url", notebooks_url(r, row->id, ""));
	json_put_text(b, "state", notebook_state(row->sandbox_state, row->last_activity_at, now));
	json_put_text(b, "reason", row->sandbox_reason);
	json_put_text(b, "notice", row->notice);
	json_put_text(b, "visibility", row->is_public ? "public" : "private");
	notebooks_put_time(b, "created_at", row->created_at);
	notebooks_put_time(b, "updated_at", row->updated_at);
	notebooks_put_time(b, "last_activity_at", row->last_activity_at);
	notebooks_put_time(b, "held_until", row->held_until > now ? row->held_until : 0);
	json_put_int(b, "disk_bytes", row->disk_bytes);
	json_close(b, '}');
}

static int
run(struct req *r, struct err *e)
{
	struct notebook_row *rows = arena_new(&r->arena, (PAGE_ROWS + 1) * sizeof(*rows));
	const char *q = req_text(r, "q"), *state = req_text(r, "state"), *sort = req_text(r, "sort");
	int64_t page = req_number(r, "page", 1), now = clock_wall_ms();
	enum workspace_order order = WORKSPACE_BY_UPDATE;
	int n;

	if (order_of(sort ? sort : "updated", &order, e) < 0 || check_state(state ? state : "", e) < 0)
		return -1;
	n = notebook_list(r->db, q ? q : "", state ? state : "", order, now, PAGE_ROWS + 1,
	    (int)(page - 1) * PAGE_ROWS, &r->arena, rows, e);
	if (n < 0)
		return -1;
	json_open(&r->out, '{');
	json_key(&r->out, "workspaces");
	json_open(&r->out, '[');
	for (int i = 0; i < n && i < PAGE_ROWS; i++)
		put_row(r, &rows[i], now);
	json_close(&r->out, ']');
	json_put_int(&r->out, "page", page);
	json_put_bool(&r->out, "more", n > PAGE_ROWS);
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

const struct endpoint notebooks_list = {
	.about = "A hundred a page, the last changed first.",
	.fields = FIELDS(
	    {"q", FIELD_TEXT, false, false, 0, TITLE_MAX, "Words that the title holds."},
	    {"state", FIELD_TEXT, false, false, 0, 20, "Only those that are in this state."},
	    {"sort", FIELD_TEXT, false, false, 0, 20, "updated, title or created."},
	    {"page", FIELD_NUMBER, false, false, 1, 100000, "Which page; 1 is the first."}),
	.replies = REPLIES({200, "The notebooks. state is absent (it has no kernel), provision "
	    "(being started), running, idle (nobody used it for 10 min), hibernated (asleep, its "
	    "variables kept), evicted (they are not any more) or failed; reason says why.",
	    "{\"workspaces\":[{\"id\":\"" EXAMPLE_ID "\",\"title\":\"Sales\",\"url\":\"" EXAMPLE_URL
	    "\",\"state\":\"hibernated\",\"reason\":\"Put to sleep by hand.\",\"notice\":\"\","
	    "\"visibility\":\"private\",\"created_at\":\"2026-11-22T07:28:00Z\","
	    "\"updated_at\":\"2026-11-22T07:31:12Z\",\"last_activity_at\":null,"
	    "\"held_until\":null,\"disk_bytes\":1048576}],\"page\":1,\"more\":false}", NULL}),
	.run = run,
};
