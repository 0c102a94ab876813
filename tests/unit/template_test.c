/* Templates, rule by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/text/template.h"

static struct buf out;

static const char *
render(const char *text, const char *context)
{
	struct template_set *set = template_new();
	struct err e = {0};
	AUTO_JSON cJSON *c = json_parse(context, strlen(context), &e);

	buf_free(&out);
	buf_init(&out, 100000);
	assert_non_null(c);
	assert_int_equal(template_add(set, "_row", "<{{name}}>\n", 11, &e), 0);
	assert_int_equal(template_add(set, "t", text, strlen(text), &e), 0);
	assert_int_equal(template_render(set, "t", c, &out, &e), 0);
	template_free(set);
	return out.at;
}

static void
gives_each_rule(void **state)
{
	static const struct {
		const char *text, *context, *result;
	} cases[] = {
		{"", "{}", ""},
		{"plain }} { text", "{}", "plain }} { text"},
		{"[{{a}}|{{ b }}|{{c}}]", "{\"a\":\"x\",\"b\":3}", "[x|3|]"},
		{"{{a}}", "{\"a\":\"<b>&\\\"'\"}", "&lt;b&gt;&amp;&quot;&#39;"},
		{"{{{a}}}{{{ b }}}", "{\"a\":\"<b>&\\\"'\",\"b\":1}", "<b>&\"'1"},
		{"{{a.b.c}}|{{a.x.c}}|{{a.b}}", "{\"a\":{\"b\":{\"c\":5}}}", "5||"},
		{"{{n}} {{f}} {{t}} {{z}}", "{\"n\":-12,\"f\":1.5,\"t\":true,\"z\":null}", "-12 1.5 true "},
		{"{{big}}", "{\"big\":123456789012}", "123456789012"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":true}", "yes"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":false}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":\"\"}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":0}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":[]}", "no"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{\"a\":{}}", "yes"},
		{"{{#a}}yes{{/a}}{{^a}}no{{/a}}", "{}", "no"},
		{"{{#l}}{{.}},{{/l}}", "{\"l\":[1,\"<\",true]}", "1,&lt;,true,"},
		{"{{#l}}{{n}}{{m}} {{/l}}", "{\"m\":\"o\",\"l\":[{\"n\":1},{\"n\":2,\"m\":\"i\"}]}", "1o 2i "},
		{"{{#l}}[{{x}}]{{/l}}", "{\"x\":\"outer\",\"l\":[{\"x\":null},{\"x\":\"\"},{}]}",
		    "[][][outer]"},
		{"{{#o}}{{a}}{{/o}}", "{\"o\":{\"a\":\"in\"}}", "in"},
		{"{{#s}}<{{.}}>{{/s}}", "{\"s\":\"text\"}", "<text>"},
		{"{{#a}}{{#b}}{{c}}{{/b}}{{/a}}", "{\"a\":{\"b\":[{\"c\":1},{\"c\":2}]}}", "12"},
		{"{{#a.b}}x{{/a.b}}", "{\"a\":{\"b\":[1,2]}}", "xx"},
		{"a{{! a comment\nof lines }}b", "{}", "ab"},
		{"{{! first line }}\n<p>", "{}", "<p>"},
		{"a\n  {{#x}}\nb\n  {{/x}}\nc", "{\"x\":true}", "a\nb\nc"},
		{"a\n{{#x}}\r\nb\r\n{{/x}}\r\nc", "{\"x\":true}", "a\nb\r\nc"},
		{"a {{#x}}\nb{{/x}} \nc", "{\"x\":true}", "a \nb \nc"},
		{"{{x}}\n", "{\"x\":1}", "1\n"},
		{"{{#x}}{{y}}{{/x}}\n", "{\"x\":true,\"y\":2}", "2\n"},
		{"[{{>row}}]", "{\"name\":\"n\"}", "[<n>\n]"},
		{" {{>row}}\nend", "{\"name\":\"n\"}", "<n>\nend"},
		{"{{#l}}{{>row}}{{/l}}", "{\"l\":[{\"name\":\"&\"}]}", "<&amp;>\n"},
		{"{{asset:css/main.css}}|", "{}", "|"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (strcmp(render(cases[i].text, cases[i].context), cases[i].result) != 0)
			fail_msg("%s with %s gave %s", cases[i].text, cases[i].context, out.at);
	buf_free(&out);
}

static void
refuses_what_is_wrong_and_says_where(void **state)
{
	static const struct {
		const char *text, *where;
	} cases[] = {
		{"a\n{{#x}}\nb", "line 2"}, {"{{/x}}", "line 1"}, {"{{#x}}{{/y}}", "line 1"},
		{"\n\n{{x", "line 3"}, {"{{{x}}", "line 1"}, {"{{}}", "line 1"},
		{"{{a b}}", "line 1"}, {"{{#a}}{{#b}}{{/a}}{{/b}}", "line 1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct template_set *set = template_new();
		struct err e = {0};
		int rc = template_add(set, "t", cases[i].text, strlen(cases[i].text), &e);

		template_free(set);
		if (rc == 0 || !strstr(e.text, cases[i].where))
			fail_msg("%s: %s", cases[i].text, e.text);
	}
}

static void
ends_somewhere(void **state)
{
	struct template_set *set = template_new();
	AUTO_JSON cJSON *c = cJSON_CreateObject();
	struct err e = {0};
	struct buf small;

	(void)state;
	assert_int_equal(template_add(set, "_a", "x{{>a}}", 7, &e), 0);
	assert_int_equal(template_add(set, "t", "{{>a}}", 6, &e), 0);
	buf_init(&small, 1000);
	assert_int_equal(template_render(set, "t", c, &small, &e), -1);
	assert_int_equal(e.kind, ERR_INTERNAL);
	buf_reset(&small);
	assert_int_equal(template_render(set, "nope", c, &small, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	small.max = 3;
	assert_int_equal(template_add(set, "long", "12345", 5, &e), 0);
	assert_int_equal(template_render(set, "long", c, &small, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	buf_free(&small);
	template_free(set);
}

static void
the_real_ones_are_right(void **state)
{
	struct err e = {0};
	struct template_set *set = template_load("www/templates", &e);
	AUTO_JSON cJSON *c = cJSON_CreateObject();
	static const char *const pages[] = {"home", "apps", "app", "compare", "docs", "login",
	    "error", "waiting", "gone"};
	struct buf b;

	(void)state;
	if (!set)
		fail_msg("%s", e.text);
	buf_init(&b, 1u << 20);
	for (size_t i = 0; i < COUNT(pages); i++) {
		buf_reset(&b);
		assert_int_equal(template_render(set, pages[i], c, &b, &e), 0);
		if (strncasecmp(b.at, "<!doctype html>", 15) != 0)
			fail_msg("%s begins with %.30s", pages[i], b.at);
	}
	buf_free(&b);
	template_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_rule),
		cmocka_unit_test(refuses_what_is_wrong_and_says_where),
		cmocka_unit_test(ends_somewhere),
		cmocka_unit_test(the_real_ones_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
