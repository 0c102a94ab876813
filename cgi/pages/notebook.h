#ifndef PAGES_NOTEBOOK_H
#define PAGES_NOTEBOOK_H
/*
 * What the pages of notebooks share: how one is, in words.
 */
#include "../../shared/store/account.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "view.h"

/* As far as it matters for words. */
struct notebook_life {
	const char *state, *reason;	/* of its sandbox, as in sandbox.h */
	bool is_wanted;			/* awake */
	int64_t memory_now, last_used;
};

/* Whether it is on its way to running. */
bool notebook_is_moving(const struct notebook_life *l);
/* Whether its editor can be shown. */
bool notebook_is_open(const struct notebook_life *l);
/* The colour of its dot: "awake" "asleep" "moving" "failed". */
const char *notebook_dot(const struct notebook_life *l);
/* "awake · 312 MB", "asleep, variables kept", "stopped: ran out of memory: 2.0 of 2 GB". */
const char *notebook_words(struct req *r, const struct notebook_life *l);
/* "Interactive plot": of a starter of cgi/notebooks/starter.def; "" where it is none. */
const char *notebook_starter(const char *name);
/* starters: list {name, title, sentence, is_<name>}. */
void notebook_starters_add(cJSON *c);

/* notebook_cover.c: cover, what stands in the editor's place while it does not run. */
struct notebook_at {
	const struct workspace *workspace;
	const struct notebook *notebook;
	const struct sandbox *sandbox;
	const struct notebook_life *life;
	int64_t now;
	const struct account_share *share;
	const struct sandbox_place *place;
};
void notebook_cover_add(struct req *r, const struct notebook_at *at, bool has_packages,
    cJSON *c);

/* notebook_tier.c: tier, limits and warning; and of what stands in the editor's place, for how
 * long its variables are kept. */
void notebook_tier_add(struct req *r, const struct notebook_at *at, cJSON *c);
void notebook_keeps_add(struct req *r, const struct notebook_at *at, cJSON *cover);

/* notebook_parts.c: what its menus list. */
int notebook_packages_add(struct req *r, cJSON *c, bool *has_packages, struct err *e);
int notebook_snapshots_add(struct req *r, int64_t now, cJSON *c, struct err *e);
int notebook_shares_add(struct req *r, int64_t now, cJSON *c, struct err *e);

/* notebook_assist.c: assist, what the assistant does or did last; absent where nothing was asked
 * of it yet. */
int notebook_assist_add(struct req *r, cJSON *c, struct err *e);

#endif
