#ifndef CGI_NOTEBOOKS_STARTER_H
#define CGI_NOTEBOOKS_STARTER_H
/*
 * The notebooks of starter.def, which new ones begin as.
 */
#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"

struct starter {
	const char *name, *title, *file;
};

/* NULL: the first.  INPUT where there is none of that name. */
const struct starter *starter_find(const char *name, struct err *e);
/* Its text, in the arena; NULL and an error where it is not built. */
const char *starter_text(const struct starter *s, struct arena *a, struct err *e);

#endif
