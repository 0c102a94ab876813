/*
 * What stands in the place of a notebook's editor while its kernel does not run: what
 * happened, what is safe, what to do next.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/rule/admit.h"
#include "notebook.h"

static const struct rest {
	const char *state, *heading, *words, *action;
} rests[] = {
	{"hibernated", "Asleep. Its variables are kept.",
	    "Waking it takes about half a second, and everything is as you left it.", "Wake it"},
	{"evicted", "Put away. Its files are kept.",
	    "It slept for long, so its variables were let go. Opening it starts a new kernel with "
	    "the notebook as it was saved.", "Start it"},
	{"failed", "It stopped.",
	    "Your notebook and its files are intact. Its variables are gone; running it again makes "
	    "them anew.", "Run it again"},
	{"absent", "Asleep. Its files are kept.",
	    "It has no kernel now. Starting it takes a few seconds, with the notebook as it was "
	    "saved.", "Start it"},
};

static void
add_step(cJSON *list, const char *words, bool is_done)
{
	cJSON *o = cJSON_CreateObject();

	view_text(o, "words", words);
	view_true(o, "done", is_done);
	cJSON_AddItemToArray(list, o);
}

/* Only what is known: a place is had once keep has begun, and then the rest is the
 * sandbox's. */
static void
add_moving(struct req *r, const struct notebook_at *at, bool has_packages, cJSON *cover)
{
	const struct sandbox *s = at->sandbox;
	bool has_place = strcmp(s->state, "provision") == 0;
	bool is_waking = s->image || at->notebook->restore;
	cJSON *steps = cJSON_AddArrayToObject(cover, "steps");
	char place[96];

	view_true(cover, "moving", true);
	view_text(cover, "heading", is_waking ? "Waking it" : "Starting it");
	if (!has_place && at->place->is_waiting) {
		admit_place(at->place->before, at->place->eta_ms, place, sizeof(place));
		add_step(steps, place, false);
		view_text(cover, "words", arena_fmt(&r->arena, "%s%sThis page opens it when it is "
		    "its turn.", at->place->why, at->place->why[0] ? " " : ""));
	} else if (!has_place) {
		add_step(steps, "asking for a place on this machine", false);
		/* Why it does not stand in the line. */
		if (s->reason[0] && !s->turn)
			view_text(cover, "words", s->reason);
	} else {
		add_step(steps, "has a place on this machine", true);
		add_step(steps, is_waking ? "bringing its variables back" : has_packages ?
		    "starting its sandbox, then installing its packages" :
		    "starting its sandbox and Python", false);
	}
	if (has_place && has_packages && !is_waking)
		view_text(cover, "words", "Packages that no notebook here has used yet are downloaded "
		    "first; that takes longest.");
}

void
notebook_cover_add(struct req *r, const struct notebook_at *at, bool has_packages, cJSON *c)
{
	cJSON *cover = cJSON_AddObjectToObject(c, "cover");
	const struct rest *rest = &rests[COUNT(rests) - 1];
	char used[24];

	if (notebook_is_moving(at->life)) {
		add_moving(r, at, has_packages, cover);
		return;
	}
	for (size_t i = 0; i < COUNT(rests); i++)
		if (strcmp(rests[i].state, at->sandbox->state) == 0)
			rest = &rests[i];
	view_text(cover, "heading", rest->heading);
	view_text(cover, "words", rest->words);
	view_text(cover, "action", rest->action);
	view_true(cover, "failed", strcmp(rest->state, "failed") == 0);
	if (at->sandbox->reason[0])
		view_text(cover, "reason", at->sandbox->reason);
	notebook_keeps_add(r, at, cover);
	if (at->life->last_used) {
		clock_words(at->life->last_used, at->now, used);
		view_text(cover, "used", arena_fmt(&r->arena, "Last used %s",
		    strcmp(used, "now") ? used : "just now"));
	}
}
