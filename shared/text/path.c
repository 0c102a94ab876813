#include <string.h>

#include "path.h"
#include "utf8.h"

static const char *
name_trouble(const char *name, size_t n)
{
	if (n == 0)
		return "has a part with no name";
	if (n > PATH_NAME_BYTES)
		return "has a name that is longer than 255 bytes";
	if (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.')))
		return "may not contain . or ..";
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return "contains a control character";
	return NULL;
}

const char *
path_trouble(const char *path)
{
	size_t len = strlen(path);

	if (len == 0)
		return "is empty";
	if (len > PATH_BYTES)
		return "is longer than 1024 bytes";
	if (path[0] == '/')
		return "may not begin with a slash";
	if (!utf8_is_text(path, len))
		return "is not valid text";
	for (int depth = 1; ; depth++) {
		size_t n = strcspn(path, "/");
		const char *trouble = name_trouble(path, n);

		if (trouble)
			return trouble;
		if (depth > PATH_DEPTH)
			return "is more than 32 folders deep";
		if (!path[n])
			return NULL;
		path += n + 1;
	}
}
