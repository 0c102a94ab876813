#ifndef TEXT_HTML_H
#define TEXT_HTML_H
/*
 * Text for HTML: safe in element content and in attribute values that stand in quotes.
 */
#include <stddef.h>

#include "../base/buf.h"

void html_escape(struct buf *b, const char *s, size_t n);

#endif
