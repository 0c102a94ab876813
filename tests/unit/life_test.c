/* life_decide and admit_one, case by case, and what must hold for all facts at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/rule/life.h"

#define IDLE 600000
#define START 45000

static const struct life_facts calm = {
	.is_wanted = true, .has_room = true, .idle_limit_ms = IDLE, .start_limit_ms = START,
};

static void
test_cases(void **state)
{
	static const struct {
		struct life_facts f;
		enum life_step step;
	} cases[] = {
		{{.box = LIFE_ABSENT}, LIFE_STAY},
		{{.box = LIFE_ABSENT, .is_wanted = true, .has_room = true}, LIFE_START},
		{{.box = LIFE_ABSENT, .is_wanted = true}, LIFE_QUEUE},
		{{.box = LIFE_ABSENT, .has_job = true, .has_room = true}, LIFE_START},
		{{.box = LIFE_ABSENT, .is_wanted = true, .has_room = true, .is_terminated = true},
		    LIFE_STAY},
		{{.box = LIFE_ABSENT, .is_gone = true}, LIFE_STAY},
		{{.box = LIFE_UP, .is_gone = true}, LIFE_STOP_GONE},
		{{.box = LIFE_STARTING, .is_gone = true}, LIFE_STOP_GONE},
		{{.box = LIFE_STOPPING, .is_gone = true}, LIFE_STAY},
		{{.box = LIFE_STARTING, .is_wanted = true, .starting_ms = START + 1},
		    LIFE_STOP_STUCK},
		{{.box = LIFE_STARTING, .is_wanted = true, .starting_ms = START}, LIFE_STAY},
		{{.box = LIFE_UP, .is_wanted = true, .unused_ms = IDLE}, LIFE_STAY},
		{{.box = LIFE_UP, .is_wanted = true, .unused_ms = IDLE + 1}, LIFE_STOP_IDLE},
		{{.box = LIFE_UP, .is_wanted = true, .unused_ms = IDLE + 1, .has_job = true},
		    LIFE_STAY},
		{{.box = LIFE_UP, .is_wanted = true, .is_terminated = true}, LIFE_STOP_TERMINATED},
		{{.box = LIFE_UP, .is_terminated = true, .has_job = true}, LIFE_STAY},
		{{.box = LIFE_UP}, LIFE_STOP_ASKED},
		{{.box = LIFE_UP, .has_job = true}, LIFE_STAY},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct life_facts f = cases[i].f;

		f.idle_limit_ms = IDLE;
		f.start_limit_ms = START;
		if (life_decide(&f) != cases[i].step)
			fail_msg("case %zu: %d, not %d", i, life_decide(&f), cases[i].step);
	}
}

/* Whatever the facts: only what is absent is started, only what is there is stopped, a job
 * is never stopped under but for a start that hangs or a deletion, and a stop says why. */
static void
test_all(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 1u << 9; bits++) {
		struct life_facts f = calm;
		enum life_step step;

		f.box = bits & 3;
		f.is_gone = bits & 4;
		f.is_terminated = bits & 8;
		f.is_wanted = bits & 16;
		f.has_job = bits & 32;
		f.has_room = bits & 64;
		f.unused_ms = bits & 128 ? IDLE + 1 : 0;
		f.starting_ms = bits & 256 ? START + 1 : 0;
		step = life_decide(&f);
		if (step == LIFE_START || step == LIFE_QUEUE)
			assert_true(f.box == LIFE_ABSENT && !f.is_gone && (f.has_job || f.is_wanted));
		if (step >= LIFE_STOP_GONE) {
			assert_true(f.box == LIFE_STARTING || f.box == LIFE_UP);
			assert_true(!f.has_job || step == LIFE_STOP_STUCK || step == LIFE_STOP_GONE);
		}
		assert_int_equal(life_reason(step)[0] != '\0', step >= LIFE_STOP_GONE);
	}
}

static void
test_admission(void **state)
{
	struct admit_facts f = {.starting_max = 4, .free_mb = 100000};

	(void)state;
	assert_true(admit_one(&f));
	f.starting = 4;
	assert_false(admit_one(&f));
	f.starting = 0;
	f.awake = 10;
	f.awake_max = 10;
	assert_false(admit_one(&f));
	f.awake_max = 0;
	assert_true(admit_one(&f));
	f.free_mb = ADMIT_RESERVE_MB + ADMIT_SANDBOX_MB - 1;
	assert_false(admit_one(&f));
	f.free_mb++;
	assert_true(admit_one(&f));
	f.starting = 1;		/* what starts has not taken its memory yet */
	assert_false(admit_one(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_admission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
