#ifndef AUTHOR_ANSWER_H
#define AUTHOR_ANSWER_H
/*
 * A model's answer, understood whatever form it has: <file path="…"> and <edit path="…">
 * blocks, fenced blocks, or bare code; the words around them are the summary.
 *
 * Nothing an answer says can make this fail other than by an INPUT error, whose text is
 * written for the model: it goes back to it.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/guest.h"

#define ANSWER_ENTRY "src/LLMComponent.tsx"
#define ANSWER_BLOCKS_MAX 100
#define ANSWER_SUMMARY_MAX 300	/* characters */

struct answer_block {
	bool is_edit;	/* text holds SEARCH/REPLACE blocks, else a whole file */
	char path[SOURCE_PATH_MAX + 1];
	const char *text;	/* not terminated */
	size_t len;
};

struct answer {
	struct answer_block blocks[ANSWER_BLOCKS_MAX];
	int count;		/* 0: words only */
	const char *words;	/* what stands around the blocks, as it came */
	char summary[ANSWER_SUMMARY_MAX * 4 + 1];	/* their first sentence; or "" */
};

/* All texts live in the arena.  text is valid UTF-8 of n bytes. */
int answer_parse(const char *text, size_t n, struct arena *a, struct answer *out,
    struct err *e);
/* The first sentence of words, without markup, on one line. */
void answer_summarize(const char *words, char *out, size_t size);
/* True for a path that a file of an app may have. */
bool answer_path_is_good(const char *path);

#endif
