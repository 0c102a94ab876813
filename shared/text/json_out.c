#include <stdio.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

/* A value or key follows: a comma unless one was opened or named just before. */
static void
separate(struct buf *b)
{
	if (b->len > 0 && !memchr("{[:,", b->at[b->len - 1], 4))
		buf_char(b, ',');
}

void
json_open(struct buf *b, char bracket)
{
	separate(b);
	buf_char(b, bracket);
}

void
json_close(struct buf *b, char bracket)
{
	buf_char(b, bracket);
}

static void
escape(struct buf *b, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add(b, "\\\"", 2);
		break;
	case '\\':
		buf_add(b, "\\\\", 2);
		break;
	case '\n':
		buf_add(b, "\\n", 2);
		break;
	case '\t':
		buf_add(b, "\\t", 2);
		break;
	case '\r':
		buf_add(b, "\\r", 2);
		break;
	default:
		buf_fmt(b, "\\u%04x", c);
	}
}

void
json_textn(struct buf *b, const char *s, size_t n)
{
	const char *from = s, *end = s + n;

	separate(b);
	buf_char(b, '"');
	while (s < end) {
		unsigned char c = (unsigned char)*s;
		size_t step;

		/* Most text is this, and most of the time of a long list was spent here. */
		if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
			s++;
			continue;
		}
		step = c < 0x80 ? 1 : utf8_step(s, (size_t)(end - s));
		if (step > 0 && c >= 0x80) {
			s += step;
			continue;
		}
		buf_add(b, from, (size_t)(s - from));
		if (step == 0)
			buf_str(b, "\xef\xbf\xbd");
		else
			escape(b, c);
		from = ++s;
	}
	buf_add(b, from, (size_t)(s - from));
	buf_char(b, '"');
}

void
json_text(struct buf *b, const char *s)
{
	if (s)
		json_textn(b, s, strlen(s));
	else
		json_raw(b, "null");
}

void
json_int(struct buf *b, int64_t v)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%lld", (long long)v);

	separate(b);
	buf_add(b, digits, (size_t)n);
}

void
json_bool(struct buf *b, bool v)
{
	json_raw(b, v ? "true" : "false");
}

void
json_raw(struct buf *b, const char *json)
{
	separate(b);
	buf_str(b, json);
}

void
json_key(struct buf *b, const char *name)
{
	json_text(b, name);
	buf_char(b, ':');
}

void
json_put_text(struct buf *b, const char *name, const char *s)
{
	json_key(b, name);
	json_text(b, s);
}

void
json_put_int(struct buf *b, const char *name, int64_t v)
{
	json_key(b, name);
	json_int(b, v);
}

void
json_put_bool(struct buf *b, const char *name, bool v)
{
	json_key(b, name);
	json_bool(b, v);
}
