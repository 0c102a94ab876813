/* Pictures of apps: when one may be taken, and what is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../shared/rule/shot.h"

static const struct shot_facts quiet = {.quiet_ms = 60000, .free_mb = 8000};

static void
test_when(void **state)
{
	struct shot_facts f = quiet;

	(void)state;
	assert_true(shot_may_begin(&f) && shot_may_go_on(&f));
	f.starting = 1;
	assert_true(!shot_may_begin(&f) && shot_may_go_on(&f));
	f = quiet;
	f.freezing = 1;
	assert_true(!shot_may_begin(&f) && shot_may_go_on(&f));
	f = quiet;
	f.free_mb = 1000;
	assert_true(!shot_may_begin(&f) && shot_may_go_on(&f));
	f = quiet;
	f.load_percent = 1000;
	assert_true(!shot_may_begin(&f) && shot_may_go_on(&f));
	f = quiet;
	f.quiet_ms = 500;
	assert_true(!shot_may_begin(&f) && shot_may_go_on(&f));
	f = quiet;
	f.waiting = 1;
	assert_true(!shot_may_begin(&f) && !shot_may_go_on(&f));
	f = quiet;
	f.is_stopping = true;
	assert_true(!shot_may_begin(&f) && !shot_may_go_on(&f));
}

/* The first bytes of a picture as Chromium writes it: with a colour profile. */
static const unsigned char head[30] = "RIFF\xf8\x0f\0\0WEBPVP8X\x0a\0\0\0\x20\0\0\0\x7f\x02\0\x8c\x01";
static const unsigned char plain[30] =
    "RIFF\xf8\x0f\0\0WEBPVP8 \xec\x0f\0\0\x30\x01\0\x9d\x01\x2a\x80\x02\x8d\x01";

static unsigned char picture[SHOT_BYTES_MAX + 64];

static bool
is_good_with(size_t at, unsigned char byte)
{
	memcpy(picture, head, sizeof(head));
	picture[at] = byte;
	return shot_is_good(picture, 4096);
}

static void
test_what(void **state)
{
	(void)state;
	assert_true(is_good_with(0, 'R'));
	assert_false(is_good_with(0, 'r'));
	assert_false(is_good_with(4, 0xf9));		/* longer than it says */
	assert_false(is_good_with(8, '<'));
	assert_false(is_good_with(15, '9'));
	assert_false(is_good_with(20, 0x22));		/* animated */
	assert_false(is_good_with(24, 0x7e));
	assert_false(is_good_with(26, 1));
	assert_false(is_good_with(27, 0x8d));
	memcpy(picture, plain, sizeof(plain));
	assert_true(shot_is_good(picture, 4096));
	picture[23] = 0;
	assert_false(shot_is_good(picture, 4096));
}

/* Nothing to be seen, or too much of it; whatever it says of itself. */
static void
test_size(void **state)
{
	static const size_t sizes[] = {0, 1, 29, SHOT_BYTES_MIN - 1, SHOT_BYTES_MAX + 1};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t n = (uint32_t)sizes[i] - 8;

		memcpy(picture, head, sizeof(head));
		memcpy(picture + 4, &n, sizeof(n));
		assert_false(shot_is_good(picture, sizes[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_what),
	    cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
