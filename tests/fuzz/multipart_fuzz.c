/* The first line is the Content-Type, the rest the body; parts lie within the body. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = memchr(data, '\n', size), *body;
	struct arena a = {0};
	struct multipart_part *p;
	struct err e;
	char *type;
	size_t len;
	int n;

	if (!line)
		return 0;
	type = arena_dupn(&a, (const char *)data, (size_t)(line - (const char *)data));
	body = line + 1;
	len = size - (size_t)(body - (const char *)data);
	n = multipart_parse(type, body, len, &a, &p, &e);
	if (n > MULTIPART_PARTS_MAX)
		abort();
	for (int i = 0; i < n; i++)
		if (!p[i].name[0] || p[i].bytes < body || p[i].bytes + p[i].len > body + len)
			abort();
	arena_free(&a);
	return 0;
}
