/* Every pair that form_parse gives is text of the length it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/form.h"
#include "../../shared/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct form_pair *p;
	struct err e;
	int n = form_parse((const char *)data, size, &a, &p, &e);

	if (n > FORM_PAIRS_MAX)
		abort();
	for (int i = 0; i < n; i++)
		if (strlen(p[i].value) != p[i].len || !utf8_is_text(p[i].value, p[i].len) ||
		    !utf8_is_text(p[i].name, strlen(p[i].name)))
			abort();
	arena_free(&a);
	return 0;
}
