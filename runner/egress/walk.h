#ifndef EGRESS_WALK_H
#define EGRESS_WALK_H
/*
 * The members of a large JSON object or array, one by one, without taking the whole apart:
 * pages of an index have megabytes, their entries some hundred bytes, and each of those is
 * then read strictly by itself (text/json.h).
 *
 * A walk only finds where values begin and end; what is in them, it does not look at.
 */
#include "../../shared/text/head.h"
#include "../../shared/text/json.h"

struct walk {
	const char *at, *end;
	char close;		/* the bracket that ends it */
	bool is_first, is_bad;
};

/* False where the text is no object or array. */
bool walk_open(struct walk *w, struct text json);
/* The next member; key (of an object; with its quotes) and value.  False at the end, or, with
 * is_bad set, where it is no JSON. */
bool walk_next(struct walk *w, struct text *key, struct text *value);
bool walk_key_is(struct text key, const char *name);

#endif
