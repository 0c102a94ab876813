/*
 * Bad input to the API of notebooks: each kind has its clear error, and makes nothing.
 */
#include "notebooks_kit.h"

static void
bad_input_is_named(void **state)
{
	static const struct {
		const char *path, *body;
		int status;
		const char *field;
	} cases[] = {
		{NULL, "{\"template\":\"nope\"}", 400, "template"},
		{NULL, "{\"template\":\"../../etc/passwd\"}", 400, "template"},
		{NULL, "{\"template\":5}", 400, "template"}, {NULL, "{\"title\":\"\"}", 400, "title"},
		{NULL, "{\"title\":[]}", 400, "title"}, {NULL, "{\"tier\":\"gold\"}", 400, "tier"},
		{NULL, "{\"python\":\"-r other.txt\"}", 400, "python"},
		{NULL, "{\"python\":\"polars\\n-e .\"}", 400, "python"},
		{NULL, "{\"python\":\"--index-url https://x\"}", 400, "python"},
		{NULL, "{\"python\":\"https://x/y.whl\"}", 400, "python"},
		{NULL, "{\"python\":\"x @ file:///etc\"}", 400, "python"},
		{NULL, "{\"python\":\"./x\"}", 400, "python"}, {NULL, "{\"python\":\" \"}", 400, "python"},
		{NULL, "{\"python\":\"a\\u0000b\"}", 400, NULL},
		{NULL, "{\"python\":\"[tool.uv]\\nindex-url='x'\"}", 400, "python"},
		{NULL, "{\"colour\":\"red\"}", 400, "colour"}, {NULL, "[]", 400, NULL},
		{"/rename", "{}", 400, "title"}, {"/rename", "{\"title\":\"\"}", 400, "title"},
		{"/rename", "{\"visibility\":\"secret\"}", 400, "visibility"},
		{"/rename", "{\"terminal\":\"maybe\"}", 400, "terminal"},
		{"/rename", "{\"terminal\":true}", 400, "terminal"},
		{"/hold", "{}", 400, "minutes"}, {"/hold", "{\"minutes\":-1}", 400, "minutes"},
		{"/hold", "{\"minutes\":1441}", 400, "minutes"},
		{"/hold", "{\"minutes\":\"5\"}", 400, "minutes"},
		{"/share", "{}", 400, "kind"}, {"/share", "{\"kind\":\"all\"}", 400, "kind"},
		{"/restore", "{}", 400, "snapshot"},
		{"/restore", "{\"snapshot\":\"x\"}", 404, "snapshot"},
		{"/restore", "{\"snapshot\":\"" NO_SUCH_ID "\"}", 404, "snapshot"},
		{"/forget", "{\"snapshot\":\"" NO_SUCH_ID "\"}", 404, NULL},
		{"/unshare", "{\"share\":\"" NO_SUCH_ID "\"}", 404, NULL},
		{"/run", "{}", 400, "code"}, {"/run", "{\"code\":\"\"}", 400, "code"},
		{"/run", "{\"code\":1}", 400, "code"},
		{"/run", "{\"code\":\"x\",\"timeout\":0}", 400, "timeout"},
		{"/run", "{\"code\":\"x\",\"timeout\":601}", 400, "timeout"},
		{"/sleep", "{\"x\":1}", 400, "x"}, {"/wake", "{\"x\":1}", 400, "x"},
		{"/snapshot", "{\"x\":1}", 400, "x"}, {"/snapshot", "{}", 409, NULL},
		{"/token", "{\"x\":1}", 400, "x"}, {"/delete", "{\"x\":1}", 400, "x"},
		{"/nope", "{}", 404, NULL},
	};
	int64_t before, after, awake;
	struct err e;

	(void)state;
	assert_int_equal(workspace_count(lab_db, "notebook", &before, &awake, &e), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply r = lab_post(cases[i].path ? uri(cases[i].path) :
		    "/workspaces", cases[i].body);

		if (r.status != cases[i].status)
			fail_msg("%s %s: %d %s", cases[i].path, cases[i].body, r.status, r.body);
		lab_is_error(&r, cases[i].status, cases[i].field);
	}
	assert_int_equal(workspace_count(lab_db, "notebook", &after, &awake, &e), 0);
	assert_int_equal(after, before);
}

static void
queries_are_judged(void **state)
{
	static const struct {
		const char *query, *field;
	} cases[] = {
		{"/workspaces?sort=size", "sort"}, {"/workspaces?state=tired", "state"},
		{"/workspaces?page=0", "page"}, {"/workspaces?page=x", "page"},
		{"/workspaces?nope=1", "nope"},
	};
	AUTO_REPLY struct lab_reply as = lab_get(arena_fmt(&lab_arena, "/open/%s?as=root", notebook));

	(void)state;
	lab_is_error(&as, 400, "as");
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(cases[i].query);

		lab_is_error(&r, 400, cases[i].field);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bad_input_is_named, make_one),
		cmocka_unit_test_setup(queries_are_judged, make_one),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
