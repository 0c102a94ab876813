/*
 * What a request shows to be let in: where it is looked for, in which spellings, and that
 * the address without it is the same address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/gate/claim.h"
#include "../../shared/base/mem.h"

#define ID "abcdefghijklmnopqrstuvwxyz"
#define A ID ID
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbb" ID

static const struct site local = {"http", "localhost", "http://localhost:8080"};
static const struct site safe = {"https", "apps.example", "https://carrel.example"};
static const struct site plain = {"http", "apps.example", "http://carrel.example"};

static int
read_claim(const struct site *s, const char *first, const char *fields, struct claim *c)
{
	static char bytes[8192];
	static struct head h;
	struct ask a;
	size_t used;

	snprintf(bytes, sizeof(bytes), "%s HTTP/1.1\r\nHost: " ID ".%s\r\n%s\r\n", first,
	    s->apps_domain, fields);
	assert_int_equal(head_request(bytes, strlen(bytes), &h, &used), HEAD_WHOLE);
	assert_int_equal(ask_judge(&h, s, &a).status, 0);
	return claim_read(&h, s, &a, c).status;
}

static void
is_text(struct text t, const char *wanted)
{
	assert_int_equal(t.len, strlen(wanted));
	assert_memory_equal(t.at, wanted, t.len);
}

static void
tokens_have_one_form(void **state)
{
	static const char *const bad[] = {"", "a", A "a", "\"" A "\"", "A" ID
	    "bcdefghijklmnopqrstuvwxyz", "1" ID "bcdefghijklmnopqrstuvwxyz", "8" ID
	    "bcdefghijklmnopqrstuvwxyz", "%61" ID "bcdefghijklmnopqrstuvwx", NULL};

	(void)state;
	assert_true(claim_is_token((struct text){A, 52}));
	assert_true(claim_is_token((struct text){"234567" ID "abcdefghijklmnopqrst", 52}));
	for (const char *const *t = bad; *t; t++)
		assert_false(claim_is_token((struct text){*t, strlen(*t)}));
}

static void
cookies_of_our_name(void **state)
{
	static const struct {
		const char *fields;
		int count;
	} cases[] = {
	    {"", 0},
	    {"Cookie: __Host-carrel=" A "\r\n", 1},
	    {"Cookie: a=b;__Host-carrel=" A ";c\r\n", 1},
	    {"Cookie: __Host-carrel=" A "; __Host-carrel=" B "\r\n", 2},
	    {"Cookie: __Host-carrel=" A "\r\ncookie: __Host-carrel=" B "\r\n", 2},
	    {"Cookie: __Host-carrel=x; __Host-carrel=" B "\r\n", 1},
	    {"Cookie: __host-carrel=" A "\r\n", 0},
	    {"Cookie: __Host-carrelx=" A "\r\n", 0},
	    {"Cookie: __Host-carrel =" A "\r\n", 0},
	    {"Cookie: __Host-carrel= " A "\r\n", 0},
	    {"Cookie: __Host-carrel=\"" A "\"\r\n", 0},
	    {"Cookie: =__Host-carrel=" A "\r\n", 0},
	    {"Cookie: __Host-carrel\r\n", 0},
	    {"Cookie: __Host-carrel=\r\n", 0},
	    {"Cookie: a=__Host-carrel=" A "\r\n", 0},
	    {"Cookie: a=1, __Host-carrel=" A "\r\n", 0},
	    {"Cookie: carrel=" A "\r\n", 0},
	    {"X-Cookie: __Host-carrel=" A "\r\n", 0},
	    {"Cookie: __Host-carrel=" A ";__Host-carrel=" A ";__Host-carrel=" A
	     ";__Host-carrel=" A ";__Host-carrel=" A "\r\n", CLAIM_COOKIES_MAX},
	};
	struct claim c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(read_claim(&safe, "GET /", cases[i].fields, &c), 0);
		if (c.cookie_count != cases[i].count)
			fail_msg("%s: %d", cases[i].fields, c.cookie_count);
		read_claim(&local, "GET /", cases[i].fields, &c);
		assert_int_equal(c.cookie_count, cases[i].count);
	}
	read_claim(&plain, "GET /", "Cookie: carrel=" A "; __Host-carrel=" B "\r\n", &c);
	assert_int_equal(c.cookie_count, 1);
	is_text(c.cookies[0], A);
}

static void
fields_of_programs(void **state)
{
	struct claim c;

	(void)state;
	read_claim(&safe, "GET /", "Authorization: Bearer " A "\r\n", &c);
	assert_true(c.has_bearer && !c.has_tool);
	is_text(c.bearer, A);
	read_claim(&safe, "GET /", "authorization:  BEARER   x y \r\n", &c);
	assert_true(c.has_bearer);
	is_text(c.bearer, "x y");
	read_claim(&safe, "GET /", "Authorization: Basic " A "\r\n", &c);
	assert_false(c.has_bearer);
	read_claim(&safe, "GET /", "Authorization: Bearer\r\n", &c);
	assert_false(c.has_bearer);
	read_claim(&safe, "GET /",
	    "Authorization: Bearer " A "\r\nAuthorization: Basic x\r\n", &c);
	assert_true(c.has_bearer);
	is_text(c.bearer, "");
	read_claim(&safe, "POST /run", "X-Carrel-Ticket: " A "\r\n", &c);
	assert_true(c.has_tool);
	is_text(c.tool, A);
	read_claim(&safe, "POST /run",
	    "X-Carrel-Ticket: " A "\r\nx-carrel-ticket: " A "\r\n", &c);
	assert_true(c.has_tool);
	is_text(c.tool, "");
}

static void
addresses_lose_what_they_show(void **state)
{
	static const struct {
		const char *target, *rest, *shown;
	} cases[] = {
	    {"/?access_token=" A, "/", A},
	    {"/?ticket=" A, "/", A},
	    {"/a%20b/c?x=1&access_token=" A, "/a%20b/c?x=1", A},
	    {"/?access_token=" A "&x=%26&y", "/?x=%26&y", A},
	    {"/?a=1&ticket=" A "&b=2&&c", "/?a=1&b=2&&c", A},
	    {"/?access_token=", "/", ""},
	    {"/?access_token", "/", ""},
	    {"/?&access_token=x&", "/?&", "x"},
	    {"/?access_token=a=b?c", "/", "a=b?c"},
	    {"/?access_token=" A "&", "/?", A},
	    {"/?//x&ticket=x", "/?//x", "x"},
	};
	static const char *const others[] = {"/", "/?", "/?a", "/access_token=x",
	    "/?Access_token=x", "/?xaccess_token=x", "/?access_tokens=x", "/?a=access_token=x",
	    "/?a=?access_token=x", "/?access%255ftoken=x", "/?tickets", "/?%ticket", "//x?a",
	    NULL};
	struct claim c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_BUF struct buf first = {0}, rest = {0};

		buf_init(&first, 1024);
		buf_init(&rest, 1024);
		buf_fmt(&first, "%s %s", i % 2 ? "HEAD" : "GET", cases[i].target);
		assert_int_equal(read_claim(&safe, first.at, "", &c), 0);
		assert_int_not_equal(c.address, CLAIM_NOTHING);
		is_text(c.shown, cases[i].shown);
		claim_add_address(&c, &rest);
		assert_string_equal(rest.at, cases[i].rest);
	}
	for (const char *const *t = others; *t; t++) {
		char first[256];

		snprintf(first, sizeof(first), "GET %s", *t);
		assert_int_equal(read_claim(&safe, first, "", &c), 0);
		if (c.address != CLAIM_NOTHING)
			fail_msg("%s", *t);
	}
}

static void
addresses_that_are_refused(void **state)
{
	static const struct {
		const char *first, *fields;
	} cases[] = {
	    {"GET /?access_token=x&access_token=x", ""},
	    {"GET /?access_token=" A "&ticket=" A, ""},
	    {"GET /?ticket=x&a=b&ticket", ""},
	    {"GET /?access%5Ftoken=" A, ""},
	    {"GET /?%61ccess_token=" A, ""},
	    {"GET /?ticke%74=" A, ""},
	    {"GET /?ticke%74=" A "&ticket=" A, ""},
	    {"POST /?access_token=" A, ""},
	    {"PUT /?ticket=" A, ""},
	    {"OPTIONS /?ticket=" A, ""},
	    {"GET /?ticket=" A, "Content-Length: 1\r\n"},
	    {"GET /ws?access_token=" A, "Connection: Upgrade\r\nUpgrade: websocket\r\n"},
	    {"GET //evil.example/?access_token=" A, ""},
	    {"GET /\\evil.example/?access_token=" A, ""},
	};
	struct claim c;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (read_claim(&safe, cases[i].first, cases[i].fields, &c) != 400)
			fail_msg("%s", cases[i].first);
}

static void
cookies_that_are_set(void **state)
{
	static const struct {
		const struct site *site;
		const char *fields, *wanted;
	} cases[] = {
	    {&safe, "", "__Host-carrel=t; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax"},
	    {&safe, "Sec-Fetch-Dest: document\r\n",
		"__Host-carrel=t; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax"},
	    {&safe, "Sec-Fetch-Dest: iframe\r\n", "__Host-carrel=t; Max-Age=60; Secure; "
		"HttpOnly; Path=/; SameSite=None; Partitioned"},
	    {&local, "Sec-Fetch-Dest: iframe\r\n", "__Host-carrel=t; Max-Age=60; Secure; "
		"HttpOnly; Path=/; SameSite=None; Partitioned"},
	    {&local, "", "__Host-carrel=t; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax"},
	    {&safe, "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Dest: iframe\r\n",
		"__Host-carrel=t; Max-Age=60; Secure; HttpOnly; Path=/; SameSite=Lax"},
	    {&plain, "", "carrel=t; Max-Age=60; HttpOnly; Path=/; SameSite=Lax"},
	    {&plain, "Sec-Fetch-Dest: iframe\r\n",
		"carrel=t; Max-Age=60; HttpOnly; Path=/; SameSite=Lax"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_BUF struct buf out = {0};
		struct claim c;

		buf_init(&out, 1024);
		read_claim(cases[i].site, "GET /", cases[i].fields, &c);
		claim_add_cookie(&c, cases[i].site, "t", 60, &out);
		assert_string_equal(out.at, cases[i].wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_have_one_form),
		cmocka_unit_test(cookies_of_our_name),
		cmocka_unit_test(fields_of_programs),
		cmocka_unit_test(addresses_lose_what_they_show),
		cmocka_unit_test(addresses_that_are_refused),
		cmocka_unit_test(cookies_that_are_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
