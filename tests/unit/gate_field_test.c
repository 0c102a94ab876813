/*
 * What becomes of each field in a head that passes through the gate, and of the gate's
 * own answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/gate/field.h"
#include "../../runner/gate/page.h"
#include "../../shared/base/mem.h"

#define SAFE \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n" \
	"X-Robots-Tag: noindex\r\nCross-Origin-Resource-Policy: same-origin\r\n" \
	"Cross-Origin-Opener-Policy: same-origin-allow-popups\r\nOrigin-Agent-Cluster: " \
	"?1\r\n" \
	"Permissions-Policy: hid=(), payment=(), serial=(), usb=()\r\n"
#define END \
	"Content-Security-Policy: frame-ancestors 'self' http://c\r\nConnection: " \
	"close\r\n\r\n"

static const struct site site = {"http", "a", "http://c"};

static const struct {
	const char *given, *wanted;
} requests[] = {
    {"", ""},
    {"A: b\r\n", "A: b\r\n"},
    {"A:   b \t\r\n", "A: b\r\n"},
    {"A:\r\n", "A: \r\n"},
    {"Cookie: a=1\r\n", "Cookie: a=1\r\n"},
    {"Cookie: carrel=1\r\n", ""},
    {"Cookie: a=1;carrel=1; b=2;;c\r\n", "Cookie: a=1; b=2; c\r\n"},
    {"cookie: CARREL-x=1; __HOST-carrel=2\r\n", ""},
    {"Cookie: __Host-carrel=x; session_2718=y\r\nX-Carrel-Ticket: x\r\n",
	"Cookie: session_2718=y\r\n"},
    {"x-CARREL-ticket: x\r\nx-carrel-id: y\r\n", ""},
    {"Cookie: x=carrel\r\n", "Cookie: x=carrel\r\n"},
    {"AUTHORIZATION: x\r\nX-Api-Key: y\r\n", ""},
    {"X-Forwarded-Anything: x\r\n", ""},
    {"X-Forwardedly: x\r\n", "X-Forwardedly: x\r\n"},
    {"Expect: 100-continue\r\n", ""},
    {"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n", ""},
    {"Connection: a, b\r\nConnection: c\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n", "D: 4\r\n"},
    {"Content-Length: 3\r\n", "Content-Length: 3\r\n"},
};

static const struct {
	const char *given, *wanted;
} responses[] = {
    {"", ""},
    {"A: b\r\n", "A: b\r\n"},
    {"Set-Cookie: a=b\r\n", "Set-Cookie: a=b\r\n"},
    {"Set-Cookie: a=b; Domain=x\r\n", "Set-Cookie: a=b\r\n"},
    {"Set-Cookie: a=b;DOMAIN=x;Secure; domain;\r\n", "Set-Cookie: a=b; Secure\r\n"},
    {"Set-Cookie: a = b; \tDomain\t=x\r\n", "Set-Cookie: a = b\r\n"},
    {"Set-Cookie: domain=x\r\n", "Set-Cookie: domain=x\r\n"},
    {"Set-Cookie: \r\n", ""},
    {"Set-Cookie:  Carrel=1\r\n", ""},
    {"Set-Cookie: __Host-carrel=1; Secure; Path=/; Partitioned\r\n", ""},
    {"WWW-Authenticate: Basic\r\n", "WWW-Authenticate: Basic\r\n"},
    {"Set-Cookie: =carrel=1\r\n", ""},
    {"Set-Cookie: x\r\n", ""},
    {"Set-Cookie: ; a=b\r\n", ""},
    {"X-Accel-Redirect: /x\r\nx-sendfile: /x\r\n", ""},
    {"Access-Control-Allow-Origin: *\r\n", ""},
    {"Trailer: x\r\nUpgrade: h2c\r\n", ""},
    {"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n"},
    {"Connection: Content-Length\r\nContent-Length: 3\r\n", "Content-Length: 3\r\n"},
};

static void
request_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		AUTO_BUF struct buf in, out, wanted;
		struct ask a = {.request = "our-own-id"};
		struct head h;
		size_t used;

		buf_init(&in, 4096);
		buf_init(&out, 4096);
		buf_init(&wanted, 4096);
		buf_fmt(
		    &in, "GET /%%2f?x HTTP/1.1\r\nHost: h\r\n%s\r\n", requests[i].given);
		buf_fmt(&wanted,
		    "GET /%%2f?x HTTP/1.1\r\nHost: h\r\n%sX-Request-Id: our-own-id\r\n"
		    "Connection: close\r\n\r\n", requests[i].wanted);
		assert_int_equal(head_request(in.at, in.len, &h, &used), HEAD_WHOLE);
		assert_false(field_connection_is_bad(&h));
		field_request(&h, &a, &out);
		assert_string_equal(out.at, wanted.at);
	}
}

static void
response_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(responses); i++) {
		AUTO_BUF struct buf in, out, wanted;
		struct ask a = {.request = "our-own-id"};
		struct head h;
		size_t used;

		buf_init(&in, 4096);
		buf_init(&out, 4096);
		buf_init(&wanted, 4096);
		buf_fmt(&in, "HTTP/1.1 200 Very well\r\n%s\r\n", responses[i].given);
		buf_fmt(&wanted, "HTTP/1.1 200 Very well\r\n%sX-Request-Id: our-own-id\r\n" SAFE END,
		    responses[i].wanted);
		assert_int_equal(head_response(in.at, in.len, &h, &used), HEAD_WHOLE);
		field_response(&h, &a, &site, &out);
		assert_string_equal(out.at, wanted.at);
	}
}

static void
notebooks_load_from_their_own_address(void **state)
{
	static const char whole[] = "HTTP/1.1 200 X\r\n\r\n";
	struct ask notebook = {.is_notebook = true};
	AUTO_BUF struct buf out;
	struct head h;
	size_t used;

	(void)state;
	buf_init(&out, 4096);
	head_response(whole, sizeof(whole) - 1, &h, &used);
	field_response(&h, &notebook, &site, &out);
	assert_non_null(strstr(out.at, "; connect-src 'self' blob: data:; "));
	assert_non_null(strstr(out.at, "; frame-ancestors 'self' "));
}

static void
vital_fields_cannot_be_taken_out(void **state)
{
	static const char *const bad[] = {"Connection: host\r\n",
	    "Connection: close, Content-Length\r\n"
	    "Content-Length: 1\r\n",
	    "Connection: origin\r\nOrigin: x\r\n",
	    "Connection: a\r\nConnection: Transfer-Encoding\r\nTransfer-Encoding: "
	    "chunked\r\n"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		AUTO_BUF struct buf in;
		struct head h;
		size_t used;

		buf_init(&in, 4096);
		buf_fmt(&in, "GET / HTTP/1.1\r\nHost: h\r\n%s\r\n", bad[i]);
		assert_int_equal(head_request(in.at, in.len, &h, &used), HEAD_WHOLE);
		assert_true(field_connection_is_bad(&h));
	}
}

static void
only_asked_upgrades_pass(void **state)
{
	static const char whole[] =
	    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nSec-A: b\r\n\r\n";
	static const char long_one[] =
	    "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\n";
	static const char other[] = "HTTP/1.1 101 X\r\nUpgrade: h2c\r\n\r\n";
	struct ask plain = {.body = 0}, upgrade = {.is_upgrade = true};
	AUTO_BUF struct buf out;
	struct head h;
	size_t used;

	(void)state;
	buf_init(&out, 4096);
	head_response(long_one, sizeof(long_one) - 1, &h, &used);
	assert_false(field_response_is_fine(&h, &upgrade));
	head_response(other, sizeof(other) - 1, &h, &used);
	assert_false(field_response_is_fine(&h, &upgrade));
	head_response(whole, sizeof(whole) - 1, &h, &used);
	assert_false(field_response_is_fine(&h, &plain));
	assert_true(field_response_is_fine(&h, &upgrade));
	field_response(&h, &upgrade, &site, &out);
	assert_string_equal(out.at, "HTTP/1.1 101 X\r\nSec-A: b\r\n"
	    "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
}

static void
own_answers(void **state)
{
	struct template_set *set = page_load("/nonexistent");
	struct ask page = {.is_page = true}, head = {.is_page = true, .is_head = true},
		   json = {0};
	AUTO_BUF struct buf out;
	size_t full;

	(void)state;
	buf_init(&out, 65536);
	page_answer(set, &site, &page,
	    &(struct answer){.kind = PAGE_WAITING,
		.status = 503,
		.title = "<b>",
		.retry_after_secs = 1},
	    &out);
	assert_non_null(strstr(out.at, "HTTP/1.1 503 Service Unavailable\r\n"));
	assert_non_null(strstr(out.at, "Retry-After: 1\r\n"));
	assert_non_null(strstr(out.at, "<h1>&lt;b&gt; is waking up</h1>"));
	full = out.len;
	buf_reset(&out);
	page_answer(set, &site, &head,
	    &(struct answer){.kind = PAGE_WAITING,
		.status = 503,
		.title = "<b>",
		.retry_after_secs = 1},
	    &out);
	assert_true(out.len < full);
	assert_string_equal(out.at + out.len - 4, "\r\n\r\n");
	buf_reset(&out);
	memcpy(json.request, "our-own-id", 11);
	page_answer(set, &site, &json, &(struct answer){.status = 405, .title = "t",
	    .words = "a \"b\"\n\\"}, &out);
	assert_non_null(strstr(out.at, "Allow: GET, HEAD"));
	assert_non_null(strstr(
	    out.at, "\r\n\r\n{\"detail\":\"a \\\"b\\\"\\n\\\\\",\"request_id\":\"our-own-id\""));
	assert_non_null(strstr(out.at, "X-Request-Id: our-own-id\r\n"));
	buf_reset(&out);
	page_answer(
	    set, &site, &page, &(struct answer){.kind = PAGE_GONE, .status = 404}, &out);
	assert_non_null(strstr(out.at, "There is no app at this address"));
	assert_non_null(strstr(out.at, "href=\"http://c\""));
	buf_reset(&out);
	page.is_notebook = true;
	page_answer(set, &site, &page, &(struct answer){.status = 502,
	    .title = "This {app} did", .words = "{app} {app}{apps} {app"}, &out);
	assert_non_null(strstr(out.at, "<h1>This notebook did</h1>"));
	assert_non_null(strstr(out.at, "<p>notebook notebook{apps} {app</p>"));
	buf_reset(&out);
	page_answer(set, &site, &page, &(struct answer){.kind = PAGE_WAITING, .status = 503,
	    .title = "{app}"}, &out);
	assert_non_null(strstr(out.at, "<h1>{app} is waking up</h1>"));
	buf_reset(&out);
	page_answer(
	    set, &site, &page, &(struct answer){.kind = PAGE_ADMIT, .status = 401}, &out);
	assert_non_null(strstr(out.at, "HTTP/1.1 401 Unauthorized\r\n"));
	assert_non_null(strstr(out.at, "WWW-Authenticate: Bearer\r\n"));
	assert_non_null(strstr(out.at, "form-action 'self';"));
	assert_non_null(strstr(out.at, "name=\"access_token\""));
	buf_reset(&out);
	page_answer(set, &site, &page, &(struct answer){.kind = PAGE_MOVED, .status = 303,
	    .location = "/x", .cookie = "a=b"}, &out);
	assert_non_null(strstr(out.at, "HTTP/1.1 303 See Other\r\n"));
	assert_non_null(strstr(out.at, "Location: /x\r\nSet-Cookie: a=b\r\n"));
	assert_non_null(strstr(out.at, "Content-Length: 0\r\n"));
	template_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_fields),
		cmocka_unit_test(response_fields),
		cmocka_unit_test(notebooks_load_from_their_own_address),
		cmocka_unit_test(vital_fields_cannot_be_taken_out),
		cmocka_unit_test(only_asked_upgrades_pass),
		cmocka_unit_test(own_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
