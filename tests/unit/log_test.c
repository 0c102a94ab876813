/* The log's lines, in both forms, whatever is in them; request ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/json.h"

static const char *const words[] = {"plain", "a \"quote\" and \\", "one\ntwo\r\t\x01\x7f",
    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "\xff\xfe\x80", "\xc3", "\xe2\x82",
    "\xc2\x85", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "%s%n"};

/* What a line of these words looks like; static memory. */
static const char *
line_of(const char *text)
{
	static char got[8192];
	int pipe_fds[2], err = dup(STDERR_FILENO);
	struct log_site site = {0};
	ssize_t n;

	assert_int_equal(pipe(pipe_fds), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	log_line(&site, LOG_LEVEL_WARN, "x/y/file.c", 12, "%s", text);
	dup2(err, STDERR_FILENO);
	n = read(pipe_fds[0], got, sizeof(got) - 1);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	close(err);
	assert_true(n > 0);
	got[n] = '\0';
	assert_ptr_equal(strchr(got, '\n'), got + n - 1);
	return got;
}

static void
json_lines_are_json(void **state)
{
	(void)state;
	clock_fake(1774000000123);
	log_json(true);
	for (size_t i = 0; i < COUNT(words); i++) {
		LOG_ABOUT(i % 2 ? "ws" : "", "req-12345");
		const char *line = line_of(words[i]);
		struct err e = {0};
		AUTO_JSON cJSON *j = json_parse(line, strlen(line) - 1, &e);

		if (!j)
			fail_msg("%s: %s", e.text, line);
		assert_string_equal(json_get_text(j, "ts"), "2026-03-20T09:46:40.123Z");
		assert_string_equal(json_get_text(j, "level"), "warn");
		assert_string_equal(json_get_text(j, "prog"), "test");
		assert_string_equal(json_get_text(j, "req"), "req-12345");
		assert_string_equal(json_get_text(j, "at"), "file.c:12");
		if (i % 2)
			assert_string_equal(json_get_text(j, "ws"), "ws");
		else
			assert_null(json_get(j, "ws"));
		if (i < 2 || i == 3)
			assert_string_equal(json_get_text(j, "msg"), words[i]);
	}
	log_json(false);
	clock_fake(0);
}

static void
text_lines_are_as_ever(void **state)
{
	(void)state;
	clock_fake(1774000000123);
	assert_string_equal(line_of("a \"b\"\n\xff"), "ts=2026-03-20T09:46:40.123Z level=warn "
	    "prog=test at=file.c:12 msg=\"a \\\"b\\\"\\n\\xff\"\n");
	{
		LOG_ABOUT("ws", "req-12345");
		assert_non_null(strstr(line_of("x"), "prog=test req=req-12345 ws=ws at="));
		{
			LOG_ABOUT("other", NULL);
			assert_non_null(strstr(line_of("x"), "prog=test ws=other at="));
		}
		assert_non_null(strstr(line_of("x"), "req=req-12345 ws=ws"));
	}
	assert_null(strstr(line_of("x"), "req="));
	clock_fake(0);
}

static void
only_ids_are_taken_for_ids(void **state)
{
	static const char *const good[] = {"abcdefgh", "A-b_9876", "0123456789abcdef0123456789abcdef"};
	static const char *const bad[] = {"", "short-1", "has blank", "quo\"ted00", "new\nline00",
	    "gr\xc3\xbcn-green", "a{}bcdefgh", "[[[[[[[[", "@@@@@@@@", "``````````"};
	char longest[LOG_ID_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(log_is_request_id(good[i], strlen(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(log_is_request_id(bad[i], strlen(bad[i])));
	memset(longest, 'x', sizeof(longest));
	assert_true(log_is_request_id(longest, LOG_ID_SIZE - 1));
	assert_false(log_is_request_id(longest, LOG_ID_SIZE));
}

static void
times_come_back(void **state)
{
	int64_t ms = 5;

	(void)state;
	assert_true(clock_from_iso("2026-11-22T07:28:00Z", &ms));
	assert_int_equal(ms, 1795332480000);
	assert_true(clock_from_iso("1970-01-01", &ms));
	assert_int_equal(ms, 0);
	assert_false(clock_from_iso("2026-11-22T07:28", &ms));
	assert_false(clock_from_iso("2026-11-22 07:28:00", &ms));
	assert_false(clock_from_iso("1969-12-31", &ms));
	assert_false(clock_from_iso("now", &ms));
	assert_false(clock_from_iso("", &ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_lines_are_json),
		cmocka_unit_test(text_lines_are_as_ever),
		cmocka_unit_test(only_ids_are_taken_for_ids),
		cmocka_unit_test(times_come_back),
	};

	log_open("test", false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
