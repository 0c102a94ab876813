#ifndef SAMPLE_PICK_H
#define SAMPLE_PICK_H
/*
 * Which component answers a first prompt: the one of sample.def whose keywords weigh most
 * in it, the last of the table where none weighs enough.
 */
#include <stdbool.h>

struct sample {
	const char *name;	/* of its file, without .tsx */
	const char *title;
	const char *summary;	/* one sentence */
	const char *keywords;
};

const struct sample *pick_sample(const char *prompt);
/* The one for prompts that fit no other. */
const struct sample *pick_fallback(void);
/* Is the word (lower case) a keyword by itself? */
bool pick_knows(const char *word);
/* All samples in order; NULL after the last. */
const struct sample *pick_at(unsigned n);

#endif
