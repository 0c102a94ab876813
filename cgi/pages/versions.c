/* The versions tab. */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/version.h"
#include "view.h"

static void
add_version(struct req *r, const struct workspace *w, const struct version *v, cJSON *list)
{
	cJSON *o = cJSON_CreateObject();
	bool is_asked = v->model != NULL, is_current = v->n == w->current;
	const char *took = view_took(r, v->took_ms);
	const char *tokens = view_tokens(r, v->input_tokens + v->output_tokens);

	view_number(o, "version", v->n);
	view_true(o, "is_current", is_current);
	view_text(o, "prompt", is_asked ? v->prompt : "");
	view_text(o, "note", is_asked ? "" : v->prompt);
	view_text(o, "summary", is_asked ? v->summary : "");
	view_when(o, v->created_at, clock_wall_ms());
	view_text(o, "figures", arena_fmt(&r->arena, "%s%s%s", took ? took : "",
	    took && tokens ? " · " : "", tokens ? tokens : ""));
	view_text(o, "author", v->author);
	view_text(o, "problem", v->problem);
	view_number(o, "previous", v->n > 1 ? v->n - 1 : 0);
	view_true(o, "restore", !is_current && !w->open_job);
	cJSON_AddItemToArray(list, o);
}

void
versions_add(struct req *r, const struct workspace *w, const struct version *rows, int n,
    cJSON *c)
{
	cJSON *list = cJSON_AddArrayToObject(cJSON_AddObjectToObject(c, "versions"), "list");

	for (int i = n - 1; i >= 0; i--)
		add_version(r, w, &rows[i], list);
}
