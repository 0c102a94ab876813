#include <stdio.h>
#include <string.h>

#include "sse.h"

void
sse_init(struct sse *s, sse_fn *fn, void *arg)
{
	*s = (struct sse){.fn = fn, .arg = arg};
	buf_init(&s->line, SSE_BYTES);
	buf_init(&s->data, SSE_BYTES);
}

void
sse_free(struct sse *s)
{
	buf_free(&s->line);
	buf_free(&s->data);
}

static int
end_event(struct sse *s, struct err *e)
{
	int result = 0;

	if (s->has_data)
		result = s->fn(s->arg, s->name, s->data.at, s->data.len, e);
	buf_reset(&s->data);
	s->has_data = false;
	s->name[0] = '\0';
	return result;
}

static int
add_data(struct sse *s, const char *value, size_t n, struct err *e)
{
	if (s->has_data)
		buf_char(&s->data, '\n');
	buf_add(&s->data, value, n);
	s->has_data = true;
	if (s->data.is_over)
		return err_set(e, ERR_LIMIT, "an event has more than %u bytes",
		    SSE_BYTES);
	return 0;
}

static int
end_line(struct sse *s, struct err *e)
{
	const char *line = s->line.at, *value;
	size_t n = s->line.len, name_len, value_len;
	const char *colon;
	int result = 0;

	if (!s->is_begun) {
		s->is_begun = true;
		if (n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
			line += 3;
			n -= 3;
		}
	}
	if (n == 0) {
		buf_reset(&s->line);
		return end_event(s, e);
	}
	colon = memchr(line, ':', n);
	name_len = colon ? (size_t)(colon - line) : n;
	value = colon ? colon + 1 : line + n;
	value_len = (size_t)(line + n - value);
	if (value_len && *value == ' ') {
		value++;
		value_len--;
	}
	if (name_len == 4 && memcmp(line, "data", 4) == 0)
		result = add_data(s, value, value_len, e);
	else if (name_len == 5 && memcmp(line, "event", 5) == 0)
		snprintf(s->name, sizeof(s->name), "%.*s",
		    (int)(value_len < SSE_NAME_MAX ? value_len : SSE_NAME_MAX), value);
	buf_reset(&s->line);
	return result;
}

int
sse_feed(struct sse *s, const char *bytes, size_t n, struct err *e)
{
	const char *at = bytes, *end = bytes + n;

	while (at < end) {
		const char *stop = at;

		if (s->was_cr && *at == '\n') {
			s->was_cr = false;
			at++;
			continue;
		}
		s->was_cr = false;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		buf_add(&s->line, at, (size_t)(stop - at));
		if (s->line.is_over)
			return err_set(e, ERR_LIMIT, "a line has more than %u bytes",
			    SSE_BYTES);
		if (stop == end)
			break;
		s->was_cr = *stop == '\r';
		at = stop + 1;
		if (end_line(s, e) < 0)
			return -1;
	}
	return 0;
}
