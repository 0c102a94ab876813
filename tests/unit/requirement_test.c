#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/text/requirement.h"

static void
test_requirements_that_are_fine(void **state)
{
	static const char *const cases[] = {
		"", "\n\n", "# only words", "polars", " polars ", "polars # a comment", "polars\r\nrich\r\n",
		"Jinja2", "a", "zope.interface", "ruamel_yaml", "polars>=1.2", "polars >= 1.2 , < 2",
		"polars==1.*", "polars===1.2+local", "polars~=1.2", "polars!=1.3", "polars (>=1.2)",
		"polars[all]", "polars [all, plot] >=1", "polars; python_version < '3.13'",
		"polars>=1; sys_platform == \"linux\" and extra == 'x'",
		"\tpolars\t", "x-y", "torch==2.6.0.post1",
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is_project = true;

		if (requirement_check(cases[i], "python", &is_project, &e) < 0)
			fail_msg("%s: %s", cases[i], e.text);
		assert_false(is_project);
	}
}

static void
test_requirements_that_lead_elsewhere(void **state)
{
	static const char *const cases[] = {
		"-r other.txt", "  -e .", "--index-url x", "-", "--hash=sha256:x", ".", "./x", "/x", "../x",
		"~/x", "https://example.org/x.whl", "git+https://example.org/x", "x @ https://example.org/x",
		"x@file:///x", "x @ ./x", "a/b", "x\\\n==1", "x --hash=sha256:1", "x==1 --pre", "a b", "a,b",
		"==1", "x==", "x>", "x=1", "x>=1,", "x(", "x(>=1", "x[", "x[a", "x[a,]", "x[]", "x;", "x>=1;",
		"x; $(id)", "-x", "x-", "x.", "_x", "x==1 2", "x\x01", "\xc3\xa9", "x; \xc3\xa9", "x#y",
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[100];
		bool is_project;

		snprintf(text, sizeof(text), "fine\n\n%s", cases[i]);
		if (requirement_check(text, "python", &is_project, &e) == 0)
			fail_msg("%s is taken", cases[i]);
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.field, "python");
		assert_non_null(strstr(e.text, "Line 3 of python"));
	}
}

static void
test_projects(void **state)
{
	static const struct {
		const char *text;
		bool is_fine;
	} cases[] = {
		{"[project]\nname = 'x'\ndependencies = [\"polars>=1\"]\n", true},
		{"# mine\nx = 1\n[project]\n", true}, {"[dependency-groups]\ndev = []\n", true},
		{"[project.urls]\nHome = 'https://example.org'\n", true}, {"[tool.uvicorn]\n", true},
		{"[project]\n[tool.uv]\nindex-url = 'x'\n", false}, {"[tool.uv.sources]\n", false},
		{"[[tool.uv.index]]\n", false}, {"[project]\n  [ tool.uv.pip ]\n", false},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool is_project = false;
		int rc = requirement_check(cases[i].text, "python", &is_project, &e);

		if ((rc == 0) != cases[i].is_fine)
			fail_msg("%s", cases[i].text);
		assert_true(is_project);
	}
}

static void
test_sizes(void **state)
{
	static char text[REQUIREMENT_BYTES + 2];
	bool is_project;
	struct err e;

	(void)state;
	memset(text, '\n', REQUIREMENT_BYTES);
	assert_int_equal(requirement_check(text, "python", &is_project, &e), 0);
	text[REQUIREMENT_BYTES] = '\n';
	assert_int_equal(requirement_check(text, "python", &is_project, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	memset(text, 'x', REQUIREMENT_LINE_MAX + 1);
	text[REQUIREMENT_LINE_MAX + 1] = '\0';
	assert_int_equal(requirement_check(text, "python", &is_project, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requirements_that_are_fine),
		cmocka_unit_test(test_requirements_that_lead_elsewhere),
		cmocka_unit_test(test_projects),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
