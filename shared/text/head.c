#include <string.h>

#include "head.h"

static bool
is_token_char(unsigned char c)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || (c && strchr(others, c));
}

static bool
is_token(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!is_token_char((unsigned char)t.at[i]))
			return false;
	return t.len > 0;
}

/* Visible characters, blanks, and bytes over 127, which HTTP leaves to applications. */
static bool
is_plain(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_target(struct text t)
{
	if (!t.len || t.at[0] != '/')
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] <= 0x20 || t.at[i] >= 0x7f || t.at[i] == '#')
			return false;
	return true;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool
text_starts(struct text t, const char *word)
{
	size_t i;

	for (i = 0; word[i]; i++)
		if (i == t.len || lower(t.at[i]) != word[i])
			return false;
	return true;
}

bool
text_is(struct text t, const char *word)
{
	return t.len == strlen(word) && text_starts(t, word);
}

struct text
text_trim(struct text t)
{
	while (t.len && (t.at[0] == ' ' || t.at[0] == '\t'))
		t.at++, t.len--;
	while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
		t.len--;
	return t;
}

bool
text_item(struct text *rest, char separator, struct text *item)
{
	const char *end;

	if (!rest->at)
		return false;
	end = memchr(rest->at, separator, rest->len);
	*item = (struct text){rest->at, end ? (size_t)(end - rest->at) : rest->len};
	if (end)
		*rest = (struct text){end + 1, rest->len - item->len - 1};
	else
		*rest = (struct text){NULL, 0};
	*item = text_trim(*item);
	return true;
}

bool
text_lists(struct text list, const char *word)
{
	struct text item;

	while (text_item(&list, ',', &item))
		if (text_is(item, word))
			return true;
	return false;
}

const struct head_field *
head_find(const struct head *h, const char *name, int *count)
{
	const struct head_field *found = NULL;
	int n = 0;

	for (int i = 0; i < h->count; i++)
		if (text_is(h->fields[i].name, name) && n++ == 0)
			found = &h->fields[i];
	if (count)
		*count = n;
	return n == 1 ? found : NULL;
}

/* The next line without its CRLF; false where there is none whole.  A CR or LF that is
 * not half of a pair shows up inside a line, where is_plain refuses it. */
static bool
next_line(struct text *rest, struct text *line)
{
	const char *end = memmem(rest->at, rest->len, "\r\n", 2);

	if (!end)
		return false;
	*line = (struct text){rest->at, (size_t)(end - rest->at)};
	*rest = (struct text){end + 2, rest->len - line->len - 2};
	return is_plain(*line);
}

static bool
read_version(struct text t, int *minor)
{
	if (t.len != 8 || memcmp(t.at, "HTTP/1.", 7) != 0 ||
	    (t.at[7] != '0' && t.at[7] != '1'))
		return false;
	*minor = t.at[7] - '0';
	return true;
}

static bool
read_request_line(struct text line, struct head *h)
{
	const char *first = memchr(line.at, ' ', line.len);
	const char *last = memrchr(line.at, ' ', line.len);
	const char *end = line.at + line.len;

	if (!first || first == last)
		return false;
	h->method = (struct text){line.at, (size_t)(first - line.at)};
	h->target = (struct text){first + 1, (size_t)(last - first - 1)};
	return is_token(h->method) && is_target(h->target) &&
	    read_version((struct text){last + 1, (size_t)(end - last - 1)}, &h->minor);
}

static bool
read_status_line(struct text line, struct head *h)
{
	if (line.len < 12 || line.at[8] != ' ' || (line.len > 12 && line.at[12] != ' ') ||
	    !read_version((struct text){line.at, 8}, &h->minor))
		return false;
	for (int i = 9; i < 12; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return false;
		h->status = h->status * 10 + line.at[i] - '0';
	}
	if (line.len > 12)
		h->reason = (struct text){line.at + 13, line.len - 13};
	return h->status >= 100 && h->status <= 599;
}

static bool
read_field(struct text line, struct head_field *f)
{
	const char *colon = memchr(line.at, ':', line.len);

	if (!colon)
		return false;
	f->name = (struct text){line.at, (size_t)(colon - line.at)};
	f->value = (struct text){colon + 1, line.len - f->name.len - 1};
	f->value = text_trim(f->value);
	return is_token(f->name);	/* a folded line starts with a blank: no token */
}

static bool
read_length(struct text t, int64_t *length)
{
	if (t.len < 1 || t.len > 18)
		return false;
	*length = 0;
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		*length = *length * 10 + t.at[i] - '0';
	}
	return true;
}

/* What decides where the message ends must be said once, and in one way. */
static enum head_result
read_framing(struct head *h)
{
	int lengths, codings;
	const struct head_field *length = head_find(h, "content-length", &lengths);
	const struct head_field *coding = head_find(h, "transfer-encoding", &codings);

	h->length = -1;
	if (lengths + codings > 1 || (codings && h->minor == 0))
		return HEAD_BAD;
	if (length && !read_length(length->value, &h->length))
		return HEAD_BAD;
	if (coding && !text_is(coding->value, "chunked"))
		return HEAD_CODING;
	h->is_chunked = coding;
	return HEAD_WHOLE;
}

/* A head that never ends must not look like one that is still coming. */
static enum head_result
judge_part(const char *at, size_t n)
{
	const char *lf = at, *end = at + n;

	if (n >= HEAD_BYTES_MAX)
		return HEAD_LARGE;
	while ((lf = memchr(lf, '\n', (size_t)(end - lf)))) {
		if (lf == at || lf[-1] != '\r')
			return HEAD_BAD;
		lf++;
	}
	return HEAD_PART;
}

static enum head_result
read_head(const char *at, size_t n, struct head *h, size_t *bytes,
    bool (*read_first)(struct text, struct head *))
{
	const char *end = n ? memmem(at, n, "\r\n\r\n", 4) : NULL;
	struct text rest, line;

	if (!end)
		return n ? judge_part(at, n) : HEAD_PART;
	*bytes = (size_t)(end - at) + 4;
	if (*bytes > HEAD_BYTES_MAX)
		return HEAD_LARGE;
	h->method = h->target = h->reason = (struct text){"", 0};
	h->status = h->count = 0;
	rest = (struct text){at, *bytes - 2};
	if (!next_line(&rest, &line) || !read_first(line, h))
		return HEAD_BAD;
	while (rest.len) {
		if (h->count == HEAD_FIELDS_MAX)
			return HEAD_LARGE;
		if (!next_line(&rest, &line) || !read_field(line, &h->fields[h->count]))
			return HEAD_BAD;
		h->count++;
	}
	return read_framing(h);
}

enum head_result
head_request(const char *at, size_t n, struct head *h, size_t *bytes)
{
	enum head_result got = read_head(at, n, h, bytes, read_request_line);

	if (got == HEAD_WHOLE && !head_find(h, "host", NULL))
		return HEAD_BAD;
	return got;
}

enum head_result
head_response(const char *at, size_t n, struct head *h, size_t *bytes)
{
	return read_head(at, n, h, bytes, read_status_line);
}
