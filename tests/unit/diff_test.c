/* diff_lines: applying the difference gives the new text, and it is as short as can be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../shared/base/buf.h"
#include "../../shared/text/diff.h"

static int
check(const char *old_text, const char *new_text)
{
	struct arena a = {0};
	AUTO_BUF struct buf was = {0}, is = {0};
	int edits = 0, old_at = 0, new_at = 0;
	size_t n;
	struct diff_line *l = diff_lines(old_text, new_text, &a, &n);

	buf_init(&was, 1 << 20);
	buf_init(&is, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		if (l[i].kind != DIFF_ADDED) {
			assert_int_equal(l[i].old_line, ++old_at);
			buf_add(&was, l[i].text, l[i].n);
			buf_char(&was, '\n');
		}
		if (l[i].kind != DIFF_REMOVED) {
			assert_int_equal(l[i].new_line, ++new_at);
			buf_add(&is, l[i].text, l[i].n);
			buf_char(&is, '\n');
		}
		edits += l[i].kind != DIFF_SAME;
	}
	assert_string_equal(was.at, old_text);
	assert_string_equal(is.at, new_text);
	arena_free(&a);
	return edits;
}

static void
test_known(void **state)
{
	(void)state;
	assert_int_equal(check("", ""), 0);
	assert_int_equal(check("a\nb\nc\n", "a\nb\nc\n"), 0);
	assert_int_equal(check("", "a\nb\n"), 2);
	assert_int_equal(check("a\nb\n", ""), 2);
	assert_int_equal(check("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"), 5);
	assert_int_equal(check("x\na\ny\n", "x\nb\ny\n"), 2);
	assert_int_equal(check("1\n2\n3\n4\n5\n", "1\n3\n4\n6\n5\n"), 2);
}

static void
test_random(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 2000; round++) {
		AUTO_BUF struct buf x = {0}, y = {0};

		buf_init(&x, 4096);
		buf_init(&y, 4096);
		for (int i = rand() % 20; i > 0; i--)
			buf_fmt(&x, "%c\n", 'a' + rand() % 4);
		for (int i = rand() % 20; i > 0; i--)
			buf_fmt(&y, "%c\n", 'a' + rand() % 4);
		check(x.at, y.at);
	}
}

static void
test_long(void **state)
{
	AUTO_BUF struct buf x = {0}, y = {0};

	(void)state;
	buf_init(&x, 1 << 20);
	buf_init(&y, 1 << 20);
	for (int i = 0; i < 5000; i++) {
		buf_fmt(&x, "old %d\n", i);
		buf_fmt(&y, "new %d\n", i);
	}
	assert_int_equal(check(x.at, y.at), 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
