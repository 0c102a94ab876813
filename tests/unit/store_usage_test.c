/* Usage: rows by the hour, whatever the clock and the processes do. */
#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/figure.h"
#include "../../shared/store/job.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/store/usage.h"
#include "store_fixture.h"

#define HOUR 3600000LL
#define WALL (1774000000000LL / HOUR * HOUR)	/* an hour begins */
#define ALWAYS 0, INT64_MAX

static char app[ID_SIZE], book[ID_SIZE];

static int
start(void **state)
{
	struct workspace w = {.kind = "app", .title = "One", .owner = "ann", .created_at = 1};

	(void)state;
	if (open_store() < 0)
		return -1;
	id_new(app);
	memcpy(w.id, app, ID_SIZE);
	WRITE(workspace_add(db, &w, &e));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	return close_store();
}

static struct usage_now
at(const char *boot, int64_t boot_ms, int64_t wall_ms)
{
	return (struct usage_now){boot, boot_ms, wall_ms};
}

static struct usage rows[64];
static int count;

static void
take(const struct usage *u, void *arg)
{
	(void)arg;
	assert_true(count < (int)COUNT(rows));
	rows[count] = *u;
	rows[count++].title = arena_dup(&arena, u->title);	/* the others are not looked at */
}

static struct usage
look(const char *owner, enum usage_by by)
{
	struct usage_filter f = {ALWAYS, owner, by};
	struct usage sum = {0};

	count = 0;
	assert_int_equal(usage_each(db, &f, take, NULL, &e), 0);
	for (int i = 0; i < count; i++)
		usage_sum(&sum, &rows[i]);
	return sum;
}

static void
start_life(int64_t epoch, const struct usage_now *now)
{
	WRITE(usage_begin(db, app, epoch, 512, now, &e));
}

static void
step(int64_t epoch, int64_t cpu, const struct usage_now *now)
{
	struct usage_life l = {app, epoch, cpu, 1000};

	WRITE(usage_count(db, &l, now, &e));
}

static void
stop(int64_t epoch, int64_t cpu, const struct usage_now *now)
{
	struct usage_life l = {app, epoch, cpu, 0};

	WRITE(usage_end(db, &l, now, &e));
}

static void
a_life_is_counted_to_the_millisecond(void **state)
{
	struct usage_now a = at("b", 1000, WALL + 5000), b = at("b", 6123, WALL + 10123),
	    c = at("b", 6130, WALL + 10130);
	struct usage sum;

	(void)state;
	start_life(1, &a);
	step(1, 700, &b);
	step(1, 700, &b);	/* the same moment again adds nothing */
	stop(1, 900, &c);
	step(1, 5000, &c);	/* and an end is one */
	sum = look(NULL, USAGE_BY_HOUR);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].workspace, app);
	assert_int_equal(rows[0].hour, WALL);
	assert_int_equal(sum.awake_ms, 5130);
	assert_int_equal(sum.cpu_usec, 900);
	assert_int_equal(sum.memory_mb_ms, 5130 * 512);
}

static void
hours_are_told_apart(void **state)
{
	struct usage_now a = at("b", 1000, WALL + HOUR - 250),
	    b = at("b", 1000 + 2 * HOUR + 750, WALL + 3 * HOUR + 500);

	(void)state;
	start_life(1, &a);
	stop(1, 10, &b);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).awake_ms, 2 * HOUR + 750);
	assert_int_equal(count, 4);
	assert_int_equal(rows[0].awake_ms, 250);
	assert_int_equal(rows[1].awake_ms, HOUR);
	assert_int_equal(rows[2].awake_ms, HOUR);
	assert_int_equal(rows[3].awake_ms, 500);
	assert_int_equal(rows[3].hour, WALL + 3 * HOUR);
}

/* The clock is set back a year, and ten years ahead: the sum is what the boot clock says. */
static void
a_clock_that_is_set_makes_no_row_huge(void **state)
{
	const int64_t walls[] = {WALL, WALL - 31536000000, WALL + 315360000000, WALL + 7, 0};
	struct usage_now first = at("b", 500, WALL);

	(void)state;
	start_life(1, &first);
	for (size_t i = 0; i < COUNT(walls); i++) {
		struct usage_now now = at("b", 500 + 2000 * (int64_t)(i + 1), walls[i]);

		step(1, 0, &now);
	}
	assert_int_equal(look(NULL, USAGE_BY_HOUR).awake_ms, 10000);
	for (int i = 0; i < count; i++)
		assert_in_range(rows[i].awake_ms, 1, 10000);
}

/* What another keep finds goes on; what another boot, or another life, finds begins anew. */
static void
crashes_count_nothing_twice(void **state)
{
	struct usage_now a = at("b", 1000, WALL), b = at("b", 6000, WALL + 5000),
	    c = at("b", 9000, WALL + 8000), d = at("c", 400, WALL + 99000),
	    f = at("c", 1400, WALL + 100000);

	(void)state;
	start_life(1, &a);
	step(1, 100, &b);
	start_life(1, &c);		/* keep was killed, and found it again 3 s later */
	step(1, 40, &c);	/* of the processor it knows less at first */
	assert_int_equal(look(NULL, USAGE_BY_HOUR).awake_ms, 8000);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).cpu_usec, 100);
	step(1, 130, &d);	/* the machine was started anew: nobody knows of this one */
	start_life(2, &d);
	stop(2, 7, &f);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).awake_ms, 9000);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).cpu_usec, 107);
	stop(2, 700, &f);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).cpu_usec, 107);
}

static void
a_lost_life_is_dropped(void **state)
{
	struct usage_now a = at("b", 1000, WALL), b = at("b", 6000, WALL + 5000);
	struct usage_meter *meters;

	(void)state;
	start_life(3, &a);
	assert_int_equal(usage_meters(db, &arena, &meters, &e), 1);
	assert_int_equal(meters[0].memory_mb, 512);
	WRITE(usage_forget(db, app, 3, &e));
	step(3, 1, &b);
	assert_int_equal(look(NULL, USAGE_BY_HOUR).awake_ms, 0);
	assert_int_equal(usage_meters(db, &arena, &meters, &e), 0);
}

static void
it_outlives_the_workspace(void **state)
{
	struct usage_now a = at("b", 1000, WALL), b = at("b", 3000, WALL + 2000);
	char gone[ID_SIZE];

	(void)state;
	start_life(1, &a);
	WRITE(workspace_delete(db, app, &e));
	stop(1, 5, &b);
	assert_int_equal(look("ann", USAGE_BY_WORKSPACE).awake_ms, 2000);
	assert_string_equal(rows[0].title, "");
	assert_int_equal(look("bob", USAGE_BY_WORKSPACE).awake_ms, 0);
	id_new(gone);
	WRITE(usage_begin(db, gone, 1, 512, &a, &e));	/* no workspace: nothing begins */
	assert_int_equal(look(NULL, USAGE_BY_OWNER).awake_ms, 2000);
	assert_int_equal(count, 1);
}

static void
make_book(void)
{
	add_book(book, "ann");
	WRITE(notebook_set_disk(db, book, 3 << 20, &e));
}

static void
the_disk_counts_also_in_sleep(void **state)
{
	struct usage_now a = at("b", 1000, WALL), b = at("b", 61000, WALL + 60000),
	    c = at("c", 500, WALL + 90000);
	char snapshot[ID_SIZE];

	(void)state;
	make_book();
	id_new(snapshot);
	WRITE(usage_count_disk(db, &a, &e));
	WRITE(snapshot_add(db, snapshot, book, "hand", WALL, &e));
	WRITE(snapshot_set_made(db, snapshot, 5 << 20, WALL, &e));
	WRITE(usage_count_disk(db, &b, &e));
	WRITE(usage_count_disk(db, &c, &e));	/* another boot: from now on */
	assert_int_equal(look("ann", USAGE_BY_WORKSPACE).disk_mb_ms, 8 * 60000);
	assert_int_equal(count, 1);
}

static void
tokens_are_counted_where_they_are_stored(void **state)
{
	struct assist_tokens t = {30, 4};
	struct assist wanted = {.kind = "cell", .caller = "token", .prompt = "x",
	    .tokens_max = 1000, .created_at = 1};
	struct source_file file = {"src/LLMComponent.tsx", "x", 1};
	struct source s = {&file, 1};
	char job[ID_SIZE], assist[ID_SIZE];
	struct tally *tally;
	struct usage sum;

	(void)state;
	make_book();
	WRITE(job_ask_write(db, app, "bob", "x", NULL, 1, job, &e));
	WRITE(job_start(db, job, "m", 2, &e));
	WRITE(job_give_candidate(db, job, &s, "a", "s", 100, 20, 3, &e));
	WRITE(job_fail(db, job, "compile", "No.", 0, 5, 1, 4, &e));
	WRITE(job_fail(db, job, "compile", "No.", 0, 5, 1, 4, &e));	/* it has ended */
	sum = look("bob", USAGE_BY_HOUR);
	assert_int_equal(sum.input_tokens, 105);
	assert_int_equal(sum.output_tokens, 21);
	assert_int_equal(rows[0].epoch, 0);
	memcpy(wanted.workspace, book, ID_SIZE);
	WRITE(assist_ask(db, &wanted, assist, &e));
	WRITE(assist_start(db, assist, "m", 2, &e));
	WRITE(assist_finish(db, assist, "c", "s", &t, 3, &e));
	sum = look("ann", USAGE_BY_HOUR);	/* the notebook's token is its owner's */
	assert_int_equal(sum.input_tokens, 30);
	assert_int_equal(figure_tally(db, "input_tokens", &arena, &tally, &e), 1);
	assert_int_equal(tally[0].n, 135);
	assert_int_equal(figure_tally(db, "job_failure", &arena, &tally, &e), 1);
	assert_string_equal(tally[0].label, "compile");
}

static void
failures_are_told_apart_by_their_first_words(void **state)
{
	static const char *const reasons[] = {"It ran out of memory: 2.0 of 2 GiB.",
	    "It ran out of memory: 0.5 of 1 GiB.", "Its sandbox ended unexpectedly.",
	    "It started more processes than it may (256)."};
	struct tally *tally;
	int64_t epoch;

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		WRITE(sandbox_want_awake(db, app, 1, &e));
		WRITE(sandbox_set_provision(db, app, 1, &epoch, &e));
		WRITE(sandbox_set_ended(db, app, "failed", reasons[i], 0, 2, &e));
		WRITE(sandbox_set_ended(db, app, "failed", reasons[i], 0, 2, &e));
	}
	assert_int_equal(figure_tally(db, "failure", &arena, &tally, &e), 3);
	assert_string_equal(tally[0].label, "It ran out of memory");
	assert_int_equal(tally[0].n, 2);
	assert_string_equal(tally[1].label, "It started more processes than it may");
	assert_string_equal(tally[2].label, "Its sandbox ended unexpectedly");
}

static void
export_adds_up(void **state)
{
	struct usage_now a = at("b", 1000, WALL + HOUR - 1), b = at("b", 2000, WALL + HOUR + 999);
	struct usage_filter f = {ALWAYS, NULL, USAGE_BY_HOUR};
	AUTO_BUF struct buf out = {0};
	int64_t from, to;

	(void)state;
	start_life(4, &a);
	stop(4, 8, &b);
	buf_init(&out, 10000);
	assert_int_equal(usage_export(db, &f, true, &out, &e), 0);
	assert_int_equal(strncmp(out.at, "hour,owner,workspace,kind,life,awake_ms,cpu_usec,"
	    "memory_mb_ms,disk_mb_ms,input_tokens,output_tokens\r\n", 100), 0);
	assert_non_null(strstr(out.at, arena_fmt(&arena, ",ann,%s,app,4,1,8,512,0,0,0\r\n", app)));
	assert_non_null(strstr(out.at, arena_fmt(&arena, ",ann,%s,app,4,999,0,511488,0,0,0\r\n", app)));
	buf_reset(&out);
	f.by = USAGE_BY_OWNER;
	f.to = WALL + 10 * HOUR;
	assert_int_equal(usage_export(db, &f, false, &out, &e), 0);
	assert_non_null(strstr(out.at, "\"rows\":[{\"owner\":\"ann\",\"awake_ms\":1000,"));
	assert_non_null(strstr(out.at, "\"total\":{\"awake_ms\":1000,\"cpu_usec\":8,"));
	assert_true(usage_month("2026-02", &from, &to));
	assert_int_equal(to - from, 28 * 24 * HOUR);
	assert_true(usage_month("2026-12", &from, &to));
	assert_int_equal(to, 1798761600000);
	assert_false(usage_month("2026-13", &from, &to));
	assert_false(usage_month("2026-1", &from, &to));
	assert_false(usage_month("2026-01-01", &from, &to));
	assert_false(usage_month("abcdefg", &from, &to));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_life_is_counted_to_the_millisecond),
		TEST(hours_are_told_apart),
		TEST(a_clock_that_is_set_makes_no_row_huge),
		TEST(crashes_count_nothing_twice),
		TEST(a_lost_life_is_dropped),
		TEST(it_outlives_the_workspace),
		TEST(the_disk_counts_also_in_sleep),
		TEST(tokens_are_counted_where_they_are_stored),
		TEST(failures_are_told_apart_by_their_first_words),
		TEST(export_adds_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
