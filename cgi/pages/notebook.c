/*
 * GET /notebook/{id}: one slim bar, and below it the editor; while the notebook sleeps, its
 * last outputs.  Looking at this page wakes nothing.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "notebook.h"

#define REFRESH_SECS 2
#define MB (1LL << 20)

static void
add_addresses(struct req *r, cJSON *c)
{
	const struct conf *conf = &r->site->conf;
	char url[600];

	conf_app_url(conf, r->id, url, sizeof(url));
	view_text(c, "url", url);
	view_text(c, "base", conf->url);
	if (strcmp(conf->apps_domain, "localhost") == 0)
		view_text(c, "share_note", "These links work on this machine only. To share further, "
		    "give Carrel a public address (settings url and apps_domain).");
}

static void
add_hold(struct req *r, const struct notebook_at *at, cJSON *c)
{
	int64_t minutes = (at->notebook->held_until - at->now + 59999) / 60000;

	if (minutes <= 0)
		return;
	view_text(c, "held", minutes >= 90 ?
	    arena_fmt(&r->arena, "%lld h", (long long)((minutes + 30) / 60)) :
	    arena_fmt(&r->arena, "%lld min", (long long)minutes));
}

static void
add_state(struct req *r, const struct notebook_at *at, cJSON *c)
{
	const struct workspace *w = at->workspace;
	const struct notebook *n = at->notebook;
	const char *starter = notebook_starter(n->template_name);
	bool is_open = notebook_is_open(at->life), is_moving = notebook_is_moving(at->life);

	view_text(c, "id", w->id);
	view_text(c, "title", w->title);
	view_text(c, "sandbox", at->sandbox->state);
	view_text(c, "phase", is_open ? "open" : is_moving ? "moving" : "closed");
	view_true(c, "open", is_open);
	view_text(c, "state", notebook_dot(at->life));
	view_text(c, "state_words", notebook_words(r, at->life));
	view_text(c, "starter", starter[0] ? starter : NULL);
	view_text(c, "notice", n->notice[0] ? n->notice : NULL);
	view_true(c, "terminal", n->has_terminal);
	view_true(c, "public", n->is_public);
	view_text(c, "view_url", arena_fmt(&r->arena, "%s://%s/view/%s", r->site->conf.scheme,
	    r->site->conf.site, w->id));
	view_text(c, "disk", arena_fmt(&r->arena, "%s of %s", view_size(r, n->disk_bytes),
	    view_size(r, n->disk_mb * MB)));
	view_text(c, "disk_percent", arena_fmt(&r->arena, "%lld",
	    (long long)(n->disk_bytes * 100 / (n->disk_mb * MB))));
	add_hold(r, at, c);
	if (is_moving)
		view_number(c, "refresh", REFRESH_SECS);
}

static int
fill(struct req *r, const struct notebook_at *at, cJSON *c, struct err *e)
{
	bool has_packages;

	add_state(r, at, c);
	view_parent(r, at->workspace, c);
	add_addresses(r, c);
	notebook_tier_add(r, at, c);
	if (notebook_packages_add(r, c, &has_packages, e) < 0 ||
	    notebook_snapshots_add(r, at->now, c, e) < 0 ||
	    notebook_shares_add(r, at->now, c, e) < 0 || notebook_assist_add(r, c, e) < 0)
		return -1;
	if (!notebook_is_open(at->life))
		notebook_cover_add(r, at, has_packages, c);
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	struct workspace w;
	struct notebook n;
	struct sandbox s;
	struct notebook_life life;
	struct account_share share;
	struct sandbox_place place;
	struct notebook_at at = {&w, &n, &s, &life, clock_wall_ms(), &share, &place};
	cJSON *c;

	if (workspace_get_kind(r->db, r->id, "notebook", &r->arena, &w, e) < 0 ||
	    notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    sandbox_get(r->db, r->id, &r->arena, &s, e) < 0 ||
	    account_share(r->db, &r->site->conf, r->id, &share, e) < 0 ||
	    sandbox_place(r->db, r->id, &place, e) < 0)
		return -1;
	life = (struct notebook_life){s.state, s.reason, strcmp(s.want, "awake") == 0,
	    s.memory_now, s.last_activity_at};
	c = view_page(r, w.title);
	if (fill(r, &at, c, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	return reply_page(r, 200, "notebook", c, e);
}

const struct endpoint pages_notebook = {
	.fields = FIELDS(
	    {"share", FIELD_TEXT, false, false, 0, 60, "Which link was made just now."},
	    {"link", FIELD_TEXT, false, true, 0, 60, "Its token, to show the link once."},
	    {"token", FIELD_TEXT, false, true, 0, 60, "The owner's new token, likewise."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
