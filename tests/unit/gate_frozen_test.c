/* The addresses of frozen apps' files, and what the gate asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "../../runner/gate/frozen.h"
#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"

#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaa"

static bool
is_asset(const char *target)
{
	return frozen_is_asset((struct text){target, strlen(target)});
}

static void
knows_its_files(void **state)
{
	static const char *const none[] = {"/", "/__carrel/frozen", "/__carrel/frozen/",
	    "/__carrel/frozen/1", "/__carrel/frozen/1/", "/__carrel/frozen/1/index.html",
	    "/__carrel/frozen/1/assets", "/__carrel/frozen/1/assets/", "/__carrel/frozen//assets/a",
	    "/__carrel/frozen/1/assets/.a", "/__carrel/frozen/1/assets/../index.html",
	    "/__carrel/frozen/1/assets/a/b", "/__carrel/frozen/1/assets/a?b",
	    "/__carrel/frozen/1/assets/%2e", "/__carrel/frozen/../1/assets/a",
	    "/__carrel/frozen/x/assets/a", "/__carrel/frozen/1x/assets/a",
	    "/__carrel/frozen/1234567890/assets/a", "//__carrel/frozen/1/assets/a",
	    "/__Carrel/frozen/1/assets/a", "/a/__carrel/frozen/1/assets/a"};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		if (is_asset(none[i]))
			fail_msg("%s was taken", none[i]);
	assert_true(is_asset("/__carrel/frozen/1/assets/app-a1_B.js"));
	assert_true(is_asset("/__carrel/frozen/123456789/assets/a"));
}

static void
expect(const char *head, const char *wanted)
{
	AUTO_BUF struct buf out = {0};

	buf_init(&out, 4096);
	frozen_request(head, strlen(head), ID, 12, &out);
	assert_string_equal(out.at, wanted);
}

static void
asks_for_one_file(void **state)
{
	(void)state;
	expect("GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	    "GET /" ID "/12/index.html HTTP/1.1\r\nHost: x\r\n\r\n");
	expect("HEAD /some/../page?a=/b HTTP/1.0\r\n\r\n",
	    "HEAD /" ID "/12/index.html HTTP/1.0\r\n\r\n");
	expect("GET /__carrel/frozen/3/assets/a.js HTTP/1.1\r\nRange: bytes=0-1\r\n\r\n",
	    "GET /" ID "/3/assets/a.js HTTP/1.1\r\nRange: bytes=0-1\r\n\r\n");
	expect("GET /__carrel/frozen/3/assets/../../../x HTTP/1.1\r\n\r\n",
	    "GET /" ID "/12/index.html HTTP/1.1\r\n\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_files),
		cmocka_unit_test(asks_for_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
