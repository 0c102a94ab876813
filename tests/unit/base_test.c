/* Numbers, ids, buffers, the clock's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/base/rand.h"

static void
test_numbers(void **state)
{
	static const char *const bad[] = {"", " 1", "1 ", "+1", "01", "-", "--1", "1.0",
	    "1e3", "0x1", "9223372036854775808", "-9223372036854775809",
	    "99999999999999999999999", "\xd9\xa1"};
	uint64_t u = 7;
	int64_t n = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(num_int(bad[i], INT64_MIN, INT64_MAX, &n));
	assert_int_equal(n, 7);
	assert_true(num_int("0", 0, 0, &n) && n == 0);
	assert_true(num_int("9223372036854775807", 0, INT64_MAX, &n) && n == INT64_MAX);
	assert_true(num_int("-5", -5, 5, &n) && n == -5);
	assert_false(num_int("-6", -5, 5, &n));
	assert_false(num_int("6", -5, 5, &n));
	assert_int_equal(n, -5);
	assert_true(num_u64("18446744073709551615", UINT64_MAX, &u) && u == UINT64_MAX);
	assert_false(num_u64("18446744073709551616", UINT64_MAX, &u));
	assert_false(num_u64("-1", UINT64_MAX, &u));
	assert_false(num_u64("11", 10, &u));
}

static void
test_ids(void **state)
{
	char a[ID_SIZE], b[ID_SIZE];
	bool seen[128] = {false};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		id_new(a);
		id_new(b);
		assert_int_equal(strlen(a), ID_LEN);
		assert_true(id_is_valid(a));
		assert_string_not_equal(a, b);
		for (const char *p = a; *p; p++)
			seen[(unsigned char)*p] = true;
	}
	for (const char *p = "abcdefghijklmnopqrstuvwxyz234567"; *p; p++)
		assert_true(seen[(unsigned char)*p]);
	assert_false(id_is_valid(""));
	a[3] = '1';
	assert_false(id_is_valid(a));
	a[3] = 'A';
	assert_false(id_is_valid(a));
	a[3] = 'a';
	assert_true(id_is_valid(a));
	a[ID_LEN - 1] = '\0';
	assert_false(id_is_valid(a));
	assert_false(id_is_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void
test_buf_limit(void **state)
{
	AUTO_BUF struct buf b = {0};

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "12345");
	buf_fmt(&b, "%d", 67890);
	assert_false(b.is_over);
	assert_string_equal(b.at, "1234567890");
	buf_char(&b, 'x');
	assert_true(b.is_over);
	assert_string_equal(b.at, "1234567890");
	assert_null(buf_room(&b, 1));
	buf_drop(&b, 8);
	assert_string_equal(b.at, "90");
	assert_true(b.is_over);
	buf_reset(&b);
	assert_false(b.is_over);
	assert_int_equal(b.len, 0);
	buf_fmt(&b, "%s", "12345678901");
	assert_true(b.is_over);
	assert_int_equal(b.len, 0);
}

static void
test_clock_words(void **state)
{
	const int64_t minute = 60000, hour = 60 * minute, day = 24 * hour;
	const int64_t now = 1795337020000;	/* 2026-11-22T08:43:40Z */
	char out[24], iso[21];

	(void)state;
	clock_iso(now, iso);
	assert_string_equal(iso, "2026-11-22T08:43:40Z");
	clock_words(now, now, out);
	assert_string_equal(out, "now");
	clock_words(now + minute, now, out);	/* a clock that was set back */
	assert_string_equal(out, "now");
	clock_words(now - 5 * minute, now, out);
	assert_string_equal(out, "5 min ago");
	clock_words(now - 2 * hour, now, out);
	assert_string_equal(out, "2 h ago");
	clock_words(now - 10 * day, now, out);
	assert_string_equal(out, "12 Nov");
	clock_words(now - 375 * day, now, out);
	assert_string_equal(out, "12 Nov 2025");
	clock_fake(now);
	assert_int_equal(clock_wall_ms(), now);
	clock_fake(0);
	assert_int_not_equal(clock_wall_ms(), now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_clock_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
