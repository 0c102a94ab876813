/* An assist through every state, and what must hold of the store after each step. */
#include "../../shared/store/assist.h"
#include "store_fixture.h"

static const struct assist_tokens tokens = {100, 20}, none;

static char notebook[ID_SIZE];
static int64_t now = NOW;

static int
start(void **state)
{
	(void)state;
	if (open_store() < 0)
		return -1;
	add_book(notebook, "local");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	return close_store();
}

static int
try_ask(const char *workspace, const char *kind, int64_t steps, char id[ID_SIZE])
{
	struct assist a = {.kind = kind, .caller = "local", .prompt = "please",
	    .steps_max = steps, .tokens_max = 1000, .created_at = now++};
	int rc;

	memcpy(a.workspace, workspace, ID_SIZE);
	begin();
	rc = assist_ask(db, &a, id, &e);
	commit();
	return rc;
}

static void
ask(const char *kind, int64_t steps, char id[ID_SIZE])
{
	assert_int_equal(try_ask(notebook, kind, steps, id), 0);
}

static struct assist
look(const char *id)
{
	struct assist a;

	assert_int_equal(assist_get(db, id, &arena, &a, &e), 0);
	return a;
}

static void
in_state(const char *id, const char *state)
{
	assert_string_equal(look(id).state, state);
}

static void
is_next(const char *id)
{
	char found[ID_SIZE];

	assert_int_equal(assist_next(db, found, &e), id ? 1 : 0);
	if (id)
		assert_string_equal(found, id);
}

static void
take(const char *id)
{
	begin();
	assert_int_equal(assist_start(db, id, "sample", now++, &e), 0);
	commit();
	in_state(id, "writing");
}

static void
finish(const char *id)
{
	begin();
	assert_int_equal(assist_finish(db, id, "1 + 1", "A sum.", &tokens, now++, &e), 0);
	commit();
	in_state(id, "done");
}

static void
test_a_cell(void **state)
{
	char first[ID_SIZE], second[ID_SIZE], agent[ID_SIZE], last[ID_SIZE];
	int64_t before;
	struct assist a;

	(void)state;
	ask("cell", 0, first);
	ask("cell", 0, second);
	ask("agent", 3, agent);
	assert_int_equal(assist_place(db, second, &before, &e), 0);
	assert_int_equal(before, 1);
	is_next(first);
	take(first);
	is_next(agent);		/* one of each kind at a time */
	begin();
	assert_int_equal(assist_start(db, first, "sample", now, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	db_rollback(db);
	finish(first);
	a = look(first);
	assert_string_equal(a.code, "1 + 1");
	assert_string_equal(a.summary, "A sum.");
	assert_string_equal(a.model, "sample");
	assert_int_equal(a.input_tokens, 100);
	assert_int_equal(a.output_tokens, 20);
	assert_int_equal(a.tries, 1);
	begin();
	assert_int_equal(assist_fail(db, first, "internal", "late", 0, &none, now, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(assist_cancel(db, notebook, first, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	db_rollback(db);
	is_next(second);
	assert_int_equal(assist_last(db, notebook, last, &e), 0);
	assert_string_equal(last, agent);
	take(second);
	finish(second);
	take(agent);
	finish(agent);
}

static void
begin_step(const char *id, int64_t n)
{
	int64_t got;

	begin();
	assert_int_equal(assist_begin_step(db, id, "print(1)", &tokens, &got, &e), 0);
	commit();
	assert_int_equal(got, n);
	in_state(id, "running");
}

static void
test_an_agent(void **state)
{
	struct assist_step *steps;
	char id[ID_SIZE];
	int64_t n;

	(void)state;
	ask("agent", 2, id);
	take(id);
	for (n = 1; n <= 2; n++) {
		begin_step(id, n);
		begin();
		assert_int_equal(assist_end_step(db, id, "1\n", n == 1, 61, &e), 0);
		commit();
	}
	begin();
	assert_int_equal(assist_begin_step(db, id, "more", &tokens, &n, &e), -1);
	db_rollback(db);
	finish(id);
	assert_int_equal(assist_steps(db, id, &arena, &steps, &e), 2);
	assert_string_equal(steps[0].code, "print(1)");
	assert_string_equal(steps[1].output, "1\n");
	assert_true(steps[0].is_success);
	assert_false(steps[1].is_success);
	assert_int_equal(steps[1].took_ms, 61);
	assert_int_equal(steps[1].tokens, 120);
	assert_int_equal(look(id).input_tokens, 300);
	assert_int_equal(look(id).steps, 2);
}

static void
test_a_stopped_step(void **state)
{
	char id[ID_SIZE], (*ids)[ID_SIZE];
	struct assist_step *steps;

	(void)state;
	ask("agent", 2, id);
	take(id);
	begin_step(id, 1);
	begin();
	assert_int_equal(assist_cancel(db, notebook, id, &e), 0);
	commit();
	assert_int_equal(assist_to_cancel(db, &arena, &ids, &e), 1);
	assert_string_equal(ids[0], id);
	begin();
	assert_int_equal(assist_fail(db, id, "cancelled", "Cancelled.", 0, &none, now++, &e), 0);
	commit();
	in_state(id, "cancelled");
	assert_int_equal(assist_steps(db, id, &arena, &steps, &e), 1);
	assert_string_equal(steps[0].output, "It was stopped.");
	assert_int_equal(assist_to_cancel(db, &arena, &ids, &e), 0);
}

static void
test_a_new_author(void **state)
{
	char cell[ID_SIZE], agent[ID_SIZE], (*ids)[ID_SIZE];

	(void)state;
	ask("cell", 0, cell);
	ask("agent", 2, agent);
	take(cell);
	take(agent);
	begin_step(agent, 1);
	begin();
	assert_int_equal(assist_requeue(db, &e), 0);
	commit();
	in_state(cell, "queued");
	assert_int_equal(assist_taken(db, &arena, &ids, &e), 1);
	assert_string_equal(ids[0], agent);
	begin();
	assert_int_equal(assist_fail(db, agent, "internal", "Restarted.", 7, &none, now++, &e), 0);
	commit();
	in_state(agent, "failed");
	assert_int_equal(look(agent).retry_after, 7);
	take(cell);
	assert_int_equal(look(cell).tries, 2);
	finish(cell);
	is_next(NULL);
}

static void
test_limits(void **state)
{
	char id[ID_SIZE], other[ID_SIZE];

	(void)state;
	for (int i = 0; i < 1 + ASSIST_WAITING_MAX; i++)
		ask(i % 2 ? "cell" : "agent", i % 2 ? 0 : 1, id);
	assert_int_equal(try_ask(notebook, "cell", 0, id), -1);
	assert_int_equal(e.kind, ERR_QUOTA);
	assert_int_equal(e.retry_after_secs, 10);
	add_book(other, "local");
	assert_int_equal(try_ask(other, "cell", 0, id), 0);
	begin();
	assert_int_equal(assist_cancel(db, notebook, id, &e), -1);	/* of another one */
	assert_int_equal(workspace_delete(db, other, &e), 0);
	assert_int_equal(workspace_delete(db, notebook, &e), 0);
	commit();
	assert_int_equal(assist_get(db, id, &arena, &(struct assist){0}, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	is_next(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cell),
		cmocka_unit_test(test_an_agent),
		cmocka_unit_test(test_a_stopped_step),
		cmocka_unit_test(test_a_new_author),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, start, end);
}
