/*
 * GET /apps: all apps, or the gallery; searched, sorted, by pages.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "view.h"

#define PAGE_SIZE 24
#define PAGES_MAX 10000

static const struct {
	const char *value, *label;
	enum workspace_order order;
} sorts[] = {
	{"recent", "Last edited", WORKSPACE_BY_UPDATE},
	{"title", "Title", WORKSPACE_BY_TITLE},
	{"created", "Newest", WORKSPACE_BY_CREATION},
};

static size_t
chosen_sort(const char *value)
{
	for (size_t i = 0; value && i < COUNT(sorts); i++)
		if (strcmp(sorts[i].value, value) == 0)
			return i;
	return 0;
}

static void
add_pager(struct req *r, cJSON *c, const char *q, const char *sort, bool is_featured,
    int64_t page, bool has_more)
{
	const char *rest = arena_fmt(&r->arena, "&sort=%s%s%s%s", sort, is_featured ? "&featured=1" : "",
	    q[0] ? "&q=" : "", q[0] ? view_escaped(r, q) : "");

	if (page > 1)
		view_text(c, "newer", arena_fmt(&r->arena, "/apps?page=%lld%s", (long long)page - 1, rest));
	if (has_more)
		view_text(c, "older", arena_fmt(&r->arena, "/apps?page=%lld%s", (long long)page + 1, rest));
}

static const char *
count_words(struct req *r, int64_t shown, bool is_search, bool is_part)
{
	if (!shown)
		return is_search ? "No app matches" : "";
	if (is_part)
		return arena_fmt(&r->arena, "%lld on this page", (long long)shown);
	return arena_fmt(&r->arena, "%lld app%s%s", (long long)shown, shown == 1 ? "" : "s",
	    !is_search ? "" : shown == 1 ? " matches" : " match");
}

static int
run(struct req *r, struct err *e)
{
	const char *q = req_text(r, "q") ? req_text(r, "q") : "";
	const char *featured = req_text(r, "featured");
	bool is_featured = featured && strcmp(featured, "1") == 0;
	size_t sort = chosen_sort(req_text(r, "sort"));
	int64_t page = req_number(r, "page", 1);
	struct workspace *rows = arena_new(&r->arena, (PAGE_SIZE + 1) * sizeof(*rows));
	int n = workspace_list(r->db, "app", is_featured, q, sorts[sort].order, PAGE_SIZE + 1,
	    (int)(page - 1) * PAGE_SIZE, &r->arena, rows, e);
	bool has_more = n > PAGE_SIZE;
	cJSON *c, *list;

	if (n < 0)
		return -1;
	n = has_more ? PAGE_SIZE : n;
	c = view_page(r, is_featured ? "Gallery" : "Apps");
	view_true(c, is_featured ? "nav_gallery" : "nav_apps", true);
	view_true(c, "featured", is_featured);
	view_text(c, "heading", is_featured ? "Gallery" : "Apps");
	view_text(c, "q", q[0] ? q : NULL);
	view_text(c, "count", count_words(r, n, q[0] != '\0', has_more || page > 1));
	list = cJSON_AddArrayToObject(c, "sorts");
	for (size_t i = 0; i < COUNT(sorts); i++) {
		cJSON *item = cJSON_CreateObject();

		view_text(item, "value", sorts[i].value);
		view_text(item, "label", sorts[i].label);
		view_true(item, "selected", i == sort);
		cJSON_AddItemToArray(list, item);
	}
	cJSON_AddItemToObject(c, "apps", view_cards(r, rows, n, clock_wall_ms()));
	view_true(c, "has_apps", n > 0);
	view_true(c, "none", n == 0 && !q[0] && page == 1);
	add_pager(r, c, q, sorts[sort].value, is_featured, page, has_more);
	return reply_page(r, 200, "apps", c, e);
}

const struct endpoint pages_apps = {
	.fields = FIELDS(
	    {"q", FIELD_TEXT, false, false, 0, 200, "Words that the title must hold."},
	    {"sort", FIELD_TEXT, false, false, 0, 20, "recent, title or created."},
	    {"featured", FIELD_TEXT, false, false, 0, 5, "1 shows the gallery only."},
	    {"page", FIELD_NUMBER, false, false, 1, PAGES_MAX, "Which page, from 1."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
