/* describe openapi | docs: prints openapi.json, or what the page /docs is made of. */
#include <stdio.h>
#include <string.h>

#include "describe.h"

int
main(int argc, char **argv)
{
	struct buf b;

	buf_init(&b, DESCRIBE_BYTES);
	for (int i = 0; i < route_count; i++)
		if (!routes[i].endpoint) {
			fprintf(stderr, "routes.def names %s, which is not there\n", routes[i].name);
			return 1;
		}
	if (argc == 2 && strcmp(argv[1], "openapi") == 0) {
		describe_openapi(&b);
	} else if (argc == 2 && strcmp(argv[1], "docs") == 0) {
		describe_docs(&b);
	} else {
		fprintf(stderr, "usage: describe openapi | docs\n");
		return 2;
	}
	if (b.is_over || fwrite(b.at, 1, b.len, stdout) != b.len || fflush(stdout) != 0)
		return 1;
	buf_free(&b);
	return 0;
}
