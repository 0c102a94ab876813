/* No line that is taken begins with an option, or names an address. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/requirement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	bool is_project = false;
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	if (requirement_check(text, "python", &is_project, &e) == 0 && !is_project)
		for (char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
			size_t n = strcspn(at, "\n");
			const char *comment = memchr(at, '#', n);

			n = comment ? (size_t)(comment - at) : n;
			if ((n > 0 && (*at == '-' || *at == '/')) || memmem(at, n, "://", 3))
				abort();
		}
	free(text);
	return 0;
}
