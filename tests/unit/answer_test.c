/* Answers of models in every form, and what they make of the current source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/author/answer.h"
#include "../../runner/author/candidate.h"
#include "../../shared/base/buf.h"

#define CODE "import { useState } from 'react';\n\nexport default function LLMComponent() {\n" \
	"  return <p>hi</p>;\n}\n"

static struct arena arena;
static struct answer answer;
static struct source made;
static struct err err;

static int
clean(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int
parse(const char *text)
{
	return answer_parse(text, strlen(text), &arena, &answer, &err);
}

static struct source
source_of(const char *path, const char *text, const char *path2, const char *text2)
{
	struct source s = {.files = arena_new(&arena, 2 * sizeof(*s.files))};

	if (path)
		s.files[s.count++] = (struct source_file){path, text, strlen(text)};
	if (path2)
		s.files[s.count++] = (struct source_file){path2, text2, strlen(text2)};
	return s;
}

static int
make_on(const char *text, struct source base)
{
	if (parse(text) < 0)
		return -1;
	return candidate_make(&answer, &base, &arena, &made, &err);
}

static int
make(const char *text)
{
	return make_on(text, source_of(NULL, NULL, NULL, NULL));
}

static void
expect_entry(const char *text, const char *code, const char *summary)
{
	if (make(text) < 0)
		fail_msg("%s\n---\n%s", err.text, text);
	assert_non_null(source_find(&made, ANSWER_ENTRY));
	assert_string_equal(source_find(&made, ANSWER_ENTRY)->text, code);
	assert_string_equal(answer.summary, summary);
	for (int i = 0; i < made.count; i++)
		assert_int_equal(made.files[i].len, strlen(made.files[i].text));
}

static void
every_form_is_understood(void **state)
{
	(void)state;
	expect_entry(CODE, CODE, "");
	expect_entry("```tsx\n" CODE "```\n", CODE, "");
	expect_entry("```\n" CODE "```", CODE, "");
	expect_entry("~~~~jsx\n" CODE "~~~~\n", CODE, "");
	expect_entry("Here it is.\n\n```tsx\n" CODE "```\nEnjoy!", CODE, "Here it is.");
	expect_entry("Here it is:\n\n" CODE, CODE, "Here it is");
	expect_entry("```tsx\n" CODE, CODE, "");	/* a fence never closed */
	expect_entry("<file path=\"src/LLMComponent.tsx\">\n" CODE "</file>", CODE, "");
	expect_entry("<file path='src/LLMComponent.tsx' lines=\"9\">" CODE "</file>\n",
	    CODE, "");
	expect_entry("  <file path=\"./src/LLMComponent.tsx\">\n```tsx\n" CODE "```\n</file>", CODE,
	    "");
	expect_entry("A small app. It counts.\n<file path=\"src/LLMComponent.tsx\">\n" CODE
	    "</file>\nThat is all.", CODE, "A small app.");
	expect_entry("```\n<file path=\"src/LLMComponent.tsx\">\n" CODE "</file>\n```\n",
	    CODE, "");
	expect_entry("\xef\xbb\xbf" CODE, CODE, "");
	expect_entry("```tsx src/LLMComponent.tsx\n" CODE "```", CODE, "");
}

static void
line_ends_are_lf(void **state)
{
	(void)state;
	expect_entry("Hello there.\r\n```tsx\r\nexport default 1;\r\nx;\r\n```\r\n",
	    "export default 1;\nx;\n", "Hello there.");
	expect_entry("<file path=\"src/LLMComponent.tsx\">\rexport default 1;\r</file>\r",
	    "export default 1;\n", "");
}

static void
code_may_contain_what_ends_blocks(void **state)
{
	const char *code = "export default 1;\nconst a = \"</file>\";\nconst b = `<edit>`;\n";
	char text[400];

	(void)state;
	snprintf(text, sizeof(text), "<file path=\"src/LLMComponent.tsx\">\n%s</file>\n"
	    "<file path=\"src/b.ts\">\n%s</file>\n", code, code);
	expect_entry(text, code, "");
	assert_string_equal(source_find(&made, "src/b.ts")->text, code);
	code = "const help = `\n```\ncode\n```\n`;\nexport default help;\n";
	snprintf(text, sizeof(text), "Words.\n```tsx\n%s```\n", code);
	expect_entry(text, code, "Words.");
}

static void
several_fences(void **state)
{
	(void)state;
	expect_entry("Install nothing:\n```bash\nnpm i\n```\nand\n```tsx\n" CODE "```\n",
	    CODE, "Install nothing");
	assert_int_equal(made.count, 1);
	expect_entry("**src/parts/Title.tsx**\n```tsx\nexport const T = 1;\n```\n"
	    "src/LLMComponent.tsx:\n```tsx\n" CODE "```\n", CODE, "src/parts/Title.tsx");
	assert_string_equal(source_find(&made, "src/parts/Title.tsx")->text,
	    "export const T = 1;\n");
	expect_entry("```ts\n// src/a.ts\nexport const a = 1;\n```\n```tsx\n" CODE "```\n"
	    "Use it so:\n```tsx\n<LLMComponent />\n```\n", CODE, "Use it so");
	assert_int_equal(made.count, 2);
}

static void
words_alone_are_no_code(void **state)
{
	static const char *const words[] = {"Which colour do you want?", "",
	    "You could import your data, then export default values.",
	    "Run this:\n```bash\nls\n```\nThen tell me what you see.",
	    "```\nhello\n```\n"};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (parse(words[i]) < 0 || answer.count)
			fail_msg("%s", words[i]);
	}
	assert_int_equal(parse("Which colour? I can do blue."), 0);
	assert_string_equal(answer.summary, "Which colour?");
	assert_string_equal(answer.words, "Which colour? I can do blue.");
}

static void
summaries_are_one_plain_sentence(void **state)
{
	static const char *const pairs[][2] = {
		{"# A **tea** timer\n\nMore.", "A tea timer"},
		{"- Made the `button` [blue](http://x). And more.",
		    "Made the button blue."},
		{"Summary: Now it counts!", "Now it counts!"},
		{"Uses e.g. charts of sales. Nice.", "Uses e.g. charts of sales."},
		{"Version 2.5 is here. Bye.", "Version 2.5 is here."},
		{"One line\ngoes on here. Next.", "One line goes on here."},
		{"---\n\n> Quoted words.\n", "Quoted words."},
		{"1. First thing. 2. Second.", "First thing."},
		{"A <b>bold</b> move.", "A bold move."},
		{"snake_case stays, _this_ not.", "snake_case stays, this not."},
		{"\xe8\x8c\xb6 timer\xe2\x80\x94ready.",
		    "\xe8\x8c\xb6 timer\xe2\x80\x94ready."},
		{"", ""}, {"```\n```", ""}, {"*", ""}, {"5", "5"}, {"**", ""},
	};
	char out[ANSWER_SUMMARY_MAX * 4 + 1], text[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		answer_summarize(pairs[i][0], out, sizeof(out));
		assert_string_equal(out, pairs[i][1]);
	}
	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof(text) - 2] = '\0';
	answer_summarize(text, out, sizeof(out));
	assert_int_equal(strlen(out), 2 * ANSWER_SUMMARY_MAX);
}

static void
paths_are_below_src(void **state)
{
	static const char *const good[] = {"src/a.ts", "src/parts/B-1_x.tsx",
	    "src/a.b.css", "src/data.json", "src/i.svg", "src/R.md", "src/x.js",
	    "src/x.jsx"};
	static const char *const bad[] = {"", "a.ts", "/etc/passwd", "src/", "src/.env",
	    "src/a", "src/../a.ts", "src/a/../b.ts", "src//a.ts", "src/a b.ts",
	    "src/a.sh", "src/.ts", "../src/a.ts", "package.json", "src/a.ts/",
	    "src\\a.ts", "src/\xc3\xa9.ts", "SRC/a.ts"};
	char text[200];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(answer_path_is_good(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (answer_path_is_good(bad[i]))
			fail_msg("%s", bad[i]);
		snprintf(text, sizeof(text), "<file path=\"%s\">\nx\n</file>\n", bad[i]);
		assert_int_equal(parse(text), -1);
		assert_int_equal(err.kind, ERR_INPUT);
	}
}

static void
what_cannot_be_an_app_goes_back(void **state)
{
	AUTO_BUF struct buf text = {0};

	(void)state;
	assert_int_equal(make("<file path=\"src/a.ts\">\nx\n</file>"), -1);
	assert_non_null(strstr(err.text, "src/LLMComponent.tsx is missing"));
	assert_int_equal(make("<file path=\"src/LLMComponent.tsx\">\nexport default 1"),
	    -1);
	assert_non_null(strstr(err.text, "</file>"));
	assert_int_equal(make("<file path=\"src/LLMComponent.tsx\">\nx\n</file>\n"
	    "<file path=\"src/LLMComponent.tsx/a.ts\">\nx\n</file>"), -1);
	assert_non_null(strstr(err.text, "folder"));
	buf_init(&text, 4u << 20);
	buf_str(&text, "<file path=\"src/LLMComponent.tsx\">\nx\n</file>\n");
	for (int i = 0; i < SOURCE_FILES_MAX; i++)
		buf_fmt(&text, "<file path=\"src/f%d.ts\">\nx\n</file>\n", i);
	assert_int_equal(make(text.at), -1);
	assert_non_null(strstr(err.text, "41 files"));
	for (int i = 0; i < ANSWER_BLOCKS_MAX; i++)
		buf_fmt(&text, "<file path=\"src/g%d.ts\">\nx\n</file>\n", i);
	assert_int_equal(make(text.at), -1);
	assert_non_null(strstr(err.text, "blocks"));
	buf_reset(&text);
	buf_str(&text, "<file path=\"src/LLMComponent.tsx\">\n");
	for (unsigned i = 0; i <= SOURCE_FILE_BYTES; i++)
		buf_char(&text, 'x');
	buf_str(&text, "\n</file>");
	assert_int_equal(make(text.at), -1);
	assert_non_null(strstr(err.text, "256 KB"));
}

#define EDIT(search, replace) "<edit path=\"src/LLMComponent.tsx\">\n<<<<<<< SEARCH\n" search \
	"=======\n" replace ">>>>>>> REPLACE\n</edit>\n"

static const char *
edited(const char *source, const char *text)
{
	if (make_on(text, source_of(ANSWER_ENTRY, source, NULL, NULL)) < 0)
		return NULL;
	return source_find(&made, ANSWER_ENTRY)->text;
}

static void
edits_are_applied(void **state)
{
	const char *was = "const a = 1;\n\tconst b = 2;  \nconst c = 3;\n";

	(void)state;
	assert_string_equal(edited(was, EDIT("const a = 1;\n", "const a = 7;\n")),
	    "const a = 7;\n\tconst b = 2;  \nconst c = 3;\n");
	assert_string_equal(answer.summary, "");
	assert_string_equal(edited(was, "Now without b.\n" EDIT("\tconst b = 2;  \n",
	    "")), "const a = 1;\nconst c = 3;\n");
	assert_string_equal(answer.summary, "Now without b.");
	/* Space at the ends, then indentation, may differ. */
	assert_string_equal(edited(was, EDIT("\tconst b = 2;\n", "b\n")),
	    "const a = 1;\nb\nconst c = 3;\n");
	assert_string_equal(edited(was, EDIT("  const b = 2;\nconst c = 3;\n", "b\n")),
	    "const a = 1;\nb\n");
	/* Several parts, one after the other, and in a fence. */
	assert_string_equal(edited(was, "<edit path=\"src/LLMComponent.tsx\">\n```\n"
	    "<<<<<<< SEARCH\nconst a = 1;\n=======\nconst a = 2;\n>>>>>>> REPLACE\n"
	    "<<<<<<< SEARCH\nconst a = 2;\n=======\nconst a = 3;\n>>>>>>> REPLACE\n```\n</edit>"),
	    "const a = 3;\n\tconst b = 2;  \nconst c = 3;\n");
	/* Without a tag they are for the entry. */
	assert_string_equal(edited(was, "Changed.\n<<<<<<< SEARCH\nconst c = 3;\n=======\n"
	    "c\n>>>>>>> REPLACE\n"), "const a = 1;\n\tconst b = 2;  \nc\n");
	assert_string_equal(edited(was, "Changed.\n```tsx\n<<<<<<< SEARCH\nconst c = 3;\n"
	    "=======\nc\n>>>>>>> REPLACE\n```\n"), "const a = 1;\n\tconst b = 2;  \nc\n");
	/* An empty SEARCH makes a new file. */
	assert_non_null(edited(was, "<edit path=\"src/n.ts\">\n<<<<<<< SEARCH\n=======\nnew\n"
	    ">>>>>>> REPLACE\n</edit>"));
	assert_string_equal(source_find(&made, "src/n.ts")->text, "new\n");
}

static void
edits_that_do_not_fit_go_back(void **state)
{
	const char *was = "one;\ntwo;\ntwo;\n";

	(void)state;
	assert_null(edited(was, EDIT("three;\n", "x\n")));
	assert_non_null(strstr(err.text, "does not stand in the file"));
	assert_non_null(strstr(err.text, "three;"));
	assert_null(edited(was, EDIT("two;\n", "x\n")));
	assert_non_null(strstr(err.text, "more than once"));
	assert_null(edited(was, EDIT("  two;\n", "x\n")));
	assert_null(edited(was, EDIT("", "x\n")));
	assert_non_null(strstr(err.text, "empty"));
	assert_null(edited(was, "<edit path=\"src/LLMComponent.tsx\">\nnothing\n</edit>"));
	assert_null(edited(was, "<edit path=\"src/LLMComponent.tsx\">\n<<<<<<< SEARCH\none;\n"
	    "=======\nx\n</edit>"));
	assert_non_null(strstr(err.text, "not complete"));
	assert_null(edited(was, "<edit path=\"src/none.ts\">\n<<<<<<< SEARCH\none;\n=======\nx\n"
	    ">>>>>>> REPLACE\n</edit>"));
	/* Nothing of the source was touched by any of them. */
	assert_string_equal(was, "one;\ntwo;\ntwo;\n");
}

static void
the_rest_of_the_source_stays(void **state)
{
	struct source base = source_of(ANSWER_ENTRY, "old\n", "src/keep.ts", "kept\n");

	(void)state;
	assert_return_code(make_on("<file path=\"src/LLMComponent.tsx\">\nnew\n</file>\n"
	    "<file path=\"src/main.tsx\">\nmine\n</file>", base), 0);
	assert_int_equal(made.count, 2);
	assert_string_equal(made.files[0].path, ANSWER_ENTRY);
	assert_string_equal(made.files[1].text, "kept\n");
	/* An empty file takes it away. */
	assert_return_code(make_on("<file path=\"src/keep.ts\">\n</file>", base), 0);
	assert_int_equal(made.count, 1);
	assert_string_equal(made.files[0].text, "old\n");
}

static void
orphans_go_where_room_is_needed(void **state)
{
	AUTO_BUF struct buf text = {0};
	struct source base = {.files = arena_new(&arena, 40 * sizeof(*base.files))};
	struct source_file *f = base.files;

	(void)state;
	f[base.count++] = (struct source_file){ANSWER_ENTRY, "import './parts/used';\n",
	    23};
	f[base.count++] = (struct source_file){"src/parts/used/index.ts",
	    "import '../deep.ts'\n", 20};
	f[base.count++] = (struct source_file){"src/parts/deep.ts", "x\n", 2};
	f[base.count++] = (struct source_file){"src/parts/lost.ts", "import './lost2'\n",
	    17};
	f[base.count++] = (struct source_file){"src/parts/lost2.ts", "import './lost'\n",
	    16};
	buf_init(&text, 1u << 20);
	for (int i = 0; i < 37; i++)
		buf_fmt(&text, "<file path=\"src/new%d.ts\">\nx\n</file>\n", i);
	assert_return_code(make_on(text.at, base), 0);
	assert_int_equal(made.count, 40);
	assert_non_null(source_find(&made, "src/parts/used/index.ts"));
	assert_non_null(source_find(&made, "src/parts/deep.ts"));
	assert_null(source_find(&made, "src/parts/lost.ts"));
	assert_null(source_find(&made, "src/parts/lost2.ts"));
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_form_is_understood),
		TEST(line_ends_are_lf),
		TEST(code_may_contain_what_ends_blocks),
		TEST(several_fences),
		TEST(words_alone_are_no_code),
		TEST(summaries_are_one_plain_sentence),
		TEST(paths_are_below_src),
		TEST(what_cannot_be_an_app_goes_back),
		TEST(edits_are_applied),
		TEST(edits_that_do_not_fit_go_back),
		TEST(the_rest_of_the_source_stays),
		TEST(orphans_go_where_room_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
