/*
 * GET /workspaces/{id}
 * 200 {"id","title","url","state", …} | 404.  Wakes nothing.
 */
#include <string.h>

#include "../../shared/rule/life.h"
#include "../lib/allow.h"
#include "notebooks.h"

#define MB (1LL << 20)

/* Where its variables are. */
static const char *
kernel_of(const struct sandbox *s)
{
	if (strcmp(s->state, "running") == 0)
		return "live";
	return s->image ? "saved" : "none";
}

static void
put_limits(struct req *r, const struct notebook *n, const struct sandbox *s,
    const struct tier *t)
{
	struct buf *b = &r->out;

	json_put_int(b, "memory_bytes", s->memory_now);
	json_put_int(b, "memory_peak", s->memory_peak);
	json_put_int(b, "memory_limit", t->memory_mb * MB);
	if (t->snapshot_mb)
		json_put_int(b, "snapshot_limit", t->snapshot_mb * MB);
	else
		json_put_text(b, "snapshot_limit", NULL);
	json_put_int(b, "disk_bytes", n->disk_bytes);
	json_put_int(b, "disk_limit", n->disk_mb * MB);
	json_put_int(b, "files_limit", n->disk_files);
}

static int
put_snapshots(struct req *r, struct err *e)
{
	struct snapshot *rows;
	int n = snapshot_list(r->db, r->id, &r->arena, &rows, e), made = 0;

	for (int i = 0; i < n; i++)
		made += strcmp(rows[i].kind, "hand") == 0 && strcmp(rows[i].state, "good") == 0;
	json_put_int(&r->out, "snapshots", made);
	return n < 0 ? -1 : 0;
}

static int
run(struct req *r, struct err *e)
{
	int64_t now = clock_wall_ms();
	struct buf *b = &r->out;
	struct account_share share;
	struct workspace w;
	struct notebook n;
	struct sandbox s;

	if (notebooks_get(r, &w, e) < 0 ||
	    account_share(r->db, &r->site->conf, r->id, &share, e) < 0 ||
	    notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	json_open(b, '{');
	json_put_text(b, "id", w.id);
	json_put_text(b, "title", w.title);
	json_put_text(b, "url", notebooks_url(r, w.id, ""));
	json_put_text(b, "state", notebook_state(s.state, s.last_activity_at, now));
	json_put_text(b, "kernel", kernel_of(&s));
	json_put_text(b, "reason", s.reason);
	json_put_text(b, "notice", n.notice);
	json_put_text(b, "parent", w.parent);
	json_put_text(b, "template", n.template_name);
	json_put_text(b, "tier", share.tier.name);
	if (allow_put_place(r, false, e) < 0)
		return -1;
	json_put_text(b, "visibility", n.is_public ? "public" : "private");
	json_put_text(b, "terminal", n.has_terminal ? "on" : "off");
	notebooks_put_time(b, "created_at", w.created_at);
	notebooks_put_time(b, "updated_at", w.updated_at);
	notebooks_put_time(b, "last_activity_at", s.last_activity_at);
	notebooks_put_time(b, "held_until", n.held_until > now ? n.held_until : 0);
	notebooks_put_time(b, "evicts_at", life_evicts_at(s.state, s.ended_at,
	    share.tier.evict_s * 1000));
	put_limits(r, &n, &s, &share.tier);
	if (put_snapshots(r, e) < 0)
		return -1;
	json_close(b, '}');
	return reply_json(r, 200);
}

const struct endpoint notebooks_show = {
	.about = "Looks at what is written down, and wakes nothing. Sizes are in bytes.",
	.replies = REPLIES({200, "The notebook. state as in the list; kernel is live, saved (asleep, "
	    "with its variables) or none; reason says why it is in this state, notice what became "
	    "of its last kernel; held_until is null where it may fall asleep; evicts_at, of one "
	    "that sleeps, is when its variables will be let go (its files never are), or null; place "
	    "(1: the next) and eta_seconds say how it stands while it waits to be started; a kernel "
	    "with more memory than snapshot_limit is not kept when it falls asleep; snapshots counts "
	    "those made by hand.", "{\"id\":\"" EXAMPLE_ID "\",\"title\":\"Sales\",\"url\":\""
	    EXAMPLE_URL "\",\"state\":\"running\",\"kernel\":\"live\",\"reason\":\"\",\"notice\":\"\",\"parent\":null,"
	    "\"template\":\"blank\",\"tier\":\"own\",\"place\":null,\"eta_seconds\":null,"
	    "\"visibility\":\"private\",\"terminal\":\"off\","
	    "\"created_at\":\"2026-11-22T07:28:00Z\",\"updated_at\":\"2026-11-22T07:31:12Z\","
	    "\"last_activity_at\":null,\"held_until\":null,\"evicts_at\":null,"
	    "\"memory_bytes\":150994944,\"memory_peak\":180355072,"
	    "\"memory_limit\":2147483648,\"snapshot_limit\":null,\"disk_bytes\":1048576,\"disk_limit\":4294967296,"
	    "\"files_limit\":200000,\"snapshots\":2}", NULL}),
	.run = run,
};
