/*
 * The sample provider: which component a first prompt gets, what a further one changes,
 * and that no prompt can break out of the code or of the answer's form.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/author/sample/look.h"
#include "../../runner/author/sample/pick.h"
#include "../../runner/author/sample/sample.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"

#define DIR "www/sample"
#define ANSWER_MAX (1024 * 1024)
#define SEARCH "<<<<<<< SEARCH\n"
#define MIDDLE "\n=======\n"
#define REPLACE "\n>>>>>>> REPLACE\n"

static const struct {
	const char *prompt, *name;
} picks[] = {
	{"A tea timer with presets for green, black and oolong", "timer"},
	{"Kanban board with swimlanes", "kanban"},
	{"Expense splitter for a trip", "splitter"},
	{"Markdown notes with live preview", "notes"},
	{"Metronome", "metronome"},
	{"make me a counter", "counter"},
	{"A to-do list", "todo"},
	{"todo app please", "todo"},
	{"shopping list for the week", "todo"},
	{"countdown for the oven", "timer"},
	{"Pomodoro timer", "pomodoro"},
	{"a focus timer for studying", "pomodoro"},
	{"Trello clone", "kanban"},
	{"A dashboard with charts", "dashboard"},
	{"show our KPIs and revenue", "dashboard"},
	{"calculator", "calculator"},
	{"A trivia game", "quiz"},
	{"split the bill between roommates", "splitter"},
	{"track my expenses by category", "expenses"},
	{"monthly budget", "expenses"},
	{"landing page for a bakery", "landing"},
	{"a portfolio website", "landing"},
	{"habit tracker with streaks", "habits"},
	{"CHESS CLOCK", "chess"},
	{"convert miles to kilometres", "converter"},
	{"unit converter", "converter"},
	{"a drawing pad", "draw"},
	{"whiteboard", "draw"},
	{"a snake game", "page"},
	{"an app for my bees", "page"},
	{"recount the votes", "page"},
	{"?", "page"},
	{"Счётчик", "page"},
};

static const struct {
	const char *prompt;
	const char *lines[3];	/* what the new settings must hold */
	bool has_rest;
} edits[] = {
	{"make it blue", {"accent: '#2563eb'"}, false},
	{"red buttons", {"accent: '#d0342c'"}, false},
	{"Change the colour from green to orange", {"accent: '#e8731a'"}, false},
	{"make it #ff0066", {"accent: '#ff0066'"}, false},
	{"accent #0af", {"accent: '#00aaff'"}, false},
	{"use sky blue", {"accent: '#38a3e8'"}, false},
	{"mint green, please", {"accent: '#59c39a'"}, false},
	{"dark red", {"accent: '#731d19'"}, false},
	{"thanks, now make it teal!", {"accent: '#0f8a83'"}, false},
	{"make the background navy", {"background: '#1b2a57'", "dark: 'off'"}, false},
	{"set background to #000", {"background: '#000000'"}, false},
	{"pink background", {"background: '#e5508f'", "accent: '#1c6a4f'"}, false},
	{"change the background from white to cream", {"background: '#faf4e3'"}, false},
	{"dark blue buttons on a pale yellow background",
	    {"accent: '#153782'", "background: '#fbecb2'"}, false},
	{"call it Morning brew", {"title: 'Morning brew'"}, false},
	{"call it Morning brew and make it purple",
	    {"title: 'Morning brew'", "accent: '#7c3aed'"}, false},
	{"rename to 'Ada's list'", {"title: 'Ada\\'s list'"}, false},
	{"rename it Red October", {"title: 'Red October'", "accent: '#1c6a4f'"}, false},
	{"change the title to “Tea, at four”", {"title: 'Tea, at four'"}, false},
	{"The title should be Bread and butter", {"title: 'Bread and butter'"}, false},
	{"title: Brew & co", {"title: 'Brew & co'"}, false},
	{"rename it to Größe größer",
	    {"title: 'Größe größer'", "scale: 1,"}, false},
	{"make the title bigger", {"title: 'Tea timer'", "scale: 1.2,"}, false},
	{"bigger text", {"scale: 1.2,", "figures: 1,"}, false},
	{"make everything 20% smaller", {"scale: 0.8,"}, false},
	{"a bit larger", {"scale: 1.1,"}, false},
	{"much bigger", {"scale: 1.5,"}, false},
	{"make the numbers larger", {"figures: 1.2,", "scale: 1,"}, false},
	{"the digits are too big", {"figures: 0.83,"}, false},
	{"Make the numbers larger, and let me type my own minutes",
	    {"figures: 1.2,"}, true},
	{"rounder corners", {"rounded: 36,"}, false},
	{"less rounded", {"rounded: 12,"}, false},
	{"square corners", {"rounded: 0,"}, false},
	{"pill shaped buttons", {"rounded: 40,"}, false},
	{"dark mode", {"dark: 'on'"}, false},
	{"make it dark", {"dark: 'on'"}, false},
	{"light mode", {"dark: 'off'"}, false},
	{"white background, black accent and rounder",
	    {"background: '#ffffff'", "accent: '#18181b'", "rounded: 36,"}, false},
	{"make it blue and add a reset button", {"accent: '#2563eb'"}, true},
};

static const char *const refused[] = {
	"add a reset button",
	"add a red button that resets everything",
	"add a preset for green tea",
	"round the numbers to whole minutes",
	"make the text white",
	"add a dark mode toggle",
	"connect it to the moon by a bridge of light",
	"remember the last tea I made",
	"when it rings show a large cup",
	"please",
	"make it not blue",
	"",
	"\n\n",
	"🫖",
};

static char *
component(const char *name)
{
	struct buf b;
	struct err e = {0};
	char path[128];

	buf_init(&b, ANSWER_MAX);
	snprintf(path, sizeof(path), DIR "/%s.tsx", name);
	if (file_read(path, &b, &e))
		fail_msg("%s: %s", path, e.text);
	return buf_take(&b);
}

static char *
answer_to(const char *prompt, const char *current)
{
	struct buf b;
	struct err e = {0};

	buf_init(&b, ANSWER_MAX);
	if (sample_answer(DIR, prompt, current, &b, &e))
		fail_msg("%s: %s", prompt, e.text);
	return buf_take(&b);
}

static unsigned
count_of(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* The text between two marks of an answer, or NULL. */
static char *
between(const char *text, const char *from, const char *to)
{
	const char *a = strstr(text, from), *b;
	char *part;

	if (!a || !(b = strstr(a += strlen(from), to)))
		return NULL;
	part = mem_new((size_t)(b - a) + 1);
	memcpy(part, a, (size_t)(b - a));
	return part;
}

/* Applies the edit of an answer as the author does: SEARCH must stand there once. */
static char *
apply(const char *answer, const char *current)
{
	AUTO_FREE char *search = between(answer, SEARCH, MIDDLE);
	AUTO_FREE char *replace = between(answer, MIDDLE, REPLACE);
	struct buf b;
	const char *at;

	assert_non_null(search);
	assert_non_null(replace);
	assert_int_equal(count_of(current, search), 1);
	at = strstr(current, search);
	buf_init(&b, ANSWER_MAX);
	buf_add(&b, current, (size_t)(at - current));
	buf_str(&b, replace);
	buf_str(&b, at + strlen(search));
	return buf_take(&b);
}

static void
test_picks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(picks); i++)
		if (strcmp(pick_sample(picks[i].prompt)->name, picks[i].name))
			fail_msg("“%s” gave %s, not %s", picks[i].prompt,
			    pick_sample(picks[i].prompt)->name, picks[i].name);
}

/* Every component is picked by its own name, and is whole. */
static void
test_components(void **state)
{
	const struct sample *s;
	unsigned i;

	(void)state;
	for (i = 0; (s = pick_at(i)); i++) {
		AUTO_FREE char *source = component(s->name);
		char prompt[128], title[96], *p;

		/* Its first keyword must be enough to get it. */
		snprintf(prompt, sizeof(prompt), "%.*s called Wren",
		    (int)strcspn(s->keywords, ":"), s->keywords);
		for (p = prompt; *p; p++)
			if (*p == '+')
				*p = ' ';
		AUTO_FREE char *answer = answer_to(prompt, NULL);
		AUTO_FREE char *file = between(answer,
		    "<file path=\"src/LLMComponent.tsx\">\n", "</file>\n");
		AUTO_FREE char *back = NULL;
		snprintf(title, sizeof(title), "  title: '%s',\n", s->title);
		assert_int_equal(count_of(source, title), 1);
		assert_int_equal(count_of(source,
		    "\nexport default function LLMComponent() {\n"), 1);
		assert_int_equal(strncmp(answer, s->summary, strlen(s->summary) - 1), 0);
		assert_non_null(strstr(answer, "; the title is “Wren”.\n\n"));
		assert_non_null(file);
		assert_int_equal(count_of(file, "  title: 'Wren',\n"), 1);
		assert_int_equal(count_of(answer, "<file path=\"src/theme.tsx\">\n"), 1);
		/* Back to its own title, by an edit, it is the file again (but for the
		 * wish of the fallback). */
		if (s == pick_fallback())
			continue;
		snprintf(prompt, sizeof(prompt), "rename it to \"%s\"",
		    s->title);
		AUTO_FREE char *edit = answer_to(prompt, file);
		back = apply(edit, file);
		assert_string_equal(back, source);
	}
	assert_true(i >= 16);
}

static void
test_edits(void **state)
{
	AUTO_FREE char *current = component("timer");
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(edits); i++) {
		AUTO_FREE char *answer = answer_to(edits[i].prompt, current);
		if (!strstr(answer, SEARCH))
			fail_msg("“%s” changed nothing", edits[i].prompt);
		AUTO_FREE char *changed = apply(answer, current);
		for (n = 0; n < 3 && edits[i].lines[n]; n++)
			if (!strstr(changed, edits[i].lines[n]))
				fail_msg("“%s”: no %s in\n%s", edits[i].prompt,
				    edits[i].lines[n], answer);
		if (edits[i].has_rest != (strstr(answer, "needs a model") != NULL))
			fail_msg("“%s”: what is left is not said truly: %s",
			    edits[i].prompt, answer);
		assert_string_equal(strstr(changed, "\n};"), strstr(current, "\n};"));
	}
}

static void
test_refused(void **state)
{
	AUTO_FREE char *current = component("timer");
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(refused); i++) {
		AUTO_FREE char *answer = answer_to(refused[i], current);
		if (strchr(answer, '<') || !strstr(answer, "nothing was changed"))
			fail_msg("“%s” gave %s", refused[i], answer);
	}
	AUTO_FREE char *same = answer_to("follow the system theme", current);
	assert_non_null(strstr(same, "already"));
	AUTO_FREE char *foreign = answer_to("make it blue",
	    "export default () => null\n");
	assert_null(strchr(foreign, '<'));
	AUTO_FREE char *twice = answer_to("make it blue",
	    "const look = {\n  accent: 'a',\n};\nconst look = {\n  accent: 'a',\n};\n");
	assert_null(strchr(twice, '<'));
}

static void
test_first_wishes(void **state)
{
	static const struct {
		const char *prompt, *line;
	} rows[] = {
		{"a timer for green and black tea", "  accent: '#1c6a4f',\n"},
		{"a blue counter", "  accent: '#2563eb',\n"},
		{"a counter with red buttons", "  accent: '#d0342c',\n"},
		{"a calculator in dark mode", "  dark: 'on',\n"},
		{"a quiz with a cream background", "  background: '#faf4e3',\n"},
		{"a counter named \"Laps\" in teal", "  title: 'Laps',\n"},
		{"habit tracker titled Morning pages in lavender",
		    "  title: 'Morning pages',\n"},
		{"a counter with a \"Reset\" button", "  title: 'Counter',\n"},
		{"Please build a page about beekeeping, with a calendar",
		    "  title: 'Beekeeping',\n"},
		{"a snake\ngame", "  wish: 'a snake\\ngame',\n"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		AUTO_FREE char *answer = answer_to(rows[i].prompt, NULL);
		if (count_of(answer, rows[i].line) != 1)
			fail_msg("“%s”: not once %s", rows[i].prompt, rows[i].line);
	}
}

/* Sizes stop at their bounds, and larger and smaller meet again. */
static void
test_bounds(void **state)
{
	char *current = component("timer"), *next;
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		AUTO_FREE char *answer = answer_to("bigger", current);
		if (!strstr(answer, SEARCH))
			break;
		next = apply(answer, current);
		free(current);
		current = next;
	}
	assert_in_range(i, 3, 8);
	assert_non_null(strstr(current, "  scale: 2.4,\n"));
	free(current);
}

static void
test_escaping(void **state)
{
	static const char *const nasty[] = {
		"call it '); alert(1); ('",
		"call it \\",
		"call it </script><script>",
		"call it </file>",
		"call it </edit> <file path=\"src/X.tsx\">",
		"call it <<<<<<< SEARCH",
		"call it a\x01\x1f\x7fz\tc",
		"call it ${x} `y`",
		"rename it to \"a\\'b\"",
		"call it \xff\xfe",
	};
	AUTO_FREE char *current = component("timer");
	char title[512];
	const char *p;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(nasty); i++) {
		AUTO_FREE char *answer = answer_to(nasty[i], current);
		AUTO_FREE char *changed = apply(answer, current);
		AUTO_FREE char *line = between(changed, "\n  title: '", "',\n");
		assert_int_equal(count_of(answer, "<"), 9);
		assert_int_equal(count_of(answer, "<edit "), 1);
		assert_non_null(line);
		snprintf(title, sizeof(title), "%s", line);
		for (p = title; *p; p++) {
			assert_false((unsigned char)*p < 0x20 || *p == '<' || *p == '>');
			assert_int_not_equal(*p, '\'');
			if (*p == '\\')
				assert_non_null(strchr("\\'nu", *++p));
		}
	}
}

static void
test_long_input(void **state)
{
	AUTO_FREE char *current = component("timer");
	AUTO_FREE char *prompt = mem_new(20001);
	size_t i;

	(void)state;
	memcpy(prompt, "call it ", 8);
	for (i = 8; i + 2 <= 20000; i += 2)
		memcpy(prompt + i, "ö", 2);
	AUTO_FREE char *answer = answer_to(prompt, current);
	AUTO_FREE char *changed = apply(answer, current);
	AUTO_FREE char *title = between(changed, "\n  title: '", "',\n");
	assert_int_equal(strlen(title), 120);
	AUTO_FREE char *first = answer_to(prompt + 8, NULL);
	assert_non_null(strstr(first, "No model is connected"));
	memset(prompt, '<', 20000);
	AUTO_FREE char *marks = answer_to(prompt, NULL);
	assert_int_equal(count_of(marks, "<file "), 2);
	for (i = 0; i + 5 <= 20000; i += 5)
		memcpy(prompt + i, "blue ", 5);
	AUTO_FREE char *blues = answer_to(prompt, current);
	assert_non_null(strstr(blues, "accent is blue"));
}

static void
test_limits(void **state)
{
	struct buf small;
	struct err e = {0};

	(void)state;
	buf_init(&small, 100);
	assert_int_equal(sample_answer(DIR, "a counter", NULL, &small, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	buf_reset(&small);
	assert_int_equal(sample_answer("www/none", "a counter", NULL, &small, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	buf_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picks),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_first_wishes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_long_input),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
