/*
 * GET /notebooks: all notebooks, searched, sorted, by pages; and the making of one.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "notebook.h"

#define PAGE_SIZE 40
#define PAGES_MAX 10000

struct choice {
	const char *value, *label;
	enum workspace_order order;
};

static const struct choice sorts[] = {
	{"used", "Last used", WORKSPACE_BY_USE},
	{"title", "Title", WORKSPACE_BY_TITLE},
	{"created", "Newest", WORKSPACE_BY_CREATION},
};
static const struct choice states[] = {
	{"", "All", 0},
	{"awake", "Awake", 0},
	{"asleep", "Asleep", 0},
};

struct search {
	const char *q;
	const struct choice *sort, *state;
	int64_t page, now;
	bool is_narrow;		/* it may leave some out */
};

/* The one of this value, or the first. */
static const struct choice *
choose(const struct choice *all, size_t n, const char *value)
{
	for (size_t i = 0; value && i < n; i++)
		if (strcmp(all[i].value, value) == 0)
			return &all[i];
	return all;
}

static void
add_choices(cJSON *c, const char *name, const struct choice *all, size_t n,
    const struct choice *chosen)
{
	cJSON *list = cJSON_AddArrayToObject(c, name);

	for (size_t i = 0; i < n; i++) {
		cJSON *o = cJSON_CreateObject();

		view_text(o, "value", all[i].value);
		view_text(o, "label", all[i].label);
		view_true(o, "selected", &all[i] == chosen);
		cJSON_AddItemToArray(list, o);
	}
}

static void
add_row(struct req *r, const struct notebook_row *row, int64_t now, cJSON *list)
{
	int64_t used = row->last_activity_at > row->updated_at ? row->last_activity_at :
	    row->updated_at;
	struct notebook_life life = {row->sandbox_state, row->sandbox_reason, row->is_wanted,
	    row->memory_now, used};
	cJSON *o = cJSON_CreateObject();
	const char *starter = notebook_starter(row->template_name);

	view_text(o, "href", arena_fmt(&r->arena, "/notebook/%s", row->id));
	view_text(o, "title", row->title);
	view_text(o, "state", notebook_dot(&life));
	view_text(o, "state_words", notebook_words(r, &life));
	view_text(o, "starter", starter[0] ? starter : NULL);
	view_text(o, "size", row->disk_bytes >= 1 << 20 ? view_size(r, row->disk_bytes) : NULL);
	view_when(o, used, now);
	cJSON_AddItemToArray(list, o);
}

static const char *
address(struct req *r, const struct search *s, int64_t page)
{
	return arena_fmt(&r->arena, "/notebooks?page=%lld&sort=%s%s%s%s%s", (long long)page,
	    s->sort->value, s->state->value[0] ? "&state=" : "", s->state->value,
	    s->q[0] ? "&q=" : "", s->q[0] ? view_escaped(r, s->q) : "");
}

static const char *
count_words(struct req *r, const struct search *s, int shown, bool is_part)
{
	if (!shown)
		return s->is_narrow ? "No notebook matches" : "";
	if (is_part)
		return arena_fmt(&r->arena, "%d on this page", shown);
	return arena_fmt(&r->arena, "%d notebook%s%s", shown, shown == 1 ? "" : "s",
	    !s->is_narrow ? "" : shown == 1 ? " matches" : " match");
}

static int
fill(struct req *r, const struct search *s, cJSON *c, struct err *e)
{
	struct notebook_row *rows = arena_new(&r->arena, (PAGE_SIZE + 1) * sizeof(*rows));
	int n = notebook_list(r->db, s->q, s->state->value, s->sort->order, s->now, PAGE_SIZE + 1,
	    (int)(s->page - 1) * PAGE_SIZE, &r->arena, rows, e);
	bool has_more = n > PAGE_SIZE;
	cJSON *list = cJSON_AddArrayToObject(c, "notebooks");
	int64_t all, awake;

	if (n < 0 || workspace_count(r->db, "notebook", &all, &awake, e) < 0)
		return -1;
	view_true(c, "any", all > 0);
	n = has_more ? PAGE_SIZE : n;
	for (int i = 0; i < n; i++)
		add_row(r, &rows[i], s->now, list);
	view_true(c, "has_notebooks", n > 0);
	view_text(c, "count", count_words(r, s, n, has_more || s->page > 1));
	if (s->page > 1)
		view_text(c, "newer", address(r, s, s->page - 1));
	if (has_more)
		view_text(c, "older", address(r, s, s->page + 1));
	return 0;
}

static int
run(struct req *r, struct err *e)
{
	const char *q = req_text(r, "q");
	struct search s = {q ? q : "", choose(sorts, COUNT(sorts), req_text(r, "sort")),
	    choose(states, COUNT(states), req_text(r, "state")), req_number(r, "page", 1),
	    clock_wall_ms(), false};
	cJSON *c = view_page(r, "Notebooks");

	s.is_narrow = s.q[0] || s.state->value[0];
	view_true(c, "nav_notebooks", true);
	view_text(c, "q", s.q[0] ? s.q : NULL);
	view_true(c, "making", req_text(r, "new") != NULL);
	add_choices(c, "sorts", sorts, COUNT(sorts), s.sort);
	add_choices(c, "states", states, COUNT(states), s.state);
	notebook_starters_add(c);
	if (fill(r, &s, c, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	return reply_page(r, 200, "notebooks", c, e);
}

const struct endpoint pages_notebooks = {
	.fields = FIELDS(
	    {"q", FIELD_TEXT, false, false, 0, 200, "Words that the title must hold."},
	    {"sort", FIELD_TEXT, false, false, 0, 20, "used, title or created."},
	    {"state", FIELD_TEXT, false, false, 0, 20, "awake, asleep, or nothing for all."},
	    {"new", FIELD_TEXT, false, false, 0, 5, "1 shows what a new one can begin as."},
	    {"page", FIELD_NUMBER, false, false, 1, PAGES_MAX, "Which page, from 1."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
