/* In whatever pieces it comes, it is taken off in the same way. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/buf.h"
#include "../../shared/text/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
keep(void *arg, const char *bytes, size_t n, struct err *e)
{
	(void)e;
	buf_add(arg, bytes, n);
	return 0;
}

static int
feed(const uint8_t *data, size_t size, size_t piece, struct buf *out)
{
	struct chunk c = {0};
	struct err e;
	int rc = 0;

	for (size_t i = 0; i < size && rc == 0; i += piece)
		rc = chunk_feed(&c, (const char *)data + i, size - i < piece ? size - i : piece,
		    keep, out, &e);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, bits;

	buf_init(&whole, 1u << 20);
	buf_init(&bits, 1u << 20);
	if (feed(data, size, size + 1, &whole) != feed(data, size, 1, &bits) ||
	    whole.len != bits.len || memcmp(whole.at, bits.at, bits.len) != 0 || whole.len > size)
		abort();
	buf_free(&whole);
	buf_free(&bits);
	return 0;
}
