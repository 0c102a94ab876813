/* Whatever a guest calls a frozen app: what is taken is within its limits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/keep/frozen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct frozen_app app;
	struct err e;

	if (frozen_parse(&app, data, size, &e) < 0)
		return 0;
	if (app.count > FROZEN_FILES_MAX || app.bytes > size || !app.count != !!app.problem[0])
		abort();
	for (size_t i = 0; i < app.count; i++)
		if (strstr(app.files[i].path, "..") == app.files[i].path ||
		    strstr(app.files[i].path, "/.") || app.files[i].path[0] == '/')
			abort();
	return 0;
}
