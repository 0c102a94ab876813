#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/chunk.h"

static int
keep(void *arg, const char *bytes, size_t n, struct err *e)
{
	(void)e;
	buf_add(arg, bytes, n);
	return 0;
}

/* Fed in pieces of so many bytes; the first return that is not 0. */
static int
feed(const char *text, size_t n, size_t piece, struct buf *out, struct err *e)
{
	struct chunk c = {0};
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i += piece)
		rc = chunk_feed(&c, text + i, n - i < piece ? n - i : piece, keep, out, e);
	return rc;
}

static void
test_bodies_in_any_pieces(void **state)
{
	static const struct {
		const char *text, *body;
		int rc;
	} cases[] = {
		{"0\r\n\r\n", "", 1}, {"5\r\nHello\r\n0\r\n\r\n", "Hello", 1},
		{"5\r\nHello\r\n6\r\n, you!\r\n0\r\n\r\nmore", "Hello, you!", 1},
		{"00a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 1},
		{"A;name=\"v\"\r\n0123456789\r\n0;x\r\nDate: x\r\nMore: y\r\n\r\n", "0123456789", 1},
		{"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 1}, {"5\r\nHel", "Hel", 0}, {"5", "", 0},
		{"5\r\nHello\r\n0\r\n", "Hello", 0}, {"", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t piece = 1; piece < 40; piece++) {
			AUTO_BUF struct buf out = {0};
			struct err e;

			buf_init(&out, 1000);
			assert_int_equal(feed(cases[i].text, strlen(cases[i].text), piece, &out, &e),
			    cases[i].rc);
			assert_string_equal(out.at, cases[i].body);
		}
}

static void
test_what_is_wrong(void **state)
{
	static const char *const cases[] = {
		"\r\n", " 5\r\n", "5 \r\n", "-1\r\n", "0x5\r\n", "g\r\n", ";x\r\n", "5\nHello", "5\rHello",
		"5\r\nHelloX", "5\r\nHello\n0", "5\r\nHello\rx", "5;x\n", "0\r\nX\n", "0\r\n\rX",
		"1234567890abcdef\r\n", "ffffffffffffffffffff\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_BUF struct buf out = {0};
		struct err e;

		buf_init(&out, 1000);
		if (feed(cases[i], strlen(cases[i]), 1, &out, &e) != -1)
			fail_msg("case %zu is taken", i);
		assert_int_equal(e.kind, ERR_UPSTREAM);
	}
}

static void
test_words_have_a_limit(void **state)
{
	static char text[CHUNK_WORDS_MAX + 100];
	AUTO_BUF struct buf out = {0};
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	memset(text, 'x', sizeof(text));
	memcpy(text, "0\r\n", 3);
	assert_int_equal(feed(text, sizeof(text), 1000, &out, &e), -1);
	memcpy(text, "5;x", 3);
	assert_int_equal(feed(text, sizeof(text), 1000, &out, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies_in_any_pieces),
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_words_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
