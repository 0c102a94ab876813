/* What the menus of a notebook's page list: its packages, snapshots and links. */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/pass.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/text/secret.h"
#include "notebook.h"

int
notebook_packages_add(struct req *r, cJSON *c, bool *has_packages, struct err *e)
{
	static const char *const names[] = {"requirements.txt", "pyproject.toml"};
	struct source s;

	*has_packages = false;
	if (notebook_files(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct source_file *f = source_find(&s, names[i]);
		cJSON *o;

		if (!f)
			continue;
		*has_packages = true;
		o = cJSON_AddObjectToObject(c, "declared");
		view_text(o, "path", f->path);
		view_text(o, "text", f->text);
		break;
	}
	return 0;
}

static void
add_snapshot(struct req *r, const struct snapshot *s, int64_t now, cJSON *list)
{
	cJSON *o = cJSON_CreateObject();

	view_text(o, "snapshot", s->id);
	view_when(o, s->created_at, now);
	view_text(o, "size", strcmp(s->state, "good") == 0 ? view_size(r, s->bytes) : NULL);
	view_true(o, "auto", strcmp(s->kind, "auto") == 0);
	view_true(o, "good", strcmp(s->state, "good") == 0);
	view_true(o, "wanted", strcmp(s->state, "wanted") == 0);
	view_true(o, "failed", strcmp(s->state, "failed") == 0);
	view_text(o, "reason", s->reason[0] ? s->reason : NULL);
	cJSON_AddItemToArray(list, o);
}

int
notebook_snapshots_add(struct req *r, int64_t now, cJSON *c, struct err *e)
{
	cJSON *list = cJSON_AddArrayToObject(c, "snapshots");
	struct snapshot *rows;
	int n = snapshot_list(r->db, r->id, &r->arena, &rows, e);
	bool is_made = false;

	for (int i = 0; i < n; i++) {
		bool is_auto = strcmp(rows[i].kind, "auto") == 0;

		/* What it sleeps in goes by itself when it wakes. */
		if (strcmp(rows[i].kind, "sleep") == 0 ||
		    (is_auto && strcmp(rows[i].state, "good") != 0))
			continue;
		add_snapshot(r, &rows[i], now, list);
		is_made = is_made || strcmp(rows[i].state, "wanted") == 0;
	}
	view_true(c, "has_snapshots", cJSON_GetArraySize(list) > 0);
	view_true(c, "snapshot_wanted", is_made);
	return n < 0 ? -1 : 0;
}

static const char *
kind_words(const char *kind)
{
	if (strcmp(kind, "view") == 0)
		return "To look at";
	return strcmp(kind, "app") == 0 ? "To use as an app" : "To edit";
}

/* A form's answer comes back to the page with the token of the new link, which is shown this
 * once; what is no token of a link of this notebook is left out. */
static void
add_given(struct req *r, cJSON *c)
{
	const char *token = req_text(r, "link"), *at;
	unsigned char hash[SECRET_HASH_BYTES];
	struct share s;
	char url[600];

	if (!token)
		return;
	secret_hash(token, strlen(token), hash);
	if (share_get(r->db, hash, &r->arena, &s, NULL) < 0 || strcmp(s.workspace, r->id) != 0)
		return;
	conf_app_url(&r->site->conf, r->id, url, sizeof(url));
	at = strcmp(s.kind, "view") == 0 ? arena_fmt(&r->arena, "%s://%s/view/%s",
	    r->site->conf.scheme, r->site->conf.site, token) :
	    arena_fmt(&r->arena, "%s?access_token=%s", url, token);
	view_text(c, "given", at);
	view_text(c, "given_kind", kind_words(s.kind));
}

/* The same with the owner's own. */
static void
add_owner(struct req *r, cJSON *c)
{
	const char *token = req_text(r, "token");
	unsigned char hash[SECRET_HASH_BYTES];
	char url[600];

	if (!token)
		return;
	secret_hash(token, strlen(token), hash);
	if (notebook_has_token(r->db, r->id, hash, NULL) != 1)
		return;
	conf_app_url(&r->site->conf, r->id, url, sizeof(url));
	view_text(c, "given", arena_fmt(&r->arena, "%s?access_token=%s", url, token));
	view_text(c, "given_kind", "Your own");
}

int
notebook_shares_add(struct req *r, int64_t now, cJSON *c, struct err *e)
{
	cJSON *list = cJSON_AddArrayToObject(c, "shares");
	struct share *rows;
	int n = share_list(r->db, r->id, &r->arena, &rows, e);

	for (int i = n - 1; i >= 0; i--) {
		cJSON *o = cJSON_CreateObject();

		view_text(o, "share", rows[i].id);
		view_text(o, "kind", kind_words(rows[i].kind));
		view_when(o, rows[i].created_at, now);
		cJSON_AddItemToArray(list, o);
	}
	view_true(c, "has_shares", n > 0);
	add_given(r, c);
	add_owner(r, c);
	return n < 0 ? -1 : 0;
}
