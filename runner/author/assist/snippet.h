#ifndef AUTHOR_ASSIST_SNIPPET_H
#define AUTHOR_ASSIST_SNIPPET_H
/*
 * What a model answered inside a notebook: at most one block of Python, and words.
 */
#include <stdbool.h>

#include "../../../shared/base/mem.h"

#define SNIPPET_BYTES (64u << 10)	/* of code; more is none a person would read */

struct snippet {
	const char *code;	/* without empty lines at its ends; NULL: there is none */
	const char *words;	/* what stands around it, without the mark DONE */
	bool is_done;		/* the words begin with DONE */
};

/* All texts live in the arena.  Where there are several blocks, the longest is taken:
 * the others show how to install or to use it. */
void snippet_parse(const char *text, size_t n, struct arena *a, struct snippet *out);

#endif
