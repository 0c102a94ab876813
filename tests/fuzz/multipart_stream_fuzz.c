/*
 * The first byte says how much comes at a time, the first line is the Content-Type, the rest
 * the body.  Read piece by piece it must be what it is when it is read as a whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/multipart_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	const char *at, *end;
	size_t step;
};

static size_t
give(void *arg, char *to, size_t n)
{
	struct source *s = arg;
	size_t left = (size_t)(s->end - s->at);

	n = n < s->step ? n : s->step;
	n = n < left ? n : left;
	memcpy(to, s->at, n);
	s->at += n;
	return n;
}

static bool
is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Reads a part and compares. */
static int
compare(struct multipart_stream *m, const struct multipart_part *got,
    const struct multipart_part *want)
{
	const char *bytes;
	size_t len = 0;
	struct err e;
	ssize_t n;

	if (want && (!is_same(got->name, want->name) || !is_same(got->type, want->type) ||
	    !is_same(got->file_name, want->file_name)))
		abort();
	while ((n = multipart_stream_piece(m, &bytes, &e)) > 0) {
		if (want && (len + (size_t)n > want->len ||
		    memcmp(want->bytes + len, bytes, (size_t)n) != 0))
			abort();
		len += (size_t)n;
	}
	if (want && n == 0 && len != want->len)
		abort();
	return n < 0 ? -1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *line = size ? memchr(text, '\n', size - 1) : NULL;
	struct multipart_part *parts = NULL, part;
	struct multipart_stream m;
	struct arena a = {0};
	struct source s;
	struct err e;
	int count, i = 0, rc;
	char *type;

	if (!line)
		return 0;
	type = arena_dupn(&a, text, (size_t)(line - text));
	s = (struct source){line + 1, (const char *)data + size, (size_t)data[0] + 1};
	count = multipart_parse(type, s.at, (size_t)(s.end - s.at), &a, &parts, &e);
	rc = multipart_stream_open(&m, type, give, &s, &a, &e);
	while (rc == 0 && (rc = multipart_stream_next(&m, &a, &part, &e)) == 1) {
		if (count >= 0 && i >= count)
			abort();
		rc = compare(&m, &part, count >= 0 ? &parts[i] : NULL);
		i++;
	}
	/* The stream knows no greatest number of parts. */
	if (count >= 0 ? rc != 0 || i != count : rc == 0 && i <= MULTIPART_PARTS_MAX)
		abort();
	multipart_stream_close(&m);
	arena_free(&a);
	return 0;
}
