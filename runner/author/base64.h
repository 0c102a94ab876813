#ifndef AUTHOR_BASE64_H
#define AUTHOR_BASE64_H
/* Pictures as JSON carries them. */
#include "../../shared/base/mem.h"

const char *base64_text(struct arena *a, const void *bytes, size_t n);

#endif
