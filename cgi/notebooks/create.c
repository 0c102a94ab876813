/*
 * POST /workspaces {"title"?, "template"?, "python"?, "tier"?}, or an empty body
 * 200 {"id","url","token"} at once; it is started in the background.
 */
#include <string.h>

#include "../../shared/text/requirement.h"
#include "../../shared/wire/bell.h"
#include "../../shared/rule/quota.h"
#include "../lib/allow.h"
#include "../lib/once.h"
#include "notebooks.h"
#include "starter.h"

struct making {
	char id[ID_SIZE];
	char token[SECRET_TOKEN_SIZE];
	unsigned char hash[SECRET_HASH_BYTES];
	const char *title;
	struct notebook notebook;
	struct source files;
	struct source_file file[2];
	bool is_repeat;
};

static void
add_file(struct making *m, const char *path, const char *text)
{
	m->file[m->files.count++] = (struct source_file){path, text, strlen(text)};
	m->files.files = m->file;
}

/* Its tier, and what that says of its volume. */
static int
choose_tier(struct req *r, struct notebook *n, struct err *e)
{
	const struct conf *conf = &r->site->conf;
	const char *tier = req_text(r, "tier");
	struct tier t;

	if (account_tier(r->db, conf, r->caller, &t, e) < 0 ||
	    (tier && quota_tier(&t, tier, e) < 0))
		return -1;
	if (tier && tier_rank(tier) < t.rank)
		tier_make(conf, tier, NULL, false, &t);
	/* Nothing chosen: as much as the account ever has. */
	n->tier = tier ? tier : "own";
	n->disk_mb = t.disk_mb;
	n->disk_files = t.disk_files;
	return 0;
}

static int
prepare(struct req *r, struct making *m, struct err *e)
{
	const char *title = req_text(r, "title"), *python = req_text(r, "python");
	const char *template = req_text(r, "template"), *text;
	const struct starter *s = starter_find(template, e);
	bool is_project = false;

	if (!s)
		return -1;
	if (python && requirement_check(python, "python", &is_project, e) < 0)
		return -1;
	if (!(text = starter_text(s, &r->arena, e)))
		return -1;
	m->title = title ? notebooks_title(r, title) : template ? s->title : "Untitled notebook";
	m->notebook.template_name = s->name;
	if (choose_tier(r, &m->notebook, e) < 0)
		return -1;
	add_file(m, NOTEBOOK_FILE, text);
	if (python)
		add_file(m, is_project ? "pyproject.toml" : "requirements.txt", python);
	return 0;
}

static int
make(struct req *r, void *arg, struct err *e)
{
	struct making *m = arg;
	struct workspace w = {.kind = "notebook", .owner = r->caller, .title = m->title,
	    .created_at = clock_wall_ms()};
	struct idempotency made;
	int found = once_find(r, "workspaces", &made, e);

	if (found < 0)
		return -1;
	m->is_repeat = found;
	if (found) {
		memcpy(m->id, made.workspace, ID_SIZE);
		return 0;
	}
	id_new(m->id);
	memcpy(w.id, m->id, ID_SIZE);
	memcpy(m->notebook.id, m->id, ID_SIZE);
	notebooks_token(m->token, m->hash);
	if (allow_creation(r, w.created_at, e) < 0 || workspace_add(r->db, &w, e) < 0 ||
	    notebook_add(r->db, &m->notebook, m->hash, &m->files, e) < 0 ||
	    sandbox_want_awake(r->db, m->id, w.created_at, e) < 0 ||
	    notebooks_note(r, m->id, "create", w.created_at, e) < 0)
		return -1;
	return once_keep(r, "workspaces", m->id, "", w.created_at, e);
}

static int
run(struct req *r, struct err *e)
{
	struct making m = {0};

	if (prepare(r, &m, e) < 0 || req_transaction(r, make, &m, e) < 0)
		return -1;
	if (!m.is_repeat)
		bell_ring(NULL, m.id);
	json_open(&r->out, '{');
	json_put_text(&r->out, "id", m.id);
	json_put_text(&r->out, "url", notebooks_url(r, m.id, ""));
	json_put_text(&r->out, "token", m.is_repeat ? NULL : m.token);
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/notebook/%s", m.id));
}

const struct endpoint notebooks_create = {
	.about = "Answers at once; the notebook is started in the background. Whoever has the "
	    "token may use the notebook: in a browser as url?access_token=token, in programs as "
	    "Authorization: Bearer. It is shown this once, as only its hash is kept. Takes an "
	    "Idempotency-Key: a repeat answers with the same id, and null for the token; POST "
	    "/workspaces/{id}/token gives a new one.",
	.fields = FIELDS(
	    {"title", FIELD_TEXT, false, false, 1, TITLE_MAX, "Its title; it need not differ from others."},
	    {"template", FIELD_TEXT, false, false, 1, 40,
	     "What it begins as: blank (where nothing is said), data, plot, sql, model or app."},
	    {"python", FIELD_TEXT, false, false, 1, REQUIREMENT_BYTES,
	     "Packages it needs beside those that are there: lines of a requirements.txt, or a "
	     "pyproject.toml."},
	    {"tier", FIELD_TEXT, false, false, 1, 40, "Its limits: free, paid, enterprise or own, "
	     "but not more than the account has; where nothing is said, the account's."}),
	.headers = FIELDS(HEADER_ONCE),
	.replies = REPLIES({200, "The notebook is there, and being started.",
	    "{\"id\":\"" EXAMPLE_ID "\",\"url\":\"" EXAMPLE_URL "\",\"token\":\"" EXAMPLE_TOKEN
	    "\"}\n{\"id\":\"" EXAMPLE_ID "\",\"url\":\"" EXAMPLE_URL "\",\"token\":null}", NULL},
	    {403, "The tier is more than the account's.", NULL, NULL},
	    {409, "The Idempotency-Key was used for another request.", NULL, NULL}, REPLY_QUOTA),
	.run = run,
};
