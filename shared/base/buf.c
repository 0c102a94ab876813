#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "mem.h"

static char empty[1];

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.at = empty, .max = max};
}

void
buf_free(struct buf *b)
{
	if (b->cap)
		free(b->at);
	*b = (struct buf){.at = empty, .max = b->max};
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->is_over = false;
	if (b->cap)
		b->at[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;

	if (b->is_over || n > b->max || b->len > b->max - n) {
		b->is_over = true;
		return NULL;
	}
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap != b->cap) {
		b->at = mem_resize(b->cap ? b->at : NULL, cap);
		b->cap = cap;
		b->at[b->len] = '\0';
	}
	return b->at + b->len;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->len += n;
	b->at[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *to;

	if (n == 0 || !(to = buf_room(b, n)))
		return;
	memcpy(to, bytes, n);
	buf_grew(b, n);
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0 || !(to = buf_room(b, (size_t)n)))
		return;
	va_start(ap, fmt);
	vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_grew(b, (size_t)n);
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	if (n == 0)
		return;
	memmove(b->at, b->at + n, b->len - n + 1);
	b->len -= n;
}

char *
buf_take(struct buf *b)
{
	char *p = b->cap ? b->at : mem_dup("");
	size_t max = b->max;

	buf_init(b, max);
	return p;
}
