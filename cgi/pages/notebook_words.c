/* How a notebook is, in words; and what it was made from. */
#include <ctype.h>
#include <string.h>

#include "notebook.h"

static const struct {
	const char *name, *title, *sentence;
} starters[] = {
#define STARTER(name, title, sentence, file) {name, title, sentence},
#include "../notebooks/starter.def"
#undef STARTER
};

static bool
is(const struct notebook_life *l, const char *state)
{
	return strcmp(l->state, state) == 0;
}

bool
notebook_is_moving(const struct notebook_life *l)
{
	return is(l, "provision") || (l->is_wanted && !is(l, "running"));
}

bool
notebook_is_open(const struct notebook_life *l)
{
	return is(l, "running");
}

const char *
notebook_dot(const struct notebook_life *l)
{
	if (notebook_is_moving(l))
		return "moving";
	if (is(l, "running"))
		return "awake";
	return is(l, "failed") ? "failed" : "asleep";
}

/* "It ran out of memory: 2.0 of 2 GB." becomes "ran out of memory: 2.0 of 2 GB". */
static const char *
as_clause(struct req *r, const char *reason)
{
	char *words = arena_dup(&r->arena, strncmp(reason, "It ", 3) == 0 ? reason + 3 : reason);
	size_t n = strlen(words);

	if (n > 0 && words[n - 1] == '.')
		words[n - 1] = '\0';
	if (isupper((unsigned char)words[0]) && !isupper((unsigned char)words[1]))
		words[0] = (char)tolower((unsigned char)words[0]);
	return words;
}

const char *
notebook_words(struct req *r, const struct notebook_life *l)
{
	if (notebook_is_moving(l))
		return is(l, "hibernated") ? "waking" : "starting";
	if (is(l, "running"))
		return l->memory_now ? arena_fmt(&r->arena, "awake · %s",
		    view_size(r, l->memory_now)) : "awake";
	if (is(l, "hibernated"))
		return "asleep, variables kept";
	if (is(l, "evicted"))
		return "put away, files kept";
	if (is(l, "failed"))
		return l->reason[0] ? arena_fmt(&r->arena, "stopped: %s", as_clause(r, l->reason)) :
		    "stopped";
	return "asleep";
}

const char *
notebook_starter(const char *name)
{
	for (size_t i = 0; i < COUNT(starters); i++)
		if (strcmp(starters[i].name, name) == 0)
			return starters[i].title;
	return "";
}

void
notebook_starters_add(cJSON *c)
{
	cJSON *list = cJSON_AddArrayToObject(c, "starters");

	for (size_t i = 0; i < COUNT(starters); i++) {
		cJSON *o = cJSON_CreateObject();
		char drawing[40];

		snprintf(drawing, sizeof(drawing), "is_%s", starters[i].name);
		view_text(o, "name", starters[i].name);
		view_text(o, "title", starters[i].title);
		view_text(o, "sentence", starters[i].sentence);
		view_true(o, drawing, true);
		cJSON_AddItemToArray(list, o);
	}
}
