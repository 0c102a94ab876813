/* Addresses: whatever route_find takes is a line of routes.def with a proper id. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../cgi/lib/route.h"
#include "../../shared/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	char *text = arena_dupn(&a, (const char *)data, size), id[ID_SIZE];
	char *path = text + strcspn(text, " ");
	struct route_part part;
	const struct route *r;
	struct buf allow;
	struct err e;

	buf_init(&allow, 200);
	if (*path)
		*path++ = '\0';
	r = route_find(text, path, id, &part, &allow, &e);
	if (r && strstr(r->path, "{id}") && !id_is_valid(id))
		abort();
	if (r && strlen(r->path) > 0 && part.len > strlen(path))
		abort();
	if (!r && e.kind != ERR_MISSING && e.kind != ERR_METHOD)
		abort();
	buf_free(&allow);
	arena_free(&a);
	return 0;
}
