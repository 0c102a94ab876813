#ifndef TEXT_REQUIREMENT_H
#define TEXT_REQUIREMENT_H
/*
 * What a new notebook may say of the Python packages it wants: the lines of a
 * requirements.txt, or a pyproject.toml.
 *
 * Packages come from the one index that Carrel has, so whatever names another place is
 * refused: options (-r, -e, --index-url), paths, addresses, sources of uv.  What the lines
 * mean is uv's business; here they must only look like requirements.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../base/err.h"

#define REQUIREMENT_BYTES (64u << 10)
#define REQUIREMENT_LINE_MAX 500

/* text is UTF-8 without NUL.  INPUT or LIMIT, naming the field and the line. */
int requirement_check(const char *text, const char *field, bool *is_project, struct err *e);

#endif
