#ifndef TEXT_DIFF_H
#define TEXT_DIFF_H
/*
 * The difference of two texts by lines: Myers' greedy algorithm ("An O(ND) Difference
 * Algorithm and Its Variations", 1986), with a bound on its work: past DIFF_EDITS edits the
 * middle part is given as removed and added whole.
 */
#include <stddef.h>

#include "../base/mem.h"

#define DIFF_EDITS 1000

enum diff_kind { DIFF_SAME, DIFF_REMOVED, DIFF_ADDED };

struct diff_line {
	enum diff_kind kind;
	int old_line, new_line;		/* from 1; 0 where the line is not in that text */
	const char *text;		/* not terminated: n bytes, without the line end */
	size_t n;
};

/* All lines of both, in order, in the arena; the count in *n.  The texts are borrowed. */
struct diff_line *diff_lines(const char *old_text, const char *new_text, struct arena *a,
    size_t *n);

#endif
