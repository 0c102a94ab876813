/* The parser of server-sent events: every form of line end, cut anywhere, bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/text/sse.h"

static int
note(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	struct buf *seen = arg;

	assert_int_equal(strlen(data), n);
	buf_fmt(seen, "[%s|%s]", name, data);
	return strcmp(data, "stop") == 0 ? err_set(e, ERR_BUSY, "stopped") : 0;
}

/* What is seen of text when it comes in two pieces, cut at `cut`. */
static int
parse(const char *text, size_t n, size_t cut, struct buf *seen, struct err *e)
{
	struct sse s;
	int result;

	buf_init(seen, 8u << 20);
	sse_init(&s, note, seen);
	result = sse_feed(&s, text, cut, e);
	if (result == 0)
		result = sse_feed(&s, text + cut, n - cut, e);
	sse_free(&s);
	return result;
}

static void
expect(const char *text, const char *events)
{
	size_t n = strlen(text);

	for (size_t cut = 0; cut <= n; cut++) {
		AUTO_BUF struct buf seen = {0};
		struct err e;

		assert_return_code(parse(text, n, cut, &seen, &e), 0);
		assert_string_equal(seen.at, events);
	}
}

static void
lines_end_in_any_way(void **state)
{
	(void)state;
	expect("data: a\n\ndata: b\n\n", "[|a][|b]");
	expect("data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]");
	expect("data: a\r\rdata: b\r\r", "[|a][|b]");
	expect("data: a\n\r\n\rdata: b\r\n\r", "[|a][|b]");
	expect("data: a\r\n\ndata: b\n\r\n", "[|a][|b]");
}

static void
fields_are_understood(void **state)
{
	(void)state;
	expect("event: ping\ndata: {}\n\n", "[ping|{}]");
	expect("event:ping\ndata:{}\n\n", "[ping|{}]");
	expect("data: a\ndata: b\ndata:\n\n", "[|a\nb\n]");
	expect("data:  two spaces\n\n", "[| two spaces]");
	expect("data\n\n", "[|]");
	expect(": a comment\n\n:\n\ndata: x\n: another\n\n", "[|x]");
	expect("id: 7\nretry: 10\nunknown: y\ndata: x\n\n", "[|x]");
	expect("event: lonely\n\ndata: x\n\n", "[|x]");
	expect("dataset: no\ndat: no\ndata: x\n\n", "[|x]");
	expect("\n\n\n", "");
	expect("", "");
	expect("\xef\xbb\xbf" "data: x\n\n", "[|x]");
	expect("data: caf\xc3\xa9 \xf0\x9f\x8d\xb5\n\n",
	    "[|caf\xc3\xa9 \xf0\x9f\x8d\xb5]");
}

static void
what_is_not_ended_is_no_event(void **state)
{
	(void)state;
	expect("data: a\n\ndata: b\n", "[|a]");
	expect("data: a\n\ndata: b", "[|a]");
	expect("data: a\n", "");
}

static void
an_event_can_stop_it(void **state)
{
	AUTO_BUF struct buf seen = {0};
	const char *text = "data: a\n\ndata: stop\n\ndata: b\n\n";
	struct err e;

	(void)state;
	assert_int_equal(parse(text, strlen(text), 0, &seen, &e), -1);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_string_equal(seen.at, "[|a][|stop]");
}

static void
it_is_bounded(void **state)
{
	AUTO_BUF struct buf seen = {0}, seen_many = {0}, seen_most = {0};
	size_t n = SSE_BYTES + 10;
	AUTO_FREE char *text = mem_new(n + 1);
	struct err e;

	(void)state;
	memset(text, 'x', n);
	memcpy(text, "data: ", 6);
	assert_int_equal(parse(text, n, 100, &seen, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	/* Many lines of one event count together. */
	for (size_t i = 0; i + 8 <= n; i += 8)
		memcpy(text + i, "data: x\n", 8);
	memset(text + n / 8 * 8, '\n', n - n / 8 * 8);
	assert_return_code(parse(text, n, 100, &seen_many, &e), 0);
	/* The longest line is not too long. */
	memset(text, 'x', SSE_BYTES);
	memcpy(text, "data: ", 6);
	memcpy(text + SSE_BYTES, "\n\n", 2);
	assert_return_code(parse(text, SSE_BYTES + 2, 100, &seen_most, &e), 0);
	assert_int_equal(seen_most.len, SSE_BYTES - 6 + 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_in_any_way),
		cmocka_unit_test(fields_are_understood),
		cmocka_unit_test(what_is_not_ended_is_no_event),
		cmocka_unit_test(an_event_can_stop_it),
		cmocka_unit_test(it_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
