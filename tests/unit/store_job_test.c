/* A job through every state, with a process that dies between any two steps; and what becomes
 * of jobs when their app is deleted. */
#include "../../shared/base/log.h"
#include "../../shared/store/sandbox.h"
#include "store_kit.h"

static void
is_next(const char *job)
{
	char id[ID_SIZE] = "";

	assert_int_equal(job_next_write(db, id, &e), job ? 1 : 0);
	if (job)
		assert_string_equal(id, job);
}

static bool
reject(const char *job, const char *verdict)
{
	bool is_over = false;

	begin();
	assert_int_equal(
	    job_reject(db, job, verdict, "It does not compile.", now++, &is_over, &e), 0);
	commit();
	return is_over;
}

static void
test_write(void **state)
{
	struct message *said;
	struct workspace w;
	char job[ID_SIZE];

	(void)state;
	is_next(NULL);
	ask(app, "a counter", job);
	in_state(job, "queued");
	is_next(job);
	take(job);
	is_next(NULL);
	give(job, "one");
	assert_int_equal(accept(job), 1);
	has_text(app, 1, "one");
	assert_int_equal(workspace_get(db, app, &arena, &w, &e), 0);
	assert_int_equal(w.current, 1);
	assert_string_equal(workspace_status(&w), "active");
	assert_null(w.open_job);
	assert_int_equal(message_list(db, app, &arena, &said, &e), 2);
	assert_string_equal(said[0].content, "a counter");
	assert_string_equal(said[1].content, "It does it.");
	assert_int_equal(said[1].version, 1);
	assert_int_equal(write_version(app, "bigger", "two"), 2);
	has_text(app, 1, "one");
	has_text(app, 2, "two");
	assert_int_equal(look(job).input_tokens, 10);
}

/* Each step can be done once, and only in its state. */
static void
test_steps_are_guarded(void **state)
{
	struct source_file f = {"src/LLMComponent.tsx", "x", 1};
	struct source s = {&f, 1};
	char job[ID_SIZE];
	bool is_over;
	int64_t n;

	(void)state;
	ask(app, "a counter", job);
	begin();
	assert_int_equal(job_accept(db, job, now, &n, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(job_reject(db, job, "{}", "no", now, &is_over, &e), -1);
	db_rollback(db);
	take(job);
	begin();
	assert_int_equal(job_start(db, job, "sample", now, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	db_rollback(db);
	give(job, "one");
	accept(job);
	begin();
	assert_int_equal(job_accept(db, job, now, &n, &e), -1);
	assert_int_equal(job_give_candidate(db, job, &s, "x", "x", 0, 0, now, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_int_equal(job_fail(db, job, "upstream", "late", 0, 0, 0, now, &e), 0);
	commit();
	in_state(job, "done");
}

/* A transaction that was not committed never was. */
static void
test_kill_within_a_step(void **state)
{
	char job[ID_SIZE];
	int64_t n;

	(void)state;
	ask(app, "a counter", job);
	begin();
	assert_int_equal(job_start(db, job, "sample", now, &e), 0);
	reopen();
	in_state(job, "queued");
	take(job);
	give(job, "one");
	begin();
	assert_int_equal(job_accept(db, job, now, &n, &e), 0);
	reopen();
	sound();
	in_state(job, "judging");
	assert_int_equal(accept(job), 1);
}

/* Author was killed while it wrote: its next life takes the job up again. */
static void
test_requeue(void **state)
{
	char job[ID_SIZE];

	(void)state;
	ask(app, "a counter", job);
	for (int tries = 1; tries <= JOB_TRIES_MAX; tries++) {
		take(job);
		assert_int_equal(look(job).tries, tries);
		begin();
		assert_int_equal(job_requeue(db, &e), 0);
		commit();
		in_state(job, "queued");
		is_next(job);
	}
}

static void
test_repair_twice_then_fail(void **state)
{
	struct workspace w;
	char job[ID_SIZE];

	(void)state;
	write_version(app, "first", "good");
	ask(app, "break it", job);
	for (int i = 0; i < JOB_REPAIRS_MAX; i++) {
		take(job);
		give(job, "bad");
		assert_false(reject(job, "{\"ok\":false}"));
		in_state(job, "queued");
		assert_string_equal(look(job).verdict, "{\"ok\":false}");
		is_next(job);
	}
	take(job);
	give(job, "bad");
	assert_true(reject(job, "{\"ok\":false}"));
	in_state(job, "failed");
	assert_string_equal(look(job).error_kind, "compile");
	assert_int_equal(look(job).repairs, JOB_REPAIRS_MAX);
	is_next(NULL);
	assert_int_equal(workspace_get(db, app, &arena, &w, &e), 0);
	assert_int_equal(w.current, 1);
	has_text(app, 1, "good");
	assert_int_equal(write_version(app, "again", "better"), 2);
}

static void
test_repair_that_works(void **state)
{
	char job[ID_SIZE];

	(void)state;
	ask(app, "a counter", job);
	take(job);
	give(job, "bad");
	assert_false(reject(job, "{\"ok\":false}"));
	take(job);
	give(job, "good");
	assert_int_equal(accept(job), 1);
	has_text(app, 1, "good");
	assert_int_equal(look(job).output_tokens, 40);
}

/* The jobs of one app wait for each other; those of another do not wait for them. */
static void
test_two_apps(void **state)
{
	char first[ID_SIZE], second[ID_SIZE], theirs[ID_SIZE];
	int64_t before;

	(void)state;
	ask(app, "one", first);
	ask(app, "two", second);
	ask(other, "three", theirs);
	assert_int_equal(job_place(db, theirs, &before, &e), 0);
	assert_int_equal(before, 2);
	is_next(first);
	take(first);
	is_next(theirs);
	take(theirs);
	is_next(NULL);
	give(first, "1");
	is_next(NULL);
	accept(first);
	is_next(second);
	give(theirs, "3");
	assert_int_equal(accept(theirs), 1);
	take(second);
	give(second, "2");
	assert_int_equal(accept(second), 2);
	has_text(other, 1, "3");
}

static void
test_too_many_wait(void **state)
{
	char job[ID_SIZE];

	(void)state;
	for (int i = 0; i <= JOB_WAITING_MAX; i++)
		ask(app, "one more", job);
	begin();
	assert_int_equal(
	    job_ask_write(db, app, "local", "too many", NULL, now, job, &e), -1);
	assert_int_equal(e.kind, ERR_QUOTA);
	assert_int_not_equal(e.retry_after_secs, 0);
	db_rollback(db);
	ask(other, "but not here", job);
}

static void
test_cancel(void **state)
{
	char job[ID_SIZE], waiting[ID_SIZE], found[ID_SIZE], (*ids)[ID_SIZE];

	(void)state;
	begin();
	assert_int_equal(job_cancel(db, app, found, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	db_rollback(db);
	ask(app, "one", job);
	ask(app, "two", waiting);
	take(job);
	begin();
	assert_int_equal(job_cancel(db, app, found, &e), 0);
	commit();
	assert_string_equal(found, job);
	assert_int_equal(job_to_cancel(db, &arena, &ids, &e), 2);
	for (int i = 0; i < 2; i++) {
		begin();
		assert_int_equal(
		    job_fail(db, ids[i], "cancelled", "Cancelled.", 0, 5, 0, now++, &e),
		    0);
		commit();
	}
	in_state(job, "cancelled");
	in_state(waiting, "cancelled");
	assert_int_equal(job_to_cancel(db, &arena, &ids, &e), 0);
	is_next(NULL);
}

static void
test_restore(void **state)
{
	char job[ID_SIZE], id[ID_SIZE];

	(void)state;
	write_version(app, "one", "1");
	write_version(app, "two", "2");
	begin();
	assert_int_equal(
	    job_ask_restore(db, app, "local", app, 9, "Back", now, job, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	db_rollback(db);
	sound();
	begin();
	assert_int_equal(
	    job_ask_restore(db, app, "local", app, 1, "Back to 1", now++, job, &e), 0);
	commit();
	is_next(NULL);
	assert_int_equal(job_next_restore(db, id, &e), 1);
	assert_string_equal(id, job);
	begin();
	assert_int_equal(job_start_restore(db, job, now++, &e), 0);
	commit();
	assert_int_equal(accept(job), 3);
	has_text(app, 3, "1");
	has_text(app, 2, "2");
	assert_null(look(job).model);
}

/* What keep is to start by itself: an app with something to judge that stands in no line. */
static void
test_stranded(void **state)
{
	char (*ids)[ID_SIZE], job[ID_SIZE];

	(void)state;
	ask(app, "a counter", job);
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 0);
	take(job);
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 0);
	give(job, "one");
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 1);
	assert_string_equal(ids[0], app);
	begin();
	assert_int_equal(sandbox_want_awake(db, app, now, &e), 0);
	commit();
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 0);
	begin();
	assert_int_equal(sandbox_set_ended(db, app, "absent", "A restart.", 0, now, &e), 0);
	commit();
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 1);
	assert_int_equal(accept(job), 1);
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 0);
	begin();
	assert_int_equal(
	    job_ask_restore(db, app, "local", app, 1, "Back to 1", now++, job, &e), 0);
	commit();
	assert_int_equal(job_stranded(db, &arena, &ids, &e), 1);
	assert_string_equal(ids[0], app);
}

/* A version of one app can begin another; a bad verdict on it is no matter for the model. */
static void
test_duplicate(void **state)
{
	char job[ID_SIZE];

	(void)state;
	write_version(app, "one", "1");
	for (int i = 0; i < 2; i++) {
		begin();
		assert_int_equal(
		    job_ask_restore(db, other, "local", app, 1, "Copy", now++, job, &e),
		    0);
		commit();
		begin();
		assert_int_equal(job_start_restore(db, job, now++, &e), 0);
		commit();
		if (i == 0)
			assert_int_equal(accept(job), 1);
		else
			assert_true(reject(job, "{}"));
	}
	in_state(job, "failed");
	has_text(other, 1, "1");
}

static void
test_delete(void **state)
{
	struct workspace w;
	struct source s;
	struct job j;
	char job[ID_SIZE];

	(void)state;
	write_version(app, "one", "1");
	write_version(other, "one", "1");
	ask(app, "two", job);
	take(job);
	begin();
	assert_int_equal(sandbox_want_awake(db, app, now, &e), 0);
	assert_int_equal(workspace_delete(db, app, &e), 0);
	commit();
	assert_int_equal(workspace_get(db, app, &arena, &w, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	assert_int_equal(job_get(db, job, &arena, &j, &e), -1);
	assert_int_equal(source_get(db, app, 1, &arena, &s, &e), -1);
	has_text(other, 1, "1");
	begin();
	assert_int_equal(workspace_delete(db, app, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	db_rollback(db);
}

static void
test_what_asks_is_noted(void **state)
{
	char job[ID_SIZE];
	struct sandbox s;
	struct job j;

	(void)state;
	{
		LOG_ABOUT(app, "request-1");
		WRITE(job_ask_write(db, app, "local", "x", NULL, 1, job, &e));
		WRITE(sandbox_want_awake(db, app, 1, &e));
	}
	assert_string_equal(log_request_id(), "");
	WRITE(sandbox_want_again(db, app, 1, &e));	/* by nobody's request: it stays */
	assert_int_equal(job_get(db, job, &arena, &j, &e), 0);
	assert_string_equal(j.request, "request-1");
	assert_int_equal(sandbox_get(db, app, &arena, &s, &e), 0);
	assert_string_equal(s.request, "request-1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(write),
	    T(steps_are_guarded),
	    T(kill_within_a_step),
	    T(requeue),
	    T(repair_twice_then_fail),
	    T(repair_that_works),
	    T(two_apps),
	    T(too_many_wait),
	    T(cancel),
	    T(restore),
	    T(stranded),
	    T(duplicate),
	    T(delete),
	    T(what_asks_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
