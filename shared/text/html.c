#include "html.h"

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void
html_escape(struct buf *b, const char *s, size_t n)
{
	size_t from = 0;

	for (size_t i = 0; i < n; i++) {
		const char *replaced = entity(s[i]);

		if (!replaced)
			continue;
		buf_add(b, s + from, i - from);
		buf_str(b, replaced);
		from = i + 1;
	}
	buf_add(b, s + from, n - from);
}
