/* multipart/form-data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/text/multipart.h"

#define TYPE "multipart/form-data; boundary=xYz"

static struct arena arena;

static int
drop(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int
parse(const char *type, const char *body, struct multipart_part **p)
{
	struct err e = {0};
	int n = multipart_parse(type, body, strlen(body), &arena, p, &e);

	if (n < 0)
		assert_true(e.kind == ERR_INPUT && strlen(e.text) > 10);
	return n;
}

static void
parts_are_found(void **state)
{
	static const char body[] = "--xYz\r\n"
	    "content-disposition: form-data; name=\"a b\"\r\n\r\nline\r\n--xY\r\nmore\r\n"
	    "--xYz \t\r\nContent-Type: image/png\r\n"
	    "Content-Disposition: form-data; filename=\"c;d.png\"; name=pic\r\n\r\n\r\n"
	    "--xYz\r\nContent-Disposition: form-data; name=\"e\"; filename=\"\"\r\n\r\n-\r\n"
	    "--xYz--  \r\n";
	struct multipart_part *p;

	(void)state;
	assert_int_equal(parse(TYPE, body, &p), 3);
	assert_string_equal(p[0].name, "a b");
	assert_null(p[0].file_name);
	assert_int_equal(p[0].len, 16);
	assert_memory_equal(p[0].bytes, "line\r\n--xY\r\nmore", 16);
	assert_string_equal(p[1].name, "pic");
	assert_string_equal(p[1].file_name, "c;d.png");
	assert_string_equal(p[1].type, "image/png");
	assert_int_equal(p[1].len, 0);
	assert_string_equal(p[2].file_name, "");
	assert_string_equal(p[2].type, "");
	assert_int_equal(parse("multipart/form-data; charset=utf-8; BOUNDARY=\"a b\"",
	    "--a b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--a b--", &p), 1);
	assert_int_equal(parse(TYPE, "--xYz--", &p), 0);
}

static void
malformed_bodies_are_refused(void **state)
{
	static const char *const bad[] = {
	    "", "--xYz", "--xYz\r\n", "\r\n--xYz--", "x--xYz--", "--xYzz--", "--xYz-- x",
	    "--xYz\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--xYz--",
	    "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
	    "--xYz\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--xYz",
	    "--xYz\r\nContent-Disposition: form-data; name=a\r\nx\r\n--xYz--",
	    "--xYz\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--xYz--",
	    "--xYz\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--xYz--",
	    "--xYz\r\nContent-Disposition: form-data; name=\xff\r\n\r\nx\r\n--xYz--",
	    "--xYz\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--xYz--",
	    "--xYz\r\n\r\nx\r\n--xYz--",
	};
	struct multipart_part *p;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (parse(TYPE, bad[i], &p) >= 0)
			fail_msg("taken: %s", bad[i]);
}

static void
odd_boundaries_are_refused(void **state)
{
	static const char good[] = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--";
	struct multipart_part *p;

	(void)state;
	assert_int_equal(parse("multipart/form-data; boundary=b", good, &p), 1);
	assert_int_equal(parse("multipart/form-data", good, &p), -1);
	assert_int_equal(parse("multipart/form-data; boundary=", good, &p), -1);
	assert_int_equal(parse("multipart/form-data; boundary=\"\"", good, &p), -1);
	assert_int_equal(parse("multipart/form-data; boundary=\"b", good, &p), -1);
	assert_int_equal(parse(arena_fmt(&arena, "multipart/form-data; boundary=%071d", 1), good,
	    &p), -1);
}

static void
parts_and_heads_are_bounded(void **state)
{
	static const char part[] = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
	char *body = arena_new(&arena, sizeof(part) * 80);
	struct multipart_part *p;

	(void)state;
	for (int i = 0; i < MULTIPART_PARTS_MAX; i++)
		strcat(body, part);
	assert_int_equal(parse("x; boundary=b", arena_fmt(&arena, "%s--b--", body), &p),
	    MULTIPART_PARTS_MAX);
	assert_int_equal(parse("x; boundary=b", arena_fmt(&arena, "%s%s--b--", body, part), &p),
	    -1);
	assert_int_equal(parse("x; boundary=b", arena_fmt(&arena, "--b\r\nX: %05000d\r\n"
	    "Content-Disposition: form-data; name=a\r\n\r\n\r\n--b--", 1), &p), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(parts_are_found, drop),
		cmocka_unit_test_teardown(malformed_bodies_are_refused, drop),
		cmocka_unit_test_teardown(odd_boundaries_are_refused, drop),
		cmocka_unit_test_teardown(parts_and_heads_are_bounded, drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
