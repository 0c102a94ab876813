#ifndef AUTHOR_MODEL_H
#define AUTHOR_MODEL_H
/* The facts of models (model.def), and what requests can do without (extra.def). */
#include <stdbool.h>

struct model {
	const char *provider, *pattern;
	long max_tokens;
	const char *effort;
	const char *length_field;
	bool takes_images;
};

enum extra {
#define EXTRA(NAME, words) EXTRA_##NAME,
#include "extra.def"
#undef EXTRA
	EXTRAS
};

/* Never NULL for a provider of provider.def. */
const struct model *model_facts(const char *provider, const char *name);
/* The bit (1 << enum extra) of what a refusal complains about; 0: nothing of ours.  Bits
 * of without are no complaint any more. */
unsigned model_extra(const char *message, unsigned without);

#endif
