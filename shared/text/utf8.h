#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H
/*
 * UTF-8, strictly: no overlong forms, no surrogates, nothing beyond U+10FFFF.
 */
#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at s (1 to 4), 0 where the n bytes there begin no valid one. */
size_t utf8_step(const char *s, size_t n);
/* True for valid UTF-8 without NUL. */
bool utf8_is_text(const char *s, size_t n);
/* Characters of a valid text. */
size_t utf8_count(const char *s);
/* Bytes of the first max characters of a valid text, or of all if there are fewer. */
size_t utf8_bytes(const char *s, size_t max);

#endif
