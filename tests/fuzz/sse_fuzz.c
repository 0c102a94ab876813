/*
 * Any bytes as a stream: the same events however they are cut, and none beyond the limit.
 * The first byte says where it is cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static int
note(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	(void)e;
	MUST(strlen(name) < SSE_NAME_MAX && n <= SSE_BYTES && data[n] == '\0');
	buf_str(arg, name);
	buf_char(arg, '|');
	buf_add(arg, data, n);
	buf_char(arg, '\n');
	return 0;
}

static int
parse(const char *text, size_t n, size_t step, struct buf *seen)
{
	struct sse s;
	struct err e;
	int result = 0;

	buf_init(seen, 16u << 20);
	sse_init(&s, note, seen);
	for (size_t at = 0; at < n && result == 0; at += step)
		result = sse_feed(&s, text + at, n - at < step ? n - at : step, &e);
	sse_free(&s);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_BUF struct buf whole = {0}, cut = {0};
	int a, b;

	if (n < 2)
		return 0;
	a = parse((const char *)bytes + 1, n - 1, n, &whole);
	b = parse((const char *)bytes + 1, n - 1, (size_t)bytes[0] + 1, &cut);
	MUST(a == b && whole.len == cut.len && memcmp(whole.at, cut.at, cut.len) == 0);
	return 0;
}
