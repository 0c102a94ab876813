/* author as a whole: what it makes of every kind of answer and of trouble. */
#include "author_kit.h"

static void
sample_gives_a_component_and_changes_it(void **state)
{
	const char *w = new_workspace();
	struct job j;

	(void)state;
	start_author("sample");
	j = wait_done(ask_job(w, "a tea timer"));
	assert_string_equal(j.state, "judging");
	assert_string_equal(j.model, "sample");
	assert_true(strlen(j.summary) > 10);
	assert_non_null(strstr(candidate_text(j.id, ENTRY), "export default"));
	assert_non_null(strstr(progress_text(j.id), "event: token"));
	accept_job(j.id);
	j = wait_done(ask_job(w, "make it blue"));
	assert_string_equal(j.state, "judging");
	assert_non_null(strstr(progress_text(j.id), "read version 1"));
	accept_job(j.id);
	j = wait_done(ask_job(w, "please compose a symphony"));
	assert_string_equal(j.state, "failed");
	assert_string_equal(j.error_kind, "answer");
	stop_author(SIGTERM);
}

static void
good_answers(void)
{
	static const char *const words[] = {"[[reply:bare]]", "[[reply:fence]]",
	    "[[reply:files]]", "[[reply:two]]", "[[reply:edit]]", "[[thinking]]",
	    "[[ping]]", "[[crlf]]", "[[cr]]", "[[unknown-events]]", "[[split-utf8]]",
	    "[[huge-line:200000]]", "[[lines:3000]]", "[[many-files:40]]",
	    "[[429:retry-after=1]]", "[[529:once]]", "[[500:once]]",
	    "[[thinking]] [[ping]] [[crlf]] [[split-utf8]] [[reply:fence]]"};
	char prompt[200], what[60];

	for (size_t i = 0; i < COUNT(words); i++) {
		snprintf(prompt, sizeof(prompt), "%s [[text:Good%zu]]", words[i], i);
		snprintf(what, sizeof(what), "const label = \"Good%zu%s", i,
		    strstr(words[i], "split") ? " – naïve 茶 ☕ 🍵" : "");
		expect_good(prompt, what);
	}
}

static void
bad_answers(void)
{
	expect_bad("[[401]]", "upstream", "key");
	expect_bad("[[403]]", "upstream", "model");
	expect_bad("[[404]]", "upstream", "no model");
	expect_bad("[[413]]", "upstream", "too large");
	expect_bad("[[spend-limit]]", "quota", "limit");
	expect_bad("[[429:always,retry-after=90]]", "quota", "requests");
	expect_bad("[[529]] [[no-retry]]", "busy", "overloaded");
	expect_bad("[[refusal]]", "answer", "I cannot help");
	expect_bad("[[max-tokens]]", "upstream", "cut off");
	expect_bad("[[tool-use]]", "upstream", "stopped");
	expect_bad("[[empty]]", "upstream", "empty");
	expect_bad("[[error-after-200]]", "busy", "overloaded");
	expect_bad("[[cut]]", "upstream", "broke off");
	expect_bad("[[redirect]]", "upstream", "address");
	expect_bad("[[html]]", "upstream", "not a model");
	expect_bad("[[huge-line:3000000]]", "upstream", "");
	expect_bad("[[bad-json]]", "upstream", "cannot be read");
	expect_bad("[[bad-utf8]]", "upstream", "cannot be read");
	expect_bad("[[bad-path:../../escape.tsx]]", "compile", "path");
	expect_bad("[[bad-path:src/.env]]", "compile", "path");
	expect_bad("[[not-src]]", "compile", "path");
	expect_bad("[[many-files:41]]", "compile", "files");
	expect_bad("[[big:270000]]", "compile", "256 KB");
	expect_bad("[[lost-edit]]", "compile", "block");
	expect_bad("[[prose]]", "answer", "weather");
	expect_bad("[[stall]]", "timeout", "too long");
}

static void
anthropic_answers(void **state)
{
	(void)state;
	start_author("anthropic");
	good_answers();
	bad_answers();
	stop_author(SIGTERM);
}

static void
openai_answers(void **state)
{
	struct job j;

	(void)state;
	start_author("openai");
	good_answers();
	bad_answers();
	j = wait_done(ask_job(new_workspace(), "which"));
	assert_string_equal(j.model, "openai/local-coder");
	stop_author(SIGTERM);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(sample_gives_a_component_and_changes_it),
		TEST(anthropic_answers),
		TEST(openai_answers),
	};

	return RUN(tests, argc, argv);
}
