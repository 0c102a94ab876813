/*
 * GET /app/{id}: what was said on one side, the app, its code or its versions on the other.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/version.h"
#include "view.h"

#define REFRESH_SECS 3

static const char *const tabs[] = {"preview", "code", "versions", "chat"};

static const char *
chosen_tab(const char *name)
{
	for (size_t i = 0; name && i < COUNT(tabs); i++)
		if (strcmp(tabs[i], name) == 0)
			return tabs[i];
	return tabs[0];
}

static void
add_addresses(struct req *r, const struct workspace *w, cJSON *c)
{
	const struct conf *conf = &r->site->conf;
	char url[600];
	size_t n;

	conf_app_url(conf, w->id, url, sizeof(url));
	view_text(c, "url", url);
	n = strlen(url);
	url[n - 1] = '\0';
	view_text(c, "origin", url);
	view_text(c, "url_short", strstr(url, "//") + 2);
	if (strcmp(conf->apps_domain, "localhost") == 0)
		view_text(c, "share_note", "This address works on this machine only. To share it "
		    "further, give Carrel a public address (settings url and apps_domain).");
}

static void
add_state(struct req *r, const struct workspace *w, const char *tab, cJSON *c)
{
	bool has_job = w->open_job != NULL;

	view_text(c, "id", w->id);
	view_text(c, "title", w->title);
	view_text(c, "tab", tab);
	view_true(c, arena_fmt(&r->arena, "tab_%s", tab), true);
	view_text(c, "state", view_state(w, has_job));
	view_text(c, "state_words", view_state_words(r, w, has_job, clock_wall_ms()));
	view_number(c, "current", w->current);
	view_text(c, "job", w->open_job);
	view_true(c, "can_feature", r->site->conf.admin_secret[0] != '\0');
	view_true(c, "featured", w->is_featured);
	view_true(c, "sleeps", w->current && strcmp(w->sandbox_state, "running") != 0);
	view_text(c, "delete_words", w->versions ? arena_fmt(&r->arena,
	    "%s, its %lld version%s and what was said here will be gone for good.", w->title,
	    (long long)w->versions, w->versions == 1 ? "" : "s") : arena_fmt(&r->arena,
	    "%s and what was said here will be gone for good.", w->title));
	view_text(c, "draft", req_text(r, "draft"));
	if (has_job)
		view_number(c, "refresh", REFRESH_SECS);
}

static int
fill(struct req *r, const struct workspace *w, const char *tab, cJSON *c, struct err *e)
{
	struct version *versions;
	struct job job;
	bool has_job = w->open_job && job_get(r->db, w->open_job, &r->arena, &job, NULL) == 0;
	int n = version_list(r->db, w->id, &r->arena, &versions, e);

	if (n < 0)
		return -1;
	add_state(r, w, tab, c);
	view_parent(r, w, c);
	add_addresses(r, w, c);
	view_model(r, c);
	if (turns_add(r, w, has_job ? &job : NULL, versions, n, req_text(r, "all") != NULL, c, e) < 0)
		return -1;
	if (strcmp(tab, "versions") == 0)
		versions_add(r, w, versions, n, c);
	if (strcmp(tab, "code") == 0 && w->current)
		return code_add(r, w, req_number(r, "version", w->current), req_text(r, "file"), c, e);
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	struct workspace w;
	cJSON *c;

	if (workspace_get_kind(r->db, r->id, "app", &r->arena, &w, e) < 0)
		return -1;
	c = view_page(r, w.title);
	if (fill(r, &w, chosen_tab(req_text(r, "tab")), c, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	return reply_page(r, 200, "app", c, e);
}

const struct endpoint pages_app = {
	.fields = FIELDS(
	    {"tab", FIELD_TEXT, false, false, 0, 20, "preview, code, versions or chat."},
	    {"version", FIELD_NUMBER, false, false, 1, 1000000, "Whose code is shown."},
	    {"file", FIELD_TEXT, false, false, 0, 200, "Which file is shown."},
	    {"draft", FIELD_TEXT, false, false, 0, 20000, "What stands in the prompt."},
	    {"all", FIELD_TEXT, false, false, 0, 5, "1 shows everything that was said."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
