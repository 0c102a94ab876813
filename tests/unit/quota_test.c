/* Tiers, quotas and admission: every edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/rule/admit.h"
#include "../../shared/rule/quota.h"

static const struct conf conf = {
	.notebook_memory = 2048, .sandbox_memory = 512, .notebook_cpu = 200, .sandbox_cpu = 100,
	.notebook_pids = 512, .sandbox_pids = 256, .notebook_disk = 4096, .notebook_files = 200000,
	.notebook_idle = 1800, .idle = 600,
};

/* Own is what the settings say, for each kind, with no quotas and no eviction. */
static void
test_own(void **state)
{
	struct tier t;

	(void)state;
	tier_make(&conf, "own", NULL, false, &t);
	assert_string_equal(t.name, "own");
	assert_int_equal(t.memory_mb, 2048);
	assert_int_equal(t.cpu_percent, 200);
	assert_int_equal(t.pids, 512);
	assert_int_equal(t.disk_mb, 4096);
	assert_int_equal(t.hibernate_s, 1800);
	assert_int_equal(t.evict_s, 0);
	assert_int_equal(t.sandboxes, 0);
	assert_int_equal(t.creates_day, 0);
	assert_int_equal(t.agent_tokens_day, 0);
	tier_make(&conf, "own", NULL, true, &t);
	assert_int_equal(t.memory_mb, 512);
	assert_int_equal(t.pids, 256);
	assert_int_equal(t.hibernate_s, 600);
}

static void
test_tiers(void **state)
{
	int64_t agreed[TIER_LIMITS];
	struct tier t;

	(void)state;
	tier_make(&conf, "enterprise", NULL, false, &t);
	assert_int_equal(t.pids, 1024);
	assert_int_equal(t.memory_mb, 16384);
	/* An app never gets more than apps do. */
	tier_make(&conf, "enterprise", NULL, true, &t);
	assert_int_equal(t.memory_mb, 512);
	assert_int_equal(t.hibernate_s, 600);
	tier_make(&conf, "free", NULL, true, &t);
	assert_int_equal(t.hibernate_s, 300);
	assert_int_equal(t.evict_s, 86400);
	for (int i = 0; i < TIER_LIMITS; i++)
		agreed[i] = TIER_AS_IS;
	agreed[TIER_memory_mb] = 9000;
	agreed[TIER_evict_s] = 0;
	tier_make(&conf, "free", agreed, false, &t);
	assert_int_equal(t.memory_mb, 9000);
	assert_int_equal(t.evict_s, 0);
	assert_int_equal(t.sandboxes, 3);
	/* What nobody knows gets least. */
	tier_make(&conf, "gold", NULL, false, &t);
	assert_string_equal(t.name, "free");
	assert_int_equal(tier_rank("gold"), -1);
	assert_null(tier_name(-1));
	assert_null(tier_name(4));
}

/* The order of the table is the order of rank, and each value fits what an account may get. */
static void
test_table(void **state)
{
	struct tier t, before;

	(void)state;
	for (int rank = 0; tier_name(rank); rank++) {
		assert_int_equal(tier_rank(tier_name(rank)), rank);
		tier_make(&conf, tier_name(rank), NULL, false, &t);
		assert_int_equal(t.rank, rank);
		for (int i = 0; i < TIER_LIMITS; i++) {
			int64_t v = tier_value(&t, (enum tier_limit)i);

			if (v && (v < tier_abouts[i].least || v > tier_abouts[i].most))
				fail_msg("%s of %s", tier_abouts[i].name, t.name);
			if (rank > 0 && strcmp(t.name, "own") != 0 &&
			    v < tier_value(&before, (enum tier_limit)i))
				fail_msg("%s of %s is less than of %s", tier_abouts[i].name, t.name,
				    before.name);
		}
		before = t;
	}
	assert_int_equal(tier_rank("own"), 3);
}

static void
test_choice(void **state)
{
	struct tier t;
	struct err e;

	(void)state;
	tier_make(&conf, "paid", NULL, false, &t);
	assert_int_equal(quota_tier(&t, "free", &e), 0);
	assert_int_equal(quota_tier(&t, "paid", &e), 0);
	assert_int_equal(quota_tier(&t, "enterprise", &e), -1);
	assert_int_equal(e.kind, ERR_DENIED);
	assert_string_equal(e.field, "tier");
	assert_non_null(strstr(e.text, "free or paid"));
	assert_int_equal(quota_tier(&t, "gold", &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	tier_make(&conf, "own", NULL, false, &t);
	for (int rank = 0; tier_name(rank); rank++)
		assert_int_equal(quota_tier(&t, tier_name(rank), &e), 0);
}

#define NOW 1700000000000LL

static void
test_creation(void **state)
{
	struct quota_use u = {0};
	struct tier t;
	struct err e;

	(void)state;
	tier_make(&conf, "free", NULL, false, &t);	/* 6 a minute, 50 a day */
	assert_int_equal(quota_creation(&t, &u, NOW, &e), 0);
	u = (struct quota_use){5, NOW - 50000, 49, NOW - QUOTA_DAY_MS + 1};
	assert_int_equal(quota_creation(&t, &u, NOW, &e), 0);
	u.minute = 6;
	assert_int_equal(quota_creation(&t, &u, NOW, &e), -1);
	assert_int_equal(e.kind, ERR_QUOTA);
	assert_int_equal(e.retry_after_secs, 10);
	assert_non_null(strstr(e.text, "made 6 apps and notebooks in the last minute"));
	assert_non_null(strstr(e.text, "in 10 s."));
	/* The day counts more: its wait is the longer one. */
	u.day = 50;
	u.day_first = NOW - QUOTA_DAY_MS + 3 * QUOTA_HOUR_MS;
	assert_int_equal(quota_creation(&t, &u, NOW, &e), -1);
	assert_int_equal(e.retry_after_secs, 10800);
	assert_non_null(strstr(e.text, "made 50 apps and notebooks in the last 24 hours"));
	assert_non_null(strstr(e.text, "in 3 h."));
	/* Never "in 0 s", also with a clock that was set back. */
	u.day_first = NOW - 2 * QUOTA_DAY_MS;
	assert_int_equal(quota_creation(&t, &u, NOW, &e), -1);
	assert_int_equal(e.retry_after_secs, 1);
	tier_make(&conf, "own", NULL, false, &t);
	u = (struct quota_use){1000000, NOW, 1000000, NOW};
	assert_int_equal(quota_creation(&t, &u, NOW, &e), 0);
}

static void
test_agent(void **state)
{
	struct quota_tokens u = {.wanted = 60000, .least = 1000};
	struct tier t;
	int64_t tokens;
	struct err e;

	(void)state;
	tier_make(&conf, "free", NULL, false, &t);	/* 200000 a day */
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), 0);
	assert_int_equal(tokens, 60000);
	u.spent = 150000;
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), 0);
	assert_int_equal(tokens, 50000);
	u.promised = 49000;
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), 0);
	assert_int_equal(tokens, 1000);
	u.promised = 49001;
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), -1);
	assert_int_equal(e.kind, ERR_QUOTA);
	assert_int_equal(e.retry_after_secs, 60);
	assert_non_null(strstr(e.text, "200000"));
	u.promised = 0;
	u.spent = 250000;
	u.frees_at = NOW + 2 * QUOTA_HOUR_MS;
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), -1);
	assert_int_equal(e.retry_after_secs, 7200);
	tier_make(&conf, "own", NULL, false, &t);
	assert_int_equal(quota_agent(&t, &u, NOW, &tokens, &e), 0);
	assert_int_equal(tokens, 60000);
}

static void
test_time(void **state)
{
	static const struct {
		int64_t ms;
		const char *words;
	} all[] = {
		{-5, "1 s"}, {0, "1 s"}, {1001, "2 s"}, {99000, "99 s"}, {100000, "2 min"},
		{99 * 60000, "99 min"}, {100 * 60000, "2 h"}, {4 * 3600000, "4 h"},
		{47 * 3600000LL, "47 h"}, {48 * 3600000LL, "2 days"}, {7 * 86400000LL, "7 days"},
	};
	char words[32];

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		quota_time(all[i].ms, words, sizeof(words));
		assert_string_equal(words, all[i].words);
	}
}

static void
test_admission(void **state)
{
	struct admit_facts f = {.starting_max = 4, .free_mb = 100000, .need_mb = ADMIT_APP_MB};

	(void)state;
	assert_int_equal(admit_one(&f), ADMIT_GO);
	f.starting = 3;		/* the last place is for who comes back */
	assert_int_equal(admit_one(&f), ADMIT_BUSY);
	f.is_waking = true;
	assert_int_equal(admit_one(&f), ADMIT_GO);
	f.starting = 4;
	assert_int_equal(admit_one(&f), ADMIT_BUSY);
	f = (struct admit_facts){.starting_max = 1, .free_mb = 100000};
	assert_int_equal(admit_one(&f), ADMIT_GO);	/* of one none is kept back */
	f = (struct admit_facts){.starting_max = 4, .free_mb = 100000, .awake = 10,
	    .awake_max = 10};
	assert_int_equal(admit_one(&f), ADMIT_CROWD);
	f.awake = 9;
	assert_int_equal(admit_one(&f), ADMIT_GO);
	f.owner_max = 3;
	f.owner_awake = 3;
	assert_int_equal(admit_one(&f), ADMIT_QUOTA);
	f.owner_awake = 2;
	assert_int_equal(admit_one(&f), ADMIT_GO);
}

static void
test_memory(void **state)
{
	struct admit_facts f = {.starting_max = 4, .need_mb = ADMIT_NOTEBOOK_MB};
	int64_t enough = ADMIT_RESERVE_MB + ADMIT_WAKING_MB + ADMIT_NOTEBOOK_MB;

	(void)state;
	f.free_mb = enough - 1;
	assert_int_equal(admit_one(&f), ADMIT_MEMORY);
	f.free_mb = enough;
	assert_int_equal(admit_one(&f), ADMIT_GO);
	f.promised_mb = 1;	/* what starts has not taken its memory yet */
	assert_int_equal(admit_one(&f), ADMIT_MEMORY);
	f.is_waking = true;
	f.free_mb = enough - ADMIT_WAKING_MB + 1;
	assert_int_equal(admit_one(&f), ADMIT_GO);
	f.free_mb--;
	assert_int_equal(admit_one(&f), ADMIT_MEMORY);
	assert_false(admit_is_pressed(ADMIT_RESERVE_MB / 2));
	assert_true(admit_is_pressed(ADMIT_RESERVE_MB / 2 - 1));
}

static void
test_load(void **state)
{
	struct admit_facts f = {.starting_max = 4, .free_mb = 100000,
	    .load_percent = ADMIT_LOAD_PERCENT + 1};

	(void)state;
	assert_int_equal(admit_one(&f), ADMIT_GO);	/* one always goes on */
	f.starting = 1;
	assert_int_equal(admit_one(&f), ADMIT_LOAD);
	f.load_percent = ADMIT_LOAD_PERCENT;
	assert_int_equal(admit_one(&f), ADMIT_GO);
}

/* Every reason has words, and is a matter of the line but for one's own quota. */
static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(admit_words(ADMIT_GO), "");
	for (int why = ADMIT_GO + 1; why < ADMIT_WHYS; why++) {
		assert_true(admit_words(why)[0] != '\0');
		assert_int_equal(admit_is_line(why), why != ADMIT_QUOTA);
	}
	assert_true(admit_is_helped(ADMIT_MEMORY) && admit_is_helped(ADMIT_CROWD));
	assert_false(admit_is_helped(ADMIT_BUSY));
}

/* Who pays before who does not, waking before creating, and nobody for ever. */
static void
test_turns(void **state)
{
	int free = tier_rank("free"), paid = tier_rank("paid");

	(void)state;
	assert_true(admit_turn(NOW, paid, false) < admit_turn(NOW, free, true));
	assert_true(admit_turn(NOW, free, true) < admit_turn(NOW, free, false));
	assert_true(admit_turn(NOW + 59999, paid, false) < admit_turn(NOW, free, false));
	assert_true(admit_turn(NOW + 60001, paid, false) > admit_turn(NOW, free, false));
	assert_int_equal(admit_turn(NOW, tier_rank("own"), false),
	    admit_turn(NOW, paid, false));
}

static void
test_places(void **state)
{
	char words[96];

	(void)state;
	assert_int_equal(admit_eta_ms(0, 300, 1200), 1200);
	assert_int_equal(admit_eta_ms(10, 300, 1200), 4200);
	admit_place(0, 1200, words, sizeof(words));
	assert_string_equal(words, "next in line, about 2 s");
	admit_place(2, 7500, words, sizeof(words));
	assert_string_equal(words, "third in line, about 8 s");
	admit_place(5, 150000, words, sizeof(words));
	assert_string_equal(words, "number 6 in line, about 3 min");
}

static void
test_asking(void **state)
{
	struct admit_line l = {.waiting = 1000, .gap_ms = 150, .boot_ms = 500,
	    .disk_free_mb = 10000};
	struct err e;

	(void)state;
	assert_int_equal(admit_ask(&l, &e), 0);		/* a thousand at once are welcome */
	l.gap_ms = 1000;
	assert_int_equal(admit_ask(&l, &e), -1);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_int_equal(e.retry_after_secs, 401);
	assert_non_null(strstr(e.text, "1000 are waiting"));
	l.waiting = 0;
	l.disk_free_mb = ADMIT_DISK_MB - 1;
	assert_int_equal(admit_ask(&l, &e), -1);
	assert_int_equal(e.kind, ERR_FULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own), cmocka_unit_test(test_tiers),
		cmocka_unit_test(test_table), cmocka_unit_test(test_choice),
		cmocka_unit_test(test_creation), cmocka_unit_test(test_agent),
		cmocka_unit_test(test_time), cmocka_unit_test(test_admission),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_load),
		cmocka_unit_test(test_words), cmocka_unit_test(test_turns),
		cmocka_unit_test(test_places), cmocka_unit_test(test_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
