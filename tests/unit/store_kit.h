#ifndef STORE_KIT_H
#define STORE_KIT_H
/*
 * A store with two apps for each test, and the steps of a job.
 */
#include "../../shared/store/job.h"
#include "store_fixture.h"

static char app[ID_SIZE], other[ID_SIZE];
static int64_t now;

static void
add_app(char id[ID_SIZE], const char *title)
{
	struct workspace w = {
	    .kind = "app", .title = title, .owner = "local", .created_at = now};

	id_new(id);
	memcpy(w.id, id, ID_SIZE);
	begin();
	assert_int_equal(workspace_add(db, &w, &e), 0);
	commit();
}

static int
start(void **state)
{
	(void)state;
	now = NOW;
	if (open_store() < 0)
		return -1;
	add_app(app, "One");
	add_app(other, "Two");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	return close_store();
}

static void
ask(const char *workspace, const char *prompt, char job[ID_SIZE])
{
	begin();
	assert_int_equal(
	    job_ask_write(db, workspace, "local", prompt, NULL, now++, job, &e), 0);
	commit();
}

static struct job
look(const char *job)
{
	struct job j;

	assert_int_equal(job_get(db, job, &arena, &j, &e), 0);
	return j;
}

static void
in_state(const char *job, const char *state)
{
	assert_string_equal(look(job).state, state);
}

static void
take(const char *job)
{
	begin();
	assert_int_equal(job_start(db, job, "sample", now++, &e), 0);
	commit();
	in_state(job, "writing");
}

static void
give(const char *job, const char *text)
{
	struct source_file f = {"src/LLMComponent.tsx", text, strlen(text)};
	struct source s = {&f, 1};

	begin();
	assert_int_equal(
	    job_give_candidate(db, job, &s, text, "It does it.", 10, 20, now++, &e), 0);
	commit();
	in_state(job, "judging");
}

static int64_t
accept(const char *job)
{
	int64_t n = 0;

	begin();
	assert_int_equal(job_accept(db, job, now++, &n, &e), 0);
	commit();
	in_state(job, "done");
	return n;
}

static int64_t
write_version(const char *workspace, const char *prompt, const char *text)
{
	char job[ID_SIZE];

	ask(workspace, prompt, job);
	take(job);
	give(job, text);
	return accept(job);
}

static void
has_text(const char *workspace, int64_t n, const char *text)
{
	struct source s;

	assert_int_equal(source_get(db, workspace, n, &arena, &s, &e), 0);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.files[0].text, text);
}

#define T(name) cmocka_unit_test_setup_teardown(test_##name, start, end)

#endif
