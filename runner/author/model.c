#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "model.h"

static const struct model models[] = {
#define MODEL(provider, pattern, tokens, effort, field, images) \
	{#provider, pattern, tokens, effort, field, images},
#include "model.def"
#undef MODEL
};

static const char *const words[EXTRAS] = {
#define EXTRA(NAME, words) [EXTRA_##NAME] = words,
#include "extra.def"
#undef EXTRA
};

const struct model *
model_facts(const char *provider, const char *name)
{
	for (size_t i = 0; i < COUNT(models); i++)
		if (strcmp(models[i].provider, provider) == 0 &&
		    fnmatch(models[i].pattern, name, 0) == 0)
			return &models[i];
	return NULL;
}

static bool
has_word(const char *message, const char *list)
{
	while (*list) {
		size_t n = strcspn(list, "|");

		if (memmem(message, strlen(message), list, n))
			return true;
		list += n + (list[n] == '|');
	}
	return false;
}

unsigned
model_extra(const char *message, unsigned without)
{
	for (unsigned i = 0; i < EXTRAS; i++)
		if (!(without & 1u << i) && has_word(message, words[i]))
			return 1u << i;
	return 0;
}
