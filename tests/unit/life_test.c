/* The table of life.def row by row, and what must hold for all facts at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/rule/life.h"

#define IDLE_MS 600000
#define SLEEP 1800000
#define EVICT 86400000
#define CELL 14400000
#define SAVE 1800000
#define START 45000

static void
set_limits(struct life_facts *f)
{
	f->idle_ms = IDLE_MS;
	f->hibernate_ms = SLEEP;
	f->evict_ms = EVICT;
	f->cell_ms = CELL;
	f->save_ms = SAVE;
	f->start_limit_ms = START;
}

#define ON(s) .state = LIFE_##s

static const struct {
	struct life_facts f;
	const char *rule;
	enum life_step step;
} cases[] = {
	{{ON(ENDING), .is_gone = true}, "AS_IT_ENDS", LIFE_STAY},
	{{ON(ENDING), .is_wanted = true, .has_room = true}, "AS_IT_ENDS", LIFE_STAY},
	{{ON(PROVISION), .is_gone = true}, "GONE", LIFE_STOP},
	{{ON(RUNNING), .is_gone = true, .has_job = true}, "GONE", LIFE_STOP},
	{{ON(IDLE), .is_gone = true, .is_held = true}, "GONE", LIFE_STOP},
	{{ON(ABSENT), .is_gone = true}, "NEVER_MORE", LIFE_STAY},
	{{ON(HIBERNATED), .is_gone = true, .asleep_ms = EVICT + 1}, "NEVER_MORE", LIFE_STAY},
	{{ON(ABSENT), .is_wanted = true, .has_room = true}, "START", LIFE_START},
	{{ON(EVICTED), .is_wanted = true, .has_room = true}, "START", LIFE_START},
	{{ON(FAILED), .has_job = true, .has_room = true}, "START", LIFE_START},
	{{ON(HIBERNATED), .is_wanted = true, .has_room = true, .asleep_ms = EVICT + 1}, "START",
	    LIFE_START},
	{{ON(ABSENT), .is_wanted = true, .is_terminated = true, .has_room = true}, "REST",
	    LIFE_STAY},
	{{ON(ABSENT), .has_job = true, .is_terminated = true, .has_room = true}, "START",
	    LIFE_START},
	{{ON(ABSENT), .is_wanted = true}, "QUEUE", LIFE_QUEUE},
	{{ON(HIBERNATED), .is_wanted = true, .asleep_ms = EVICT + 1}, "QUEUE", LIFE_QUEUE},
	{{ON(HIBERNATED), .asleep_ms = EVICT}, "REST", LIFE_STAY},
	{{ON(HIBERNATED), .asleep_ms = EVICT + 1}, "EVICT", LIFE_DROP},
	{{ON(ABSENT), .asleep_ms = EVICT + 1}, "REST", LIFE_STAY},
	{{ON(FAILED), .asleep_ms = EVICT + 1}, "REST", LIFE_STAY},
	{{ON(RUNNING), .has_job = true, .unused_ms = CELL + 1}, "WORK", LIFE_STAY},
	{{ON(RUNNING), .has_job = true, .is_terminated = true}, "WORK", LIFE_STAY},
	{{ON(PROVISION), .is_wanted = true, .starting_ms = START}, "REST", LIFE_STAY},
	{{ON(PROVISION), .is_wanted = true, .starting_ms = START + 1}, "STUCK", LIFE_STOP},
	{{ON(PROVISION), .has_job = true, .starting_ms = START + 1}, "STUCK", LIFE_STOP},
	{{ON(RUNNING), .is_wanted = true, .is_terminated = true}, "TERMINATED", LIFE_STOP},
	{{ON(PROVISION), .is_wanted = true, .is_terminated = true}, "TERMINATED", LIFE_STOP},
	{{ON(RUNNING)}, "ASKED", LIFE_SLEEP},
	{{ON(RUNNING), .is_held = true, .is_busy = true}, "ASKED", LIFE_SLEEP},
	{{ON(PROVISION)}, "REST", LIFE_STAY},
	{{ON(IDLE), .is_wanted = true, .is_busy = true, .unused_ms = CELL}, "COMPUTE", LIFE_STAY},
	{{ON(IDLE), .is_wanted = true, .is_busy = true, .unused_ms = CELL + 1}, "CELL",
	    LIFE_SLEEP},
	{{ON(IDLE), .is_wanted = true, .is_busy = true, .is_held = true, .unused_ms = CELL + 1},
	    "HOLD", LIFE_STAY},
	{{ON(RUNNING), .is_wanted = true, .unsaved_ms = SAVE}, "REST", LIFE_STAY},
	{{ON(RUNNING), .is_wanted = true, .unsaved_ms = SAVE + 1}, "SAVE", LIFE_SAVE},
	{{ON(RUNNING), .is_wanted = true, .is_held = true, .is_busy = true,
	    .unsaved_ms = SAVE + 1}, "SAVE", LIFE_SAVE},
	{{ON(RUNNING), .is_wanted = true, .has_job = true, .unsaved_ms = SAVE + 1}, "WORK",
	    LIFE_STAY},
	{{ON(IDLE), .is_wanted = true, .is_held = true, .unused_ms = SLEEP + 1}, "HOLD",
	    LIFE_STAY},
	{{ON(RUNNING), .is_wanted = true, .is_held = true, .is_pressed = true}, "HOLD",
	    LIFE_STAY},
	{{ON(RUNNING), .is_wanted = true, .is_busy = true, .is_pressed = true}, "COMPUTE",
	    LIFE_STAY},
	{{ON(RUNNING), .is_wanted = true, .is_pressed = true}, "MAKE_ROOM", LIFE_SLEEP},
	{{ON(RUNNING), .is_wanted = true, .is_crowded = true}, "GIVE_PLACE", LIFE_SLEEP},
	{{ON(IDLE), .is_wanted = true, .unused_ms = SLEEP}, "REST", LIFE_STAY},
	{{ON(IDLE), .is_wanted = true, .unused_ms = SLEEP + 1}, "UNUSED", LIFE_SLEEP},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct life_facts f = cases[i].f;
		const struct life_rule *r;

		set_limits(&f);
		r = life_decide(&f, NULL);
		if (strcmp(r->name, cases[i].rule) != 0 || r->step != cases[i].step)
			fail_msg("case %zu: %s, not %s", i, r->name, cases[i].rule);
	}
}

/* No line of the table is without a case, or is never reached. */
static void
test_rows(void **state)
{
	const struct life_rule *r;

	(void)state;
	for (size_t row = 0; (r = life_rule(row)); row++) {
		bool is_met = false;

		for (size_t i = 0; i < COUNT(cases); i++)
			is_met |= strcmp(cases[i].rule, r->name) == 0;
		if (!is_met)
			fail_msg("no case for %s", r->name);
	}
}

/* Without a limit nobody is evicted, and no cell stopped or saved. */
static void
test_no_limits(void **state)
{
	struct life_facts f = {ON(HIBERNATED), .asleep_ms = INT64_MAX};

	(void)state;
	assert_int_equal(life_decide(&f, NULL)->step, LIFE_STAY);
	f = (struct life_facts){ON(IDLE), .is_wanted = true, .is_busy = true,
	    .unused_ms = INT64_MAX, .unsaved_ms = INT64_MAX, .hibernate_ms = SLEEP};
	assert_string_equal(life_decide(&f, NULL)->name, "COMPUTE");
	/* A tier whose cells may run for less than it takes to fall asleep. */
	f.cell_ms = 1000;
	f.unused_ms = 1001;
	assert_string_equal(life_decide(&f, NULL)->name, "COMPUTE");
	f.unused_ms = SLEEP + 1;
	assert_string_equal(life_decide(&f, NULL)->name, "CELL");
}

static void
fill(struct life_facts *f, unsigned bits)
{
	*f = (struct life_facts){.is_gone = bits & 1, .is_terminated = bits & 2,
	    .is_wanted = bits & 4, .has_job = bits & 8, .has_room = bits & 16, .is_busy = bits & 32,
	    .is_held = bits & 64, .is_pressed = bits & 128, .is_crowded = bits & 256,
	    .unused_ms = bits & 512 ? CELL + 1 : 0, .starting_ms = bits & 1024 ? START + 1 : 0,
	    .asleep_ms = bits & 2048 ? EVICT + 1 : 0, .unsaved_ms = bits & 4096 ? SAVE + 1 : 0};
	set_limits(f);
}

static bool
is_up(enum life_state s)
{
	return s == LIFE_RUNNING || s == LIFE_IDLE;
}

/*
 * Whatever the facts: only what is absent is started, only what is there is ended, a job is
 * never ended under but for a start that hangs or a deletion, nobody is made to sleep for
 * others who is held or computes, and an end says why.
 */
static void
test_all(void **state)
{
	(void)state;
	for (int s = 0; s < LIFE_STATES; s++)
		for (unsigned bits = 0; bits < 1u << 13; bits++) {
			struct life_facts f;
			const struct life_rule *r;
			bool ends;

			fill(&f, bits);
			f.state = (enum life_state)s;
			r = life_decide(&f, NULL);
			ends = r->step == LIFE_STOP || r->step == LIFE_SLEEP || r->step == LIFE_DROP;
			assert_true(r->states & 1u << s);
			if (r->step == LIFE_START || r->step == LIFE_QUEUE)
				assert_true(!is_up(f.state) && !f.is_gone && (f.has_job || f.is_wanted));
			if (r->step == LIFE_START)
				assert_true(f.has_room);
			if (r->step == LIFE_DROP)
				assert_true(s == LIFE_HIBERNATED && (!f.is_wanted || f.is_terminated));
			if (r->step == LIFE_SLEEP)
				assert_true(is_up(f.state) && !f.has_job);
			if (r->step == LIFE_SLEEP && f.is_wanted && f.is_held)
				fail_msg("%s though it is held", r->name);
			assert_int_equal(r->reason[0] != '\0', ends);
		}
}

static void
test_reasons(void **state)
{
	struct life_facts f = {ON(HIBERNATED), .asleep_ms = 8 * EVICT, .evict_ms = 7 * EVICT};
	const struct life_rule *r;
	char words[300];
	int64_t ms;

	(void)state;
	r = life_decide(&f, &ms);
	life_reason(r, ms, words, sizeof(words));
	assert_string_equal(words, "It slept for 7 days, so its variables were let go; its files are "
	    "kept.");
	for (size_t i = 0; (r = life_rule(i)); i++) {
		life_reason(r, 4 * 3600000, words, sizeof(words));
		assert_null(strchr(words, '%'));
		assert_true(strlen(words) < sizeof(words) - 1);
	}
	assert_string_equal(life_name(LIFE_HIBERNATED), "HIBERNATED");
}

static void
test_warning(void **state)
{
	(void)state;
	assert_int_equal(life_evicts_at("hibernated", 1000, 0), 0);
	assert_int_equal(life_evicts_at("running", 1000, EVICT), 0);
	assert_int_equal(life_evicts_at("hibernated", 1000, EVICT), EVICT + 1000);
	assert_false(life_warns(0, EVICT, EVICT));
	assert_false(life_warns(EVICT, EVICT, EVICT - EVICT / 4 - 1));
	assert_true(life_warns(EVICT, EVICT, EVICT - EVICT / 4));
	/* Of a month two days. */
	assert_false(life_warns(30LL * EVICT, 30LL * EVICT, 28LL * EVICT - 1));
	assert_true(life_warns(30LL * EVICT, 30LL * EVICT, 28LL * EVICT));
}

static void
test_return(void **state)
{
	(void)state;
	assert_false(life_returns(false, -1));
	assert_true(life_returns(true, -1));
	assert_false(life_returns(true, 0));
	assert_false(life_returns(true, LIFE_RELAPSE_MS - 1));
	assert_true(life_returns(true, LIFE_RELAPSE_MS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_limits),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_return),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
