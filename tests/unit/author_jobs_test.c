/* author as a whole: repairs, cancelling, restarts, many at once, and what goes along. */
#include "author_kit.h"

static void
a_bad_verdict_goes_back_to_the_model(void **state)
{
	static const char verdict[] = "{\"ok\":false,\"error\":{\"file\":\"src/LLMComponent.tsx\","
	    "\"line\":12,\"column\":3,\"message\":\"Unexpected brace NEEDLE\",\"frame\":\"12 | x\"}}";
	const char *requests;
	struct job j;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	j = wait_done(ask_job(new_workspace(), "[[broken:1]] [[text:Mend]] it"));
	assert_string_equal(j.state, "judging");
	reject_job(j.id, verdict);
	j = wait_done(j.id);
	assert_string_equal(j.state, "judging");
	assert_int_equal(j.repairs, 1);
	assert_non_null(strstr(candidate_text(j.id, ENTRY), "{label}</h1>"));
	assert_non_null(strstr(progress_text(j.id),
	    "\"repairing\",\"detail\":\"Unexpected brace NEEDLE"));
	requests = models_say("/__requests", NULL);
	assert_non_null(strstr(requests, "src/LLMComponent.tsx, line 12, column 3: Unexpected brace"));
	assert_non_null(strstr(requests, "{label</h1>"));
	accept_job(j.id);
	stop_author(SIGTERM);
}

static void
cancel_stops_the_bill(void **state)
{
	const char *w = new_workspace(), *first, *second;
	struct job j;
	char id[ID_SIZE];
	struct err e;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	first = ask_job(w, "[[hold:never]] [[text:Never]]");
	second = ask_job(w, "and this waits");
	wait_progress(first, "event: token");
	wait_progress(second, "next in line");
	must(db_begin(db, &e), &e);
	must(job_cancel(db, w, id, &e), &e);
	must(db_commit(db, &e), &e);
	assert_string_equal(id, first);
	bell_ring(NULL, id);
	j = wait_done(first);
	assert_string_equal(j.state, "cancelled");
	j = wait_done(second);
	assert_string_equal(j.state, "cancelled");
	wait_progress(first, "{\"status\":\"cancelled\"}");
	wait_progress(second, "{\"status\":\"cancelled\"}");
	wait_models("/__requests", "\"outcome\":\"aborted\"");
	wait_models("/__state", "\"active\":0");
	stop_author(SIGTERM);
}

static void
a_killed_author_begins_anew(void **state)
{
	const char *w = new_workspace();
	struct job j;

	(void)state;
	for (int i = 0; i < JOB_TRIES_MAX; i++) {
		start_author("anthropic");
		if (i == 0)
			strcpy(j.id, ask_job(w, "[[hold:killed]] [[text:Killed]]"));
		wait_progress(j.id, "event: token");
		wait_models("/__state", "\"active\":1");
		stop_author(SIGKILL);
		progress_remove(j.id);
		wait_models("/__state", "\"active\":0");
	}
	start_author("anthropic");
	j = wait_done(j.id);
	assert_string_equal(j.state, "failed");
	assert_string_equal(j.error_kind, "internal");
	assert_non_null(strstr(j.error_text, "interrupted"));
	stop_author(SIGTERM);

	start_author("anthropic");
	strcpy(j.id, ask_job(w, "[[hold:once]] [[text:Once]]"));
	wait_progress(j.id, "event: token");
	stop_author(SIGKILL);
	models_say("/__release?name=once", "");
	start_author("anthropic");
	j = wait_done(j.id);
	assert_string_equal(j.state, "judging");
	assert_int_equal(j.tries, 2);
	accept_job(j.id);
	stop_author(SIGTERM);
}

static void
many_run_at_once_and_the_rest_waits(void **state)
{
	const char *ids[11];

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	for (size_t i = 0; i < COUNT(ids); i++)
		ids[i] = ask_job(new_workspace(), "[[hold:many]] [[text:Many]]");
	wait_models("/__state", "\"active\":8");
	wait_progress(ids[10], "third in line");
	models_say("/__release?name=many", "");
	for (size_t i = 0; i < COUNT(ids); i++) {
		assert_string_equal(wait_done(ids[i]).state, "judging");
		accept_job(ids[i]);
	}
	assert_non_null(strstr(models_say("/__state", NULL), "\"maxActive\":8"));
	stop_author(SIGTERM);
}

static void
pictures_go_along(const char *how)
{
	static const unsigned char png[] = {0x89, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0,
	    13};
	const struct job_image image = {"image/png", png, sizeof(png)};
	struct job j;

	start_author(how);
	models_say("/__reset", "");
	j = wait_done(ask_with(new_workspace(), "[[image]] like this", &image));
	if (strcmp(how, "openai") == 0) {	/* local-coder has no eyes */
		assert_string_equal(j.state, "failed");
		assert_non_null(strstr(j.error_text, "cannot see pictures"));
	} else {
		assert_string_equal(j.state, "judging");
		assert_non_null(strstr(candidate_text(j.id, ENTRY), "pictures: 1"));
		accept_job(j.id);
	}
	stop_author(SIGTERM);
}

static void
pictures(void **state)
{
	(void)state;
	pictures_go_along("anthropic");
	pictures_go_along("openai");
}

static void
earlier_turns_and_the_source_go_along(void **state)
{
	const char *w = new_workspace(), *text;
	char prompt[17000];
	struct job j;

	(void)state;
	start_author("anthropic");
	for (int i = 1; i <= 5; i++) {
		memset(prompt, ' ', 16000);
		for (int k = 0; k < 4000; k++)
			memcpy(prompt + 4 * k, "pad ", 4);
		snprintf(prompt + 16000, 100, "turn %d [[reply:edit]] [[text:Z%d]]", i,
		    i);
		j = wait_done(ask_job(w, prompt));
		assert_string_equal(j.state, "judging");
		accept_job(j.id);
	}
	models_say("/__reset", "");
	j = wait_done(ask_job(w, "And now? [[reply:edit]] [[text:Z6]]"));
	assert_non_null(strstr(candidate_text(j.id, ENTRY), "const label = \"Z6\""));
	accept_job(j.id);
	text = models_say("/__requests", NULL);
	assert_non_null(strstr(text, "const label = \\\"Z5\\\";"));
	assert_non_null(strstr(text, "turn 5"));
	assert_true(strlen(text) < 60000);
	assert_null(strstr(text, "\"invalid\":true"));
	stop_author(SIGTERM);
}

static void
trouble_is_told_in_plain_words(void **state)
{
	(void)state;
	start_author("gone");
	expect_bad("Hello", "upstream", "cannot be reached");
	stop_author(SIGTERM);
	start_author("wrong key");
	expect_bad("Hello", "upstream", "ANTHROPIC_API_KEY");
	stop_author(SIGTERM);
}

static void
optional_fields_are_left_out_where_they_are_refused(void **state)
{
	struct job j;

	(void)state;
	start_author("old server");
	models_say("/__reset", "");
	for (int i = 0; i < 2; i++) {
		j = wait_done(ask_job(new_workspace(), "Old [[text:Old]]"));
		assert_string_equal(j.state, "judging");
		assert_string_equal(j.model, "openai/old-local");
		accept_job(j.id);
	}
	/* The first was refused once; the second knew. */
	assert_non_null(strstr(models_say("/__requests", NULL),
	    "unknown field: stream_options"));
	assert_null(strstr(strstr(models_say("/__requests", NULL), "unknown field") + 1,
	    "unknown field"));
	stop_author(SIGTERM);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_bad_verdict_goes_back_to_the_model),
		TEST(cancel_stops_the_bill),
		TEST(a_killed_author_begins_anew),
		TEST(many_run_at_once_and_the_rest_waits),
		TEST(pictures),
		TEST(earlier_turns_and_the_source_go_along),
		TEST(trouble_is_told_in_plain_words),
		TEST(optional_fields_are_left_out_where_they_are_refused),
	};

	return RUN(tests, argc, argv);
}
