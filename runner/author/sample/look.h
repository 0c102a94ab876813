#ifndef SAMPLE_LOOK_H
#define SAMPLE_LOOK_H
/*
 * The settings at the head of a sample component:
 *
 *	const look = {
 *	  title: 'Tea timer',
 *	  scale: 1,
 *	};
 *
 * one setting a line, texts in single quotes.  Reads and changes exactly that form; any
 * other source has no look.
 */
#include <stdbool.h>
#include <stddef.h>

#include "../../../shared/base/buf.h"

/* Where the object stands in source, from "const" to "};".  False if there is none, or
 * more than one. */
bool look_find(const char *source, const char **at, size_t *len);
/* The value of a setting as it is written, without quotes (escapes are kept).  False if
 * the setting is absent or does not fit. */
bool look_get(const struct buf *object, const char *name, char *value, size_t size);
/* Puts value, as it is to be written, in place of what the setting has.  False if it is
 * absent or has that value already. */
bool look_set(struct buf *object, const char *name, const char *value);
/* Like look_set, with a text that is quoted first. */
bool look_set_text(struct buf *object, const char *name, const char *text);
/* Appends text as a JavaScript string in single quotes.  No byte of it can end the
 * string, a script element or a block of an answer. */
void look_quote(struct buf *to, const char *text);

#endif
