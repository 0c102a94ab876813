#ifndef GATE_WISH_H
#define GATE_WISH_H
/*
 * What the store says of one that could not be reached, and the wish to have it awake, which
 * is written there once for all who wait.
 */
#include "../../shared/store/workspace.h"
#include "app.h"

struct wish {
	int asks;			/* times it was written */
	char title[4 * TITLE_MAX + 1];	/* for the page; "" until it is known */
	char words[300];		/* why it takes its time, for people; "": nothing to tell */
	int eta_secs;			/* until it may be there; 0: not known */
};

/*
 * True: it may wake, or is there and only out of reach for a moment; else a, whose texts are
 * in the arena, says why not.  is_quiet: nobody but programs wait; for them nothing is
 * wished, and only what is wanted awake by others is worth waiting for.
 */
bool wish_look(struct gate *g, const struct app *app, struct wish *w, bool is_quiet,
    struct arena *arena, struct answer *a);

/* Fills words and eta_secs: where it stands in line, or whose place it waits for. */
void wish_place(struct gate *g, const struct app *app, struct wish *w);

#endif
