/* Strict JSON in, valid JSON out; UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/text/json.h"
#include "../../shared/text/utf8.h"

#define LITERAL(s) s, sizeof(s) - 1

static bool
is_taken(const char *text, size_t n)
{
	struct err e = {0};
	cJSON *j = json_parse(text, n, &e);

	if (!j) {
		assert_int_equal(e.kind, ERR_INPUT);
		assert_true(strlen(e.text) > 10);
	}
	cJSON_Delete(j);
	return j != NULL;
}

static void
takes_what_is_json(void **state)
{
	static const char *const good[] = {"{}", " [ ] ", "null", "\"\"", "-0.5e+3", "0", "[1,2]",
	    "{\"a\":{\"b\":[true,false,null]}}", "\"\\ud83d\\ude00 \\u0041 \\/\\b\\f\\n\\r\\t\"",
	    "\"\xf0\x9f\x98\x80\xc3\xa9\x7f\"", "\t{\"a\"\r\n:1}\n", "{\"a\":1,\"A\":2}"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!is_taken(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void
refuses_the_rest(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} bad[] = {
		{LITERAL("")}, {LITERAL(" ")}, {LITERAL("{")}, {LITERAL("[1")}, {LITERAL("[1,]")},
		{LITERAL("{\"a\":1,}")}, {LITERAL("{\"a\"}")}, {LITERAL("{a:1}")}, {LITERAL("01")},
		{LITERAL("-")}, {LITERAL("1.")}, {LITERAL(".5")}, {LITERAL("1e")}, {LITERAL("+1")},
		{LITERAL("0x1")}, {LITERAL("tru")}, {LITERAL("truely")}, {LITERAL("nul")},
		{LITERAL("NaN")}, {LITERAL("Infinity")}, {LITERAL("1 2")}, {LITERAL("{} {}")},
		{LITERAL("\"a")}, {LITERAL("\"\\\"")}, {LITERAL("\"\\a\"")}, {LITERAL("\"\\u12\"")},
		{LITERAL("\"\\u12g4\"")}, {LITERAL("\"\\u0000\"")}, {LITERAL("\"\\ud800\"")},
		{LITERAL("\"\\ud800\\u0041\"")}, {LITERAL("\"\\udc00\"")}, {LITERAL("\"a\0b\"")},
		{LITERAL("\"a\nb\"")}, {LITERAL("\"\x80\"")}, {LITERAL("\"\xc0\x80\"")},
		{LITERAL("\"\xe0\x80\x80\"")}, {LITERAL("\"\xed\xa0\x80\"")},
		{LITERAL("\"\xf5\x80\x80\x80\"")}, {LITERAL("\"\xe2\x82\"")},
		{LITERAL("{\"a\":1}\0")}, {LITERAL("\xef\xbb\xbf{}")}, {LITERAL("[1]]")},
		{LITERAL("/**/1")}, {LITERAL("{\"a\":1,\"a\":2}")}, {LITERAL("{\"a\":1,\"\\u0061\":2}")},
		{LITERAL("[[{\"x\":{\"k\":1,\"l\":2,\"k\":3}}]]")}, {LITERAL("'a'")},
		{LITERAL("1234567890123456789012345678901234567890123456789012345678901234")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (is_taken(bad[i].text, bad[i].n))
			fail_msg("taken: %s", bad[i].text);
}

static void
names_what_is_repeated(void **state)
{
	struct err e;

	(void)state;
	assert_null(json_parse(LITERAL("{\"a\":{\"deep\":1,\"deep\":1}}"), &e));
	assert_string_equal(e.field, "deep");
}

static void
depth_and_counts_are_bounded(void **state)
{
	static char text[200000];
	size_t n;

	(void)state;
	for (int depth = 31; depth <= 34; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		assert_int_equal(is_taken(text, 2 * (size_t)depth), depth <= JSON_DEPTH);
	}
	for (int keys = JSON_KEYS; keys <= JSON_KEYS + 1; keys++) {
		n = (size_t)sprintf(text, "{\"k0\":0");
		for (int i = 1; i < keys; i++)
			n += (size_t)sprintf(text + n, ",\"k%d\":0", i);
		text[n++] = '}';
		assert_int_equal(is_taken(text, n), keys <= JSON_KEYS);
	}
	for (int values = JSON_VALUES; values <= JSON_VALUES + 1; values++) {
		/* The list is a value, too. */
		memset(text, '0', 2 * (size_t)values);
		for (int i = 0; i < values; i++)
			text[2 * i] = i ? ',' : '[';
		n = 2 * (size_t)(values - 1) + 1;
		text[0] = '[';
		text[n - 1] = ']';
		assert_int_equal(is_taken(text, n), values <= JSON_VALUES);
	}
}

static void
members_are_found_exactly(void **state)
{
	struct err e;
	AUTO_JSON cJSON *j = json_parse(LITERAL("{\"n\":7,\"t\":\"x\",\"b\":true,\"f\":1.5,"
	    "\"big\":9007199254740993,\"neg\":-3,\"T\":1}"), &e);

	(void)state;
	assert_non_null(j);
	assert_int_equal(json_get_int(j, "n", 0), 7);
	assert_int_equal(json_get_int(j, "neg", 0), -3);
	assert_int_equal(json_get_int(j, "N", -1), -1);
	assert_int_equal(json_get_int(j, "f", -1), -1);
	assert_int_equal(json_get_int(j, "t", -1), -1);
	assert_int_equal(json_get_int(json_get(j, "t"), "n", -1), -1);
	assert_string_equal(json_get_text(j, "t"), "x");
	assert_null(json_get_text(j, "n"));
	assert_true(json_get_bool(j, "b"));
	assert_false(json_get_bool(j, "n"));
	assert_null(json_get(NULL, "x"));
}

static void
writes_with_its_commas(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 10000);
	json_open(&b, '{');
	json_put_text(&b, "a", "x\"\\\n\t\r\x01/é");
	json_put_int(&b, "n", INT64_MIN);
	json_put_bool(&b, "yes", true);
	json_put_text(&b, "none", NULL);
	json_key(&b, "list");
	json_open(&b, '[');
	json_text(&b, "{");
	json_int(&b, 0);
	json_open(&b, '{');
	json_close(&b, '}');
	json_open(&b, '[');
	json_close(&b, ']');
	json_raw(&b, "{\"r\":1}");
	json_close(&b, ']');
	json_put_text(&b, ",", ":");
	json_put_text(&b, "end", "[");
	json_close(&b, '}');
	assert_string_equal(b.at, "{\"a\":\"x\\\"\\\\\\n\\t\\r\\u0001/é\",\"n\":-9223372036854775808,"
	    "\"yes\":true,\"none\":null,\"list\":[\"{\",0,{},[],{\"r\":1}],\",\":\":\",\"end\":\"[\"}");
	cJSON *j = json_parse(b.at, b.len, &e);

	assert_non_null(j);
	assert_string_equal(json_get_text(j, "a"), "x\"\\\n\t\r\x01/é");
	cJSON_Delete(j);
	buf_free(&b);
}

static void
broken_text_is_mended(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_textn(&b, LITERAL("a\xff" "b\xe2\x82"));
	assert_string_equal(b.at, "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_free(&b);
}

static void
utf8_counts_and_cuts(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("aé茶😀"), 4);
	assert_int_equal(utf8_bytes("aé茶😀", 0), 0);
	assert_int_equal(utf8_bytes("aé茶😀", 2), 3);
	assert_int_equal(utf8_bytes("aé茶😀", 3), 6);
	assert_int_equal(utf8_bytes("aé茶😀", 9), 10);
	assert_true(utf8_is_text(LITERAL("aé茶😀")));
	assert_false(utf8_is_text(LITERAL("a\0")));
	assert_false(utf8_is_text(LITERAL("\xf0\x80\x80\x80")));
	assert_false(utf8_is_text(LITERAL("\xf4\x90\x80\x80")));
	assert_false(utf8_is_text(LITERAL("\xc3")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_json),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(names_what_is_repeated),
		cmocka_unit_test(depth_and_counts_are_bounded),
		cmocka_unit_test(members_are_found_exactly),
		cmocka_unit_test(writes_with_its_commas),
		cmocka_unit_test(broken_text_is_mended),
		cmocka_unit_test(utf8_counts_and_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
