#ifndef AUTHOR_SPAN_H
#define AUTHOR_SPAN_H
/*
 * A piece of a text, and walking over its lines.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

/* Takes the next line, without its LF, off the front of rest.  False at the end. */
static inline bool
span_line(struct span *rest, struct span *line)
{
	const char *lf;

	if (rest->len == 0)
		return false;
	lf = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = lf ? (size_t)(lf - rest->at) : rest->len;
	rest->at += line->len + (lf ? 1 : 0);
	rest->len -= line->len + (lf ? 1 : 0);
	return true;
}

static inline struct span
span_trim(struct span s)
{
	while (s.len && strchr(" \t\n", *s.at) && *s.at) {
		s.at++;
		s.len--;
	}
	while (s.len && s.at[s.len - 1] && strchr(" \t\n", s.at[s.len - 1]))
		s.len--;
	return s;
}

static inline bool
span_starts(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.at, with, n) == 0;
}

static inline bool
span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static inline const char *
span_find(struct span s, const char *text)
{
	return s.at ? memmem(s.at, s.len, text, strlen(text)) : NULL;
}

#endif
