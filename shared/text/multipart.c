#include <string.h>
#include <strings.h>

#include "multipart.h"
#include "utf8.h"

/* The value of a parameter (`; name=value` or `; name="value"`) of a header, or NULL. */
static char *
parameter(const char *head, size_t n, const char *name, struct arena *a)
{
	const char *end = head + n;
	size_t name_len = strlen(name), len;

	while ((head = memchr(head, ';', (size_t)(end - head)))) {
		head++;
		while (head < end && (*head == ' ' || *head == '\t'))
			head++;
		if ((size_t)(end - head) <= name_len || strncasecmp(head, name, name_len) != 0 ||
		    head[name_len] != '=')
			continue;
		head += name_len + 1;
		if (head < end && *head == '"') {
			const char *close = memchr(head + 1, '"', (size_t)(end - head - 1));

			return close ? arena_dupn(a, head + 1, (size_t)(close - head - 1)) : NULL;
		}
		for (len = 0; head + len < end && !memchr("; \t", head[len], 3); )
			len++;
		return arena_dupn(a, head, len);
	}
	return NULL;
}

/* One header line of a part. */
static void
take_header(const char *line, size_t n, struct arena *a, struct multipart_part *p)
{
	const char *colon = memchr(line, ':', n);
	size_t name_len = colon ? (size_t)(colon - line) : 0;
	const char *value = colon ? colon + 1 : line, *end = line + n;

	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	n = (size_t)(end - value);
	if (name_len == 12 && strncasecmp(line, "Content-Type", 12) == 0) {
		p->type = arena_dupn(a, value, n);
	} else if (name_len == 19 && strncasecmp(line, "Content-Disposition", 19) == 0 &&
	    n >= 9 && strncasecmp(value, "form-data", 9) == 0) {
		p->name = parameter(value, n, "name", a);
		p->file_name = parameter(value, n, "filename", a);
	}
}

int
multipart_take_head(const char *head, size_t n, struct arena *a, struct multipart_part *p,
    struct err *e)
{
	const char *end = head + n;

	*p = (struct multipart_part){.type = ""};
	while (head < end) {
		const char *stop = memmem(head, (size_t)(end - head), "\r\n", 2);

		if (!stop)
			break;
		take_header(head, (size_t)(stop - head), a, p);
		head = stop + 2;
	}
	if (!p->name || !*p->name || !utf8_is_text(p->name, strlen(p->name)))
		return err_set(e, ERR_INPUT, "A part of the form has no proper name.");
	return 0;
}

static int
take_part(const char *at, size_t n, struct arena *a, struct multipart_part *p, struct err *e)
{
	const char *blank = memmem(at, n < MULTIPART_HEAD_MAX ? n : MULTIPART_HEAD_MAX,
	    "\r\n\r\n", 4);

	if (!blank)
		return err_set(e, ERR_INPUT, "The headers of a part are malformed or too long.");
	if (multipart_take_head(at, (size_t)(blank + 2 - at), a, p, e) < 0)
		return -1;
	p->bytes = blank + 4;
	p->len = n - (size_t)(p->bytes - at);
	return 0;
}

static bool
is_space(const char *at, const char *end)
{
	while (at < end && memchr(" \t\r\n", *at, 4))
		at++;
	return at == end;
}

/* Behind a delimiter: the end of its line, or NULL.  *is_last where it closes the form. */
static const char *
line_end(const char *at, const char *end, bool *is_last)
{
	*is_last = end - at >= 2 && at[0] == '-' && at[1] == '-';
	if (*is_last)
		return is_space(at + 2, end) ? end : NULL;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? at + 2 : NULL;
}

/* Cuts the body at the delimiters; mark is CRLF and the delimiter. */
static int
split(const char *body, size_t n, const char *mark, struct arena *a,
    struct multipart_part *parts, struct err *e)
{
	const char *at = body, *end = body + n;
	size_t mark_len = strlen(mark);
	bool is_last = false;
	int count = 0;

	/* The first delimiter may open the body, without a line end before it. */
	if (n < mark_len - 2 || memcmp(body, mark + 2, mark_len - 2) != 0)
		return err_set(e, ERR_INPUT, "The form does not begin with its boundary.");
	at = line_end(body + mark_len - 2, end, &is_last);
	while (at && !is_last) {
		const char *next = memmem(at, (size_t)(end - at), mark, mark_len);

		if (!next)
			return err_set(e, ERR_INPUT, "The form ends before its last boundary.");
		if (count == MULTIPART_PARTS_MAX)
			return err_set(e, ERR_INPUT, "There are too many fields.");
		if (take_part(at, (size_t)(next - at), a, &parts[count++], e) < 0)
			return -1;
		at = line_end(next + mark_len, end, &is_last);
	}
	if (!at)
		return err_set(e, ERR_INPUT, "A boundary of the form is malformed.");
	return count;
}

const char *
multipart_mark(const char *content_type, struct arena *a, struct err *e)
{
	const char *boundary = parameter(content_type, strlen(content_type), "boundary", a);

	if (boundary && *boundary && strlen(boundary) <= MULTIPART_BOUNDARY_MAX)
		return arena_fmt(a, "\r\n--%s", boundary);
	err_set(e, ERR_INPUT, "The form's Content-Type names no proper boundary.");
	return NULL;
}

int
multipart_parse(const char *content_type, const char *body, size_t n, struct arena *a,
    struct multipart_part **parts, struct err *e)
{
	const char *mark = multipart_mark(content_type, a, e);

	if (!mark)
		return -1;
	*parts = arena_new(a, MULTIPART_PARTS_MAX * sizeof(**parts));
	return split(body, n, mark, a, *parts, e);
}
