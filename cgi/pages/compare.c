/*
 * GET /app/{id}/compare: what changed from one version to another.
 */
#include <string.h>

#include "../../shared/store/version.h"
#include "../../shared/text/diff.h"
#include "view.h"

#define CONTEXT 3		/* unchanged lines around a change */
#define ROWS_MAX 4000

struct totals {
	int files, added, removed, rows;
	bool is_cut;
};

static void
add_row(struct req *r, const struct diff_line *l, cJSON *rows)
{
	static const char *const kinds[] = {"same", "del", "add"};
	cJSON *o = cJSON_CreateObject();

	view_text(o, "kind", kinds[l->kind]);
	view_number(o, "old", l->old_line);
	view_number(o, "new", l->new_line);
	view_text(o, "text", arena_dupn(&r->arena, l->text, l->n));
	cJSON_AddItemToArray(rows, o);
}

/* The end of the hunk that begins at `from`: no two changes in it are more than twice the
 * context apart. */
static size_t
hunk_end(const struct diff_line *l, size_t n, size_t from)
{
	size_t end = from, i;

	for (i = from; i < n && i <= end + 2 * CONTEXT; i++)
		if (l[i].kind != DIFF_SAME)
			end = i;
	return end + 1;
}

static void
add_hunks(struct req *r, const struct diff_line *l, size_t n, struct totals *t, cJSON *hunks)
{
	size_t at = 0;

	while (at < n) {
		size_t first, last;
		cJSON *hunk, *rows;

		while (at < n && l[at].kind == DIFF_SAME)
			at++;
		if (at == n)
			return;
		last = hunk_end(l, n, at);
		first = at > CONTEXT ? at - CONTEXT : 0;
		at = last;
		last = last + CONTEXT < n ? last + CONTEXT : n;
		if (t->rows + (int)(last - first) > ROWS_MAX) {
			t->is_cut = true;
			return;
		}
		hunk = cJSON_CreateObject();
		rows = cJSON_AddArrayToObject(hunk, "rows");
		for (size_t i = first; i < last; i++, t->rows++)
			add_row(r, &l[i], rows);
		view_text(hunk, "head", arena_fmt(&r->arena, "from line %d", l[first].new_line ?
		    l[first].new_line : l[first].old_line));
		cJSON_AddItemToArray(hunks, hunk);
	}
}

/* One file; nothing where both are the same.  old or new may be NULL. */
static void
add_file(struct req *r, const struct source_file *was, const struct source_file *is,
    struct totals *t, cJSON *files)
{
	const char *old_text = was ? was->text : "", *new_text = is ? is->text : "";
	int added = 0, removed = 0;
	struct diff_line *l;
	size_t n;
	cJSON *o;

	if (was && is && strcmp(old_text, new_text) == 0)
		return;
	l = diff_lines(old_text, new_text, &r->arena, &n);
	for (size_t i = 0; i < n; i++) {
		added += l[i].kind == DIFF_ADDED;
		removed += l[i].kind == DIFF_REMOVED;
	}
	o = cJSON_CreateObject();
	view_text(o, "path", is ? is->path : was->path);
	view_text(o, "status", !was ? "added" : !is ? "removed" : "changed");
	view_text(o, "counts", arena_fmt(&r->arena, "+%d −%d", added, removed));
	add_hunks(r, l, n, t, cJSON_AddArrayToObject(o, "hunks"));
	cJSON_AddItemToArray(files, o);
	t->files++;
	t->added += added;
	t->removed += removed;
}

static void
add_files(struct req *r, const struct source *was, const struct source *is, struct totals *t,
    cJSON *files)
{
	for (int i = 0; i < is->count; i++)
		add_file(r, source_find(was, is->files[i].path), &is->files[i], t, files);
	for (int i = 0; i < was->count; i++)
		if (!source_find(is, was->files[i].path))
			add_file(r, &was->files[i], NULL, t, files);
}

static void
add_choices(const struct workspace *w, int64_t from, int64_t to, cJSON *c)
{
	cJSON *list = cJSON_AddArrayToObject(c, "versions");

	for (int64_t n = 1; n <= w->versions; n++) {
		cJSON *o = cJSON_CreateObject();

		view_number(o, "version", n);
		view_true(o, "from_selected", n == from);
		view_true(o, "to_selected", n == to);
		cJSON_AddItemToArray(list, o);
	}
}

static int
run(struct req *r, struct err *e)
{
	int64_t from = req_number(r, "from", 0), to = req_number(r, "to", 0);
	struct source was, is;
	struct totals t = {0};
	struct workspace w;
	cJSON *c;

	if (workspace_get_kind(r->db, r->id, "app", &r->arena, &w, e) < 0 ||
	    source_get(r->db, w.id, from, &r->arena, &was, e) < 0 ||
	    source_get(r->db, w.id, to, &r->arena, &is, e) < 0)
		return -1;
	c = view_page(r, arena_fmt(&r->arena, "Version %lld to version %lld · %s", (long long)from,
	    (long long)to, w.title));
	view_text(c, "id", w.id);
	view_text(c, "title", w.title);
	view_number(c, "from", from);
	view_number(c, "to", to);
	add_choices(&w, from, to, c);
	add_files(r, &was, &is, &t, cJSON_AddArrayToObject(c, "files"));
	view_text(c, "summary", arena_fmt(&r->arena, "%d file%s changed, %d line%s added, %d removed",
	    t.files, t.files == 1 ? "" : "s", t.added, t.added == 1 ? "" : "s", t.removed));
	view_true(c, "same", t.files == 0);
	view_true(c, "too_long", t.is_cut);
	view_true(c, "can_restore", from != w.current && !w.open_job);
	return reply_page(r, 200, "compare", c, e);
}

const struct endpoint pages_compare = {
	.fields = FIELDS(
	    {"from", FIELD_NUMBER, true, false, 1, 1000000, "The version before."},
	    {"to", FIELD_NUMBER, true, false, 1, 1000000, "The version after."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"},
	    {404, "There is no such app or version.", NULL, NULL}),
	.run = run,
};
