#include <stdio.h>
#include <string.h>

#include "mounts.h"

/* The options of the file system itself, as one word between commas. */
static bool
has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = options; (at = strstr(at, word)); at += n)
		if ((at == options || at[-1] == ',') && strchr(",\n", at[n]))
			return true;
	return false;
}

/* One line: id parent device root PATH options … - type source OPTIONS */
static void
take_line(char *line, const char *folder, mounts_fn *fn, void *arg)
{
	size_t n = strlen(folder);
	char path[256], type[32], options[512];
	char *tail = strstr(line, " - ");

	if (!tail || sscanf(line, "%*s %*s %*s %*s %255s", path) != 1 ||
	    sscanf(tail, " - %31s %*s %511s", type, options) != 2)
		return;
	if (strncmp(path, folder, n) != 0 || path[n] != '/')
		return;
	fn(path + n + 1, has_option(options, "ro") || has_option(options, "emergency_ro") ||
	    has_option(options, "shutdown"), arg);
}

void
mounts_each(const char *folder, mounts_fn *fn, void *arg)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	while (f && fgets(line, sizeof(line), f))
		take_line(line, folder, fn, arg);
	if (f)
		fclose(f);
}
