#ifndef TEXT_FORM_H
#define TEXT_FORM_H
/*
 * Forms as browsers write them in query strings and application/x-www-form-urlencoded
 * bodies.  Refused: broken escapes, invalid UTF-8, NUL, too many pairs.
 */
#include "../base/err.h"
#include "../base/mem.h"

#define FORM_PAIRS_MAX 64

struct form_pair {
	const char *name, *value;	/* decoded */
	size_t len;			/* of value */
};

/* Returns the count, or −1 (INPUT).  Everything lives in the arena. */
int form_parse(const char *text, size_t n, struct arena *a, struct form_pair **pairs,
    struct err *e);
/* A piece of an address, its percent signs decoded; NULL where it is no valid text. */
const char *form_unescape(const char *text, size_t n, struct arena *a);

#endif
