/* author as a whole: cells and agents of notebooks, with the fake models and a fake gate. */
#include "author_kit.h"

#include "../../shared/store/assist.h"
#include "../../shared/store/notebook.h"

#define GATE "/run/carrel/fcgi/gate.sock"

static pid_t gate_pid;

static int
set_up_gate(void **state)
{
	char line[32];
	struct err e;

	if (set_up(state) < 0)
		return -1;
	must(file_mkdirs("/run/carrel/fcgi", 0770, &e), &e);
	gate_pid = start_fake("tests/fake/gate.mjs", GATE, NULL, line);
	return 0;
}

static int
tear_down_gate(void **state)
{
	kill(gate_pid, SIGTERM);
	waitpid(gate_pid, NULL, 0);
	return tear_down(state);
}

static const char *
gate_says(const char *path, const char *body)
{
	return say_at(arena_fmt(&arena, "http://gate%s", path), GATE, body);
}

static void
wait_gate(const char *word)
{
	int64_t until = clock_boot_ms() + WAIT_MS;

	while (!strstr(gate_says("/__asked", NULL), word))
		if (clock_boot_ms() > until)
			fail_msg("the gate never has %s: %s", word, gate_says("/__asked", NULL));
}

static const char *
new_notebook(void)
{
	struct workspace w = {.kind = "notebook", .title = "A test", .owner = "local",
	    .created_at = clock_wall_ms()};
	struct notebook n = {.template_name = "blank", .tier = "own", .disk_mb = 100,
	    .disk_files = 1000};
	unsigned char hash[TOKEN_HASH_BYTES];
	struct source none = {0};
	struct err e;

	id_new(w.id);
	memcpy(n.id, w.id, ID_SIZE);
	rand_bytes(hash, sizeof(hash));
	must(db_begin(db, &e), &e);
	must(workspace_add(db, &w, &e), &e);
	must(notebook_add(db, &n, hash, &none, &e), &e);
	must(db_commit(db, &e), &e);
	return arena_dup(&arena, w.id);
}

static const char *
ask_in(const char *workspace, const char *kind, const char *prompt, int64_t steps,
    int64_t tokens)
{
	struct assist a = {.kind = kind, .caller = "local", .prompt = prompt,
	    .steps_max = steps, .tokens_max = tokens, .created_at = clock_wall_ms()};
	char id[ID_SIZE];
	struct err e;

	memcpy(a.workspace, workspace, ID_SIZE);
	must(db_begin(db, &e), &e);
	must(assist_ask(db, &a, id, &e), &e);
	must(db_commit(db, &e), &e);
	bell_ring(NULL, id);
	return arena_dup(&arena, id);
}

static const char *
ask_cell(const char *prompt)
{
	return ask_in(new_notebook(), "cell", prompt, 0, ASSIST_TOKENS);
}

static const char *
ask_agent(const char *prompt)
{
	return ask_in(new_notebook(), "agent", prompt, ASSIST_STEPS, ASSIST_TOKENS);
}

static struct assist
see(const char *id)
{
	struct assist a;
	struct err e;

	must(assist_get(db, id, &arena, &a, &e), &e);
	return a;
}

static struct assist
wait_end(const char *id)
{
	int64_t until = clock_boot_ms() + WAIT_MS;
	struct assist a;

	for (a = see(id); !a.ended_at; a = see(id)) {
		if (clock_boot_ms() > until)
			fail_msg("assist %s is %s for too long", id, a.state);
		drain_bell(100);
	}
	wait_progress(id, "event: done");
	return a;
}

static struct assist
expect_done(const char *id)
{
	struct assist a = wait_end(id);

	if (strcmp(a.state, "done") != 0)
		fail_msg("%s: %s: %s", a.prompt, a.error_kind, a.error_text);
	assert_non_null(strstr(progress_text(id), "{\"status\":\"ok\"}"));
	return a;
}

static void
expect_end(const char *id, const char *kind, const char *word)
{
	struct assist a = wait_end(id);

	if (strcmp(a.state, "failed") != 0 || strcmp(a.error_kind, kind) != 0 ||
	    !strcasestr(a.error_text, word))
		fail_msg("%s: %s: %s: %s", a.prompt, a.state, a.error_kind, a.error_text);
	assert_non_null(strstr(progress_text(id), "event: error"));
	assert_non_null(strstr(progress_text(id), "{\"status\":\"error\"}"));
}

static void
cancel(const char *id)
{
	struct err e;

	must(db_begin(db, &e), &e);
	must(assist_cancel(db, see(id).workspace, id, &e), &e);
	must(db_commit(db, &e), &e);
	bell_ring(NULL, id);
}

/* ---- cells ---- */

static void
a_cell_is_proposed(const char *how)
{
	const char *id, *asked;
	struct assist a;

	start_author(how);
	models_say("/__reset", "");
	id = ask_cell("Mean minutes per leaf [[cell:tea.groupby(\"leaf\")]]");
	a = expect_done(id);
	assert_string_equal(a.code, "tea.groupby(\"leaf\")");
	assert_string_equal(a.summary, "A cell as you asked.");
	assert_true(a.input_tokens > 100 && a.output_tokens > 5);
	assert_int_equal(a.steps, 0);
	assert_non_null(strstr(progress_text(id), "event: token"));
	assert_non_null(strstr(progress_text(id), "\"phase\":\"reading\""));
	assert_non_null(strstr(progress_text(id), "event: proposal\ndata: {\"code\":\"tea."));
	assert_non_null(strstr(progress_text(id), "\"tokens_max\":60000"));
	asked = models_say("/__requests", NULL);
	assert_non_null(strstr(asked, "The data frame tea has 120 rows and 4 columns"));
	assert_non_null(strstr(asked, "- price.eur: float64"));
	assert_non_null(strstr(asked, "# the leaf table"));
	assert_non_null(strstr(asked, "defined in exactly one cell"));
	assert_null(strstr(asked, "\"invalid\":true"));
	assert_non_null(strstr(gate_says("/__asked", NULL), arena_fmt(&arena,
	    "{\"path\":\"/context\",\"host\":\"%s.localhost", a.workspace)));
	stop_author(SIGTERM);
}

static void
cells_of_both(void **state)
{
	(void)state;
	a_cell_is_proposed("anthropic");
	a_cell_is_proposed("openai");
}

static void
trouble_with_cells(void **state)
{
	(void)state;
	start_author("anthropic");
	expect_end(ask_cell("[[prose]] [[text:a]]"), "answer", "weather");
	expect_end(ask_cell("[[refusal]]"), "answer", "I cannot help");
	expect_end(ask_cell("[[401]]"), "upstream", "key");
	expect_end(ask_cell("[[529]] [[no-retry]]"), "busy", "overloaded");
	expect_end(ask_cell("[[cut]] [[cell:1]]"), "upstream", "broke off");
	expect_end(ask_in(new_notebook(), "cell", "[[cell:1]]", 0, 500), "quota", "500 tokens");
	assert_string_equal(expect_done(ask_cell("[[529:once]] [[cell:2]]")).code, "2");
	gate_says("/__next", "{\"status\":503,\"detail\":\"There is no memory to wake it.\"}");
	expect_end(ask_cell("[[cell:3]]"), "busy", "no memory");
	gate_says("/__next", "{\"status\":200,\"cells\":7,\"frames\":{\"a\":[]}}");
	assert_string_equal(expect_done(ask_cell("[[cell:4]]")).code, "4");
	stop_author(SIGTERM);
}

static void
a_cell_is_cancelled(void **state)
{
	const char *w = new_notebook(), *first, *second;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	first = ask_in(w, "cell", "[[hold:x]] [[cell:1 + 1]]", 0, ASSIST_TOKENS);
	second = ask_in(w, "cell", "[[cell:2]]", 0, ASSIST_TOKENS);
	wait_progress(first, "event: token");
	assert_string_equal(see(second).state, "queued");
	cancel(second);
	assert_string_equal(wait_end(second).state, "cancelled");
	cancel(first);
	assert_string_equal(wait_end(first).state, "cancelled");
	assert_non_null(strstr(progress_text(first), "{\"status\":\"cancelled\"}"));
	assert_true(see(first).input_tokens > 0);
	wait_models("/__requests", "\"outcome\":\"aborted\"");
	stop_author(SIGTERM);
}

/* ---- a store that does not take it ---- */

static void
say_to_store(const char *sql)
{
	const char *command = arena_fmt(&arena, "sqlite3 -cmd '.timeout 5000' "
	    "/run/carrel/var/carrel.db \"%s\"", sql);

	assert_int_equal(system(command), 0);
}

static void
refuse_ends(void)
{
	say_to_store("CREATE TRIGGER refuse BEFORE UPDATE OF ended_at ON assist "
	    "BEGIN SELECT RAISE(ABORT, 'so says the test'); END");
}

static void
an_end_is_saved_later(void **state)
{
	const char *id;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	id = ask_cell("[[hold:late]] [[cell:8]]");
	wait_progress(id, "event: token");
	refuse_ends();
	models_say("/__release?name=late", "");
	wait_models("/__requests", "\"outcome\":\"finished\"");
	/* Meanwhile it is tried, and tried again. */
	for (int64_t until = clock_boot_ms() + 600; clock_boot_ms() < until;)
		drain_bell(50);
	say_to_store("DROP TRIGGER refuse");
	assert_string_equal(expect_done(id).code, "8");
	stop_author(SIGTERM);
}

/* Its end could not be saved for so long that nobody has it any more. */
static void
what_nobody_has_is_ended(void **state)
{
	const char *w = new_notebook(), *lost, *next;

	(void)state;
	start_author("anthropic");
	kill(author_pid, SIGSTOP);
	lost = ask_in(w, "cell", "[[cell:9]]", 0, ASSIST_TOKENS);
	next = ask_in(w, "cell", "[[cell:10]]", 0, ASSIST_TOKENS);
	say_to_store(arena_fmt(&arena, "UPDATE assist SET state = 'writing' WHERE id = '%s'", lost));
	kill(author_pid, SIGCONT);
	expect_end(lost, "internal", "could not be saved");
	assert_string_equal(expect_done(next).code, "10");
	stop_author(SIGTERM);
}

/* ---- agents ---- */

static void
an_agent_takes_steps(const char *how)
{
	struct assist_step *steps;
	const char *id, *asked;
	struct assist a;
	struct err e;

	start_author(how);
	models_say("/__reset", "");
	id = ask_agent("What is it? [[agent:# say: forty;;# fail: NameError: no tea;;# html: "
	    "<pre>&lt;42&gt;</pre>]] [[keep:answer = 42]]");
	a = expect_done(id);
	assert_int_equal(a.steps, 3);
	assert_string_equal(a.code, "answer = 42");
	assert_non_null(strstr(a.summary, "3 steps, the last one said <42>"));
	must(assist_steps(db, id, &arena, &steps, &e), &e);
	assert_non_null(strstr(steps[0].code, "# say: forty"));
	assert_string_equal(steps[0].output, "forty\n");
	assert_true(steps[0].is_success && steps[0].tokens > 100);
	assert_int_equal(steps[0].took_ms, 7);
	assert_false(steps[1].is_success);
	assert_string_equal(steps[1].output, "NameError: no tea");
	assert_true(a.input_tokens + a.output_tokens > steps[0].tokens + steps[1].tokens +
	    steps[2].tokens);
	asked = models_say("/__requests", NULL);
	assert_non_null(strstr(asked, "It failed:\\n<output>\\nNameError: no tea"));
	assert_non_null(strstr(asked, "5 more steps"));
	assert_null(strstr(asked, "\"invalid\":true"));
	assert_non_null(strstr(progress_text(id), "event: step\ndata: {\"n\":1,\"code\":"));
	assert_non_null(strstr(progress_text(id),
	    "\"success\":true,\"output\":\"forty\\n\",\"took_ms\":7}"));
	assert_non_null(strstr(progress_text(id), "event: budget\ndata: {\"steps\":3,"));
	assert_non_null(strstr(gate_says("/__asked", NULL), "\"timeout\":60"));
	stop_author(SIGTERM);
}

static void
agents_of_both(void **state)
{
	(void)state;
	an_agent_takes_steps("anthropic");
	an_agent_takes_steps("openai");
}

static void
budgets_end_an_agent(void **state)
{
	const char *w = new_notebook(), *id;
	struct assist_step *steps;
	struct assist a;
	struct err e;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	id = ask_in(w, "agent", "[[agent:# say: a;;# say: b;;# say: c]]", 2, ASSIST_TOKENS);
	expect_end(id, "quota", "its 2 steps");
	assert_int_equal(see(id).steps, 2);
	assert_non_null(strstr(models_say("/__requests", NULL), "That was the last step"));
	id = ask_in(w, "agent", "[[agent:# flood;;# flood;;# flood;;# flood;;# flood]]", 20, 7000);
	expect_end(id, "quota", "7000 tokens");
	a = see(id);
	assert_true(a.steps >= 1 && a.steps < 5);
	assert_true(a.input_tokens + a.output_tokens <= 7000);
	must(assist_steps(db, id, &arena, &steps, &e), &e);
	assert_true(strlen(steps[0].output) <= ASSIST_OUTPUT_BYTES);
	assert_non_null(strstr(steps[0].output, "bytes left out"));
	assert_non_null(strstr(steps[0].output, "drop 9"));
	stop_author(SIGTERM);
}

static void
an_agent_is_stopped(void **state)
{
	struct assist_step *steps;
	const char *id;
	struct err e;

	(void)state;
	start_author("anthropic");
	id = ask_agent("[[agent:# hang]]");
	wait_progress(id, "\"phase\":\"running\"");
	wait_gate("# hang");
	assert_string_equal(see(id).state, "running");
	cancel(id);
	assert_string_equal(wait_end(id).state, "cancelled");
	wait_gate("\"outcome\":\"interrupted\"");
	assert_int_equal(assist_steps(db, id, &arena, &steps, &e), 1);
	assert_string_equal(steps[0].output, "It was stopped.");
	stop_author(SIGTERM);
}

static void
a_notebook_that_dies_ends_an_agent(void **state)
{
	(void)state;
	start_author("anthropic");
	expect_end(ask_agent("[[agent:# die]]"), "upstream", "ended before");
	expect_end(ask_agent("[[agent:# garbage]]"), "upstream", "could not be read");
	stop_author(SIGTERM);
}

static void
a_killed_author(void **state)
{
	const char *cell, *agent;
	struct assist a;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	cell = ask_cell("[[hold:cell]] [[cell:7]]");
	agent = ask_agent("[[agent:# hang]] killed");
	wait_progress(cell, "event: token");
	wait_progress(agent, "\"phase\":\"running\"");
	stop_author(SIGKILL);
	models_say("/__release?name=cell", "");
	start_author("anthropic");
	a = expect_done(cell);
	assert_int_equal(a.tries, 2);
	expect_end(agent, "internal", "restarted in the middle");
	assert_int_equal(see(agent).steps, 1);
	stop_author(SIGTERM);
}

static void
a_deleted_notebook_takes_its_agent_along(void **state)
{
	const char *id;
	struct err e;

	(void)state;
	start_author("anthropic");
	models_say("/__reset", "");
	id = ask_agent("[[agent:# hang deleted]]");
	wait_gate("# hang deleted");
	wait_progress(id, "\"phase\":\"running\"");
	must(db_begin(db, &e), &e);
	must(workspace_delete(db, see(id).workspace, &e), &e);
	must(db_commit(db, &e), &e);
	wait_gate("\"outcome\":\"interrupted\",\"code\":\"# fake-agent\\n# hang deleted");
	stop_author(SIGTERM);
}

/* ---- the sample provider ---- */

static void
expect_recipe(const char *prompt, const char *what)
{
	struct assist a = expect_done(ask_cell(prompt));

	if (!strstr(a.code, what))
		fail_msg("%s: %s", prompt, a.code);
	assert_string_equal(a.model, "sample");
	assert_true(a.summary[0]);
}

static void
the_sample_provider_knows_a_few_cells(void **state)
{
	(void)state;
	start_author("sample");
	expect_recipe("Plot the tea", "_alt.Chart(tea).mark_line()");
	expect_recipe("a histogram of price.eur please", "field=\"price\\\\.eur\"");
	expect_recipe("How many per leaf?", "aggregate=\"count\"");
	expect_recipe("average minutes by leaf", "aggregate=\"mean\"");
	expect_recipe("minutes vs price.eur", "mark_point()");
	expect_recipe("describe it", "tea.describe()");
	expect_recipe("show a table of leaf and minutes",
	    "mo.ui.table(tea[[\"leaf\", \"minutes\"]])");
	expect_recipe("a slider", "slider_2 = mo.ui.slider(");
	expect_end(ask_cell("compose a symphony"), "answer", "knows only a few requests");
	gate_says("/__next", "{\"status\":200,\"cells\":[],\"frames\":[],\"variables\":[]}");
	expect_end(ask_cell("plot it"), "answer", "none yet");
	expect_end(ask_agent("anything"), "input", "needs a model");
	stop_author(SIGTERM);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(cells_of_both),
		TEST(trouble_with_cells),
		TEST(a_cell_is_cancelled),
		TEST(an_end_is_saved_later),
		TEST(what_nobody_has_is_ended),
		TEST(agents_of_both),
		TEST(budgets_end_an_agent),
		TEST(an_agent_is_stopped),
		TEST(a_notebook_that_dies_ends_an_agent),
		TEST(a_killed_author),
		TEST(a_deleted_notebook_takes_its_agent_along),
		TEST(the_sample_provider_knows_a_few_cells),
	};

	sigaction(SIGSEGV, NULL, &on_fault);
	sigaction(SIGABRT, NULL, &on_abort);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, set_up_gate, tear_down_gate);
}
