/* Forms in queries and urlencoded bodies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/text/form.h"

static struct arena arena;

static int
drop(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
pairs_are_decoded(void **state)
{
	static const char text[] = "a=1&b=x+y%26%3d%C3%A9&&c&d=&=e&a=2";
	struct form_pair *p;
	struct err e;

	(void)state;
	assert_int_equal(form_parse(text, strlen(text), &arena, &p, &e), 6);
	assert_string_equal(p[0].name, "a");
	assert_string_equal(p[0].value, "1");
	assert_string_equal(p[1].value, "x y&=é");
	assert_int_equal(p[1].len, 7);
	assert_string_equal(p[2].name, "c");
	assert_string_equal(p[2].value, "");
	assert_string_equal(p[3].name, "d");
	assert_string_equal(p[3].value, "");
	assert_string_equal(p[4].name, "");
	assert_string_equal(p[5].value, "2");
	assert_int_equal(form_parse("", 0, &arena, &p, &e), 0);
}

static void
broken_pairs_are_refused(void **state)
{
	static const char *const bad[] = {"a=%", "a=%4", "a=%4g", "a=%00", "%00=a", "a=%ff",
	    "a=%c3", "%zz=1"};
	struct form_pair *p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(form_parse(bad[i], strlen(bad[i]), &arena, &p, &e), -1);
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_int_equal(form_parse("ok=1&bad=%ff", 12, &arena, &p, &e), -1);
	assert_string_equal(e.field, "bad");
}

static void
pairs_are_bounded(void **state)
{
	char text[2 * FORM_PAIRS_MAX + 4];
	struct form_pair *p;
	struct err e;

	(void)state;
	for (size_t i = 0; i < FORM_PAIRS_MAX; i++)
		memcpy(text + 2 * i, "&a", 2);
	assert_int_equal(form_parse(text + 1, 2 * FORM_PAIRS_MAX - 1, &arena, &p, &e),
	    FORM_PAIRS_MAX);
	assert_int_equal(form_parse(text, 2 * FORM_PAIRS_MAX, &arena, &p, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pairs_are_decoded, drop),
		cmocka_unit_test_teardown(broken_pairs_are_refused, drop),
		cmocka_unit_test_teardown(pairs_are_bounded, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
