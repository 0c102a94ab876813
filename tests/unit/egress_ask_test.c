/* What requests ask egress for, which addresses downloads may come from, and checksums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "../../runner/egress/ask.h"
#include "../../shared/base/mem.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
judge(const char *line, const char *fields, struct ask *a)
{
	char text[2000];
	const char *words;
	struct head h;
	size_t used;
	int n = snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\n%s\r\n", line, fields);

	assert_int_equal(head_request(text, (size_t)n, &h, &used), HEAD_WHOLE);
	return ask_judge(&h, a, &words);
}

static void
addresses_are_taken_apart(void **state)
{
	static const struct {
		const char *line;
		int status;
		enum ask_what what;
		enum ecosystem_id eco;
		const char *name;
		bool is_metadata;
	} cases[] = {
		{"GET /pypi/simple/numpy/", 0, ASK_PAGE, ECOSYSTEM_pypi, "numpy", false},
		{"GET /pypi/simple/Zope.Inter__face?x", 0, ASK_PAGE, ECOSYSTEM_pypi,
		    "zope-inter-face", false},
		{"HEAD /pypi/files/a/" HEX "/a-1.whl", 0, ASK_FILE, ECOSYSTEM_pypi, "a", false},
		{"GET /pypi/files/a/" HEX "/a.whl.metadata", 0, ASK_FILE, ECOSYSTEM_pypi, "a",
		    true},
		{"GET /npm/left-pad", 0, ASK_PAGE, ECOSYSTEM_npm, "left-pad", false},
		{"GET /npm/@a%2fb", 0, ASK_PAGE, ECOSYSTEM_npm, "@a/b", false},
		{"GET /npm/@a/b", 0, ASK_PAGE, ECOSYSTEM_npm, "@a/b", false},
		{"GET /npm/files/@a/b/" HEX HEX "/b.tgz", 0, ASK_FILE, ECOSYSTEM_npm, "@a/b",
		    false},
		{"POST /npm/left-pad", 405, 0, 0, NULL, false},
		{"GET /", 403, 0, 0, NULL, false},
		{"GET /PYPI/simple/a/", 403, 0, 0, NULL, false},
		{"GET /pypi/simple/", 403, 0, 0, NULL, false},
		{"GET /pypi/simple/-a/", 403, 0, 0, NULL, false},
		{"GET /pypi/simple/a/../b/", 403, 0, 0, NULL, false},
		{"GET /pypi/simple/a%20b/", 403, 0, 0, NULL, false},
		{"GET /pypi/files/a/" HEX "/", 403, 0, 0, NULL, false},
		{"GET /pypi/files/a/" HEX "0/x", 403, 0, 0, NULL, false},
		{"GET /pypi/files/" HEX "/x", 403, 0, 0, NULL, false},
		{"GET /npm/files/a/" HEX "/x", 403, 0, 0, NULL, false},
		{"GET /npm/..", 403, 0, 0, NULL, false},
		{"GET /npm/@a%2f..", 403, 0, 0, NULL, false},
		{"GET /npm/@a%2fb%2fc", 403, 0, 0, NULL, false},
		{"GET /npm/a?b", 0, ASK_PAGE, ECOSYSTEM_npm, "a", false},
	};
	struct ask a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = judge(cases[i].line, "", &a);

		if (status != cases[i].status)
			fail_msg("%s: %d", cases[i].line, status);
		if (status)
			continue;
		assert_int_equal(a.what, cases[i].what);
		assert_int_equal(a.eco, cases[i].eco);
		assert_string_equal(a.name, cases[i].name);
		assert_int_equal(a.is_metadata, cases[i].is_metadata);
	}
}

static void
the_form_is_the_clients_choice(void **state)
{
	static const struct {
		const char *accept;
		enum ask_form form;
	} cases[] = {
		{"", FORM_HTML}, {"Accept: */*\r\n", FORM_HTML},
		{"Accept: text/html\r\n", FORM_HTML},
		{"Accept: application/vnd.pypi.simple.v1+json\r\n", FORM_JSON},
		{"Accept: application/vnd.pypi.simple.v1+json, "
		    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01\r\n", FORM_JSON},
		{"Accept: text/html, application/vnd.pypi.simple.v1+json; q=0.9\r\n", FORM_HTML},
		{"Accept: application/vnd.pypi.simple.v1+json;q=0\r\n", FORM_HTML},
	};
	struct ask a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(judge("GET /pypi/simple/a/", cases[i].accept, &a), 0);
		if (a.form != cases[i].form)
			fail_msg("%s", cases[i].accept);
	}
}

static void
a_connection_ends_when_asked_to(void **state)
{
	struct ask a;

	(void)state;
	judge("GET /npm/a", "", &a);
	assert_false(a.is_last);
	judge("GET /npm/a", "Connection: foo, Close\r\n", &a);
	assert_true(a.is_last);
	assert_int_equal(judge("GET /npm/a", "Content-Length: 1\r\n", &a), 400);
	assert_true(a.is_last);
	assert_int_equal(judge("GET /npm/a", "Content-Length: 0\r\n", &a), 0);
}

static void
ranges_lie_within(void **state)
{
	static const struct {
		const char *range;
		int64_t size;
		int status;
		int64_t first, bytes;
	} cases[] = {
		{"bytes=0-0", 10, 206, 0, 1}, {"bytes=0-99", 10, 206, 0, 10},
		{"bytes=9-", 10, 206, 9, 1}, {"bytes=-3", 10, 206, 7, 3},
		{"bytes=-30", 10, 206, 0, 10}, {"bytes=-0", 10, 416, 0, 0},
		{"bytes=10-", 10, 416, 0, 0}, {"bytes=0-", 0, 416, 0, 0},
		{"bytes=-1", 0, 416, 0, 0}, {"bytes=-", 10, 200, 0, 0},
		{"bytes=3-2", 10, 200, 0, 0}, {"bytes=1-2,3-4", 10, 200, 0, 0},
		{"bytes=a-", 10, 200, 0, 0}, {"bytes", 10, 200, 0, 0}, {"", 10, 200, 0, 0},
		{"bytes=0-9223372036854775807", 10, 206, 0, 10},
		{"bytes=99999999999999999999-", 10, 200, 0, 0},
	};
	int64_t first, bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status = ask_range(cases[i].range, cases[i].size, &first, &bytes);

		if (status != cases[i].status)
			fail_msg("%s: %d", cases[i].range, status);
		if (status != 206)
			continue;
		assert_int_equal(first, cases[i].first);
		assert_int_equal(bytes, cases[i].bytes);
	}
}

static bool
special(const char *address)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
		return where_is_special((const void *)&four);
	assert_int_equal(inet_pton(AF_INET6, address, &six.sin6_addr), 1);
	return where_is_special((const void *)&six);
}

static void
special_addresses_are_known(void **state)
{
	static const char *const yes[] = {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1",
	    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "198.19.0.1",
	    "224.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
	    "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:db8::1", "2002:a00:1::",
	    "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1"};
	static const char *const no[] = {"1.1.1.1", "11.0.0.1", "100.128.0.1", "172.32.0.1",
	    "192.169.0.1", "223.255.255.255", "2606:4700::1", "2a04:4e42::223",
	    "::ffff:1.1.1.1", "64:ff9b::101:101"};
	struct sockaddr odd = {.sa_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		if (!special(yes[i]))
			fail_msg("%s is special", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		if (special(no[i]))
			fail_msg("%s is not special", no[i]);
	assert_true(where_is_special(&odd));
}

static void
where_downloads_may_come_from(void **state)
{
	struct origin home;
	char out[URL_SIZE];
	struct err e;

	(void)state;
	assert_int_equal(where_origin("http://u:p%40@Index.example:81/simple//", &home, &e), 0);
	assert_string_equal(home.base, "http://Index.example:81/simple");
	assert_string_equal(home.user, "u");
	assert_string_equal(home.password, "p@");
	assert_int_equal(where_origin("ftp://x/", &home, &e), -1);
	assert_int_equal(where_origin("x", &home, &e), -1);
	assert_int_equal(where_origin("http://index.example:81/simple", &home, &e), 0);
	assert_true(where_may("http://INDEX.example:81/any", &home));
	assert_true(where_may("https://other.example/x", &home));
	assert_false(where_may("http://index.example/x", &home));
	assert_false(where_may("http://other.example:81/x", &home));
	assert_false(where_may("https://u@other.example/x", &home));
	assert_false(where_may("file:///etc/passwd", &home));
	assert_false(where_may("gopher://index.example:81/", &home));
	assert_true(where_join("https://a.example/simple/x/", "../../f/y.whl#h", out));
	assert_string_equal(out, "https://a.example/f/y.whl");
	assert_true(where_join("https://a.example/simple/x/", "//b.example/y", out));
	assert_string_equal(out, "https://b.example/y");
	assert_false(where_join("https://a.example/", "javascript:x", out) &&
	    where_may(out, &home));
	assert_false(where_join("https://a.example/", "https://b.example/a b\n- x", out) &&
	    strpbrk(out, " \n"));
}

static void
checksums_are_one_text(void **state)
{
	char hex[DIGEST_SIZE], b64[DIGEST_SIZE], got[DIGEST_SIZE];
	enum digest_kind kind;
	struct digest d;

	(void)state;
	digest_start(&d, DIGEST_SHA256);
	digest_add(&d, "ab", 2);
	digest_add(&d, "c", 1);
	digest_end(&d, got);
	assert_string_equal(got, "sha256-"
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(digest_from_hex(DIGEST_SHA256,
	    "BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 64, hex));
	assert_string_equal(hex, got);
	assert_true(digest_from_base64(DIGEST_SHA256,
	    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", 44, b64));
	assert_string_equal(b64, got);
	assert_true(digest_is_valid(got, &kind) && kind == DIGEST_SHA256);
	assert_false(digest_is_valid("sha256-AB", &kind));
	assert_false(digest_from_hex(DIGEST_SHA512, HEX, 64, hex));
	assert_false(digest_from_hex(DIGEST_SHA256, "g" HEX, 64, hex));
	assert_false(digest_from_base64(DIGEST_SHA512, "ungW", 4, b64));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_taken_apart),
		cmocka_unit_test(the_form_is_the_clients_choice),
		cmocka_unit_test(a_connection_ends_when_asked_to),
		cmocka_unit_test(ranges_lie_within),
		cmocka_unit_test(special_addresses_are_known),
		cmocka_unit_test(where_downloads_may_come_from),
		cmocka_unit_test(checksums_are_one_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
