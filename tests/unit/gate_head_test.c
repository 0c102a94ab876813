/*
 * The gate's judgement of heads: what is whole, what is refused, what is closed, and that
 * a cut anywhere in a good head is never taken for whole or for bad.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/gate/ask.h"
#include "../../runner/gate/path.h"
#include "../../shared/base/mem.h"

#define ID "abcdefghijklmnopqrstuvwxyz"
#define HOST "Host: " ID ".apps.example\r\n"

static const struct site site = {"https", "apps.example", "https://carrel.example"};

static enum head_result
request(const char *bytes, size_t n, struct head *h)
{
	char *copy = mem_new(n ? n : 1); /* of this size: a tool sees a read beyond it */
	enum head_result result;
	size_t used = 0;

	memcpy(copy, bytes, n);
	result = head_request(copy, n, h, &used);
	if (result == HEAD_WHOLE)
		assert_in_range(used, 4, n);
	free(copy);
	return result;
}

static void
heads_are_read_strictly(void **state)
{
	static const struct {
		const char *bytes;
		enum head_result wanted;
	} cases[] = {
	    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", HEAD_WHOLE},
	    {"GET /a?b HTTP/1.0\r\nhost:x\r\nA:\r\nA: \t \r\n\r\nrest", HEAD_WHOLE},
	    {"P HTTP/1.1\r\nHost: x\r\n\r\n", HEAD_BAD},
	    {"", HEAD_PART},
	    {"G", HEAD_PART},
	    {"GET / HTTP/1.1\r\nHost: x\r\n\r", HEAD_PART},
	    {"\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f\r\n\r\n", HEAD_BAD},
	    {"GET x HTTP/1.1\r\nHost: x\r\n\r\n", HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: "
	     "1\r\n\r\n",
		HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: "
	     "chunked\r\n\r\n",
		HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1234567890123456789\r\n\r\n",
		HEAD_BAD},
	    {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", HEAD_CODING},
	    {"GET / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", HEAD_BAD},
	};
	static const char nul[] = "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n";
	struct head h;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (request(cases[i].bytes, strlen(cases[i].bytes), &h) !=
		    cases[i].wanted)
			fail_msg("%s", cases[i].bytes);
	assert_int_equal(request(nul, sizeof(nul) - 1, &h), HEAD_BAD);
}

static void
a_part_is_a_part(void **state)
{
	static const char whole[] =
	    "POST /a%20b?c=[1] HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
	    "Cookie: a=b\r\nX-Empty:\r\n\r\n";
	struct head h;

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_int_equal(request(whole, n, &h), HEAD_PART);
	assert_int_equal(request(whole, sizeof(whole) - 1, &h), HEAD_WHOLE);
	assert_int_equal(h.length, 5);
	assert_int_equal(h.count, 4);
}

static void
sizes_are_bounded(void **state)
{
	static char bytes[2 * HEAD_BYTES_MAX];
	const char *start = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
	size_t n = strlen(start), used;
	struct head h;

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, start, n);
	assert_int_equal(request(bytes, HEAD_BYTES_MAX - 1, &h), HEAD_PART);
	assert_int_equal(request(bytes, HEAD_BYTES_MAX, &h), HEAD_LARGE);
	memcpy(bytes + HEAD_BYTES_MAX - 4, "\r\n\r\n", 4);
	assert_int_equal(head_request(bytes, sizeof(bytes), &h, &used), HEAD_WHOLE);
	assert_int_equal(used, HEAD_BYTES_MAX);
	memcpy(bytes + HEAD_BYTES_MAX - 4, "a\r\n\r\n", 5);
	assert_int_equal(request(bytes, sizeof(bytes), &h), HEAD_LARGE);
	n = strlen("GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < HEAD_FIELDS_MAX - 1; i++, n += 4)
		memcpy(bytes + n, "A:\r\n", 4);
	memcpy(bytes + n, "\r\nA:\r\n\r\n", 8);
	assert_int_equal(request(bytes, n + 2, &h), HEAD_WHOLE);
	memcpy(bytes + n, "A:\r\n\r\n", 6);
	assert_int_equal(request(bytes, n + 6, &h), HEAD_LARGE);
}

static void
responses_are_read_strictly(void **state)
{
	static const struct {
		const char *bytes;
		enum head_result wanted;
		int status;
	} cases[] = {
	    {"HTTP/1.1 200 OK\r\n\r\n", HEAD_WHOLE, 200},
	    {"HTTP/1.1 204\r\nA: b\r\n\r\n", HEAD_WHOLE, 204},
	    {"HTTP/1.0 599 \r\n\r\n", HEAD_WHOLE, 599},
	    {"HTTP/1.1 200OK\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1 20 OK\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1 099 X\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1 600 X\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1  200 OK\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/2 200 OK\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1 200 O\rK\r\n\r\n", HEAD_BAD, 0},
	    {"HTTP/1.1 200 OK\n\r\n\r\n", HEAD_BAD, 0},
	};
	struct head h;
	size_t used;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (head_response(cases[i].bytes, strlen(cases[i].bytes), &h, &used) !=
		    cases[i].wanted)
			fail_msg("%s", cases[i].bytes);
		if (cases[i].wanted == HEAD_WHOLE)
			assert_int_equal(h.status, cases[i].status);
	}
}

static void
closed_addresses_are_found(void **state)
{
	static const struct {
		const char *target;
		int status;
	} cases[] = {
	    {"/", 0},
	    {"/?a=/@fs/", 0},
	    {"/@fs", 403},
	    {"/@fs/", 403},
	    {"/@fsx", 0},
	    {"/%40%66%73/x", 403},
	    {"/%2540fs/x", 403},
	    {"/%252540fs/x", 403},
	    {"/a/../@fs/x", 403},
	    {"/a/..\\@fs\\x", 403},
	    {"/@fs/..", 0},
	    {"/../../@fs/x", 403},
	    {"/x/@fs/y", 403},
	    {"/%", 0},
	    {"/%4", 0},
	    {"/%zz", 0},
	    {"/__CARREL", 404},
	    {"/__carrelly", 404},
	    {"/x/__carrel", 0},
	    {"//auth///token", 403},
	    {"/auth/token%00", 0},
	    {"/auth/tokens", 0},
	    {"/.", 0},
	    {"/..", 0},
	    {"/...", 0},
	    {"/./././", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text t = {cases[i].target, strlen(cases[i].target)};

		if (path_judge(t).app != cases[i].status)
			fail_msg("%s: %d", cases[i].target, path_judge(t).app);
	}
}

static void
notebooks_close_other_addresses(void **state)
{
	static const struct {
		const char *target;
		int app, notebook;
		bool is_shell, is_quiet, is_quiet_tool, is_view;
	} cases[] = {
	    {"/", 0, 0, false, false, false, false},
	    {"/terminal/ws", 403, 0, true, false, false, false},
	    {"//Terminal/%77s?x", 403, 0, true, false, false, false},
	    {"/lsp/pylsp", 0, 0, true, false, false, false},
	    {"/lspx", 0, 0, false, false, false, false},
	    {"/auth/login", 0, 403, false, false, false, false},
	    {"/auth/token", 403, 403, false, false, false, false},
	    {"/api/kernel/shutdown", 0, 403, false, false, false, false},
	    {"/api/kernel/%2573hutdown", 0, 403, false, false, false, false},
	    {"/api/kernel/restart_session", 0, 0, false, false, false, false},
	    {"/api/home/shutdown_session", 0, 0, false, false, false, false},
	    {"/@file/12-a.txt", 0, 0, false, false, false, false},
	    {"/mcp", 0, 403, false, false, false, false},
	    {"/mcp/server", 0, 403, false, false, false, false},
	    {"/mcp-x", 0, 403, false, false, false, false},
	    {"/api/ai/mcp/status", 0, 0, false, false, false, false},
	    {"/api/marimo/v1/x", 0, 404, false, false, false, false},
	    {"/__carrel/marimo/x.js", 404, 404, false, false, false, false},
	    {"/health", 0, 0, false, true, false, false},
	    {"/healthz", 0, 0, false, true, false, false},
	    {"/healthy", 0, 0, false, false, false, false},
	    {"/sse?session_id=s_abcdef", 0, 0, false, true, false, false},
	    {"/ws", 0, 0, false, true, false, false},
	    {"/api/status/connections", 0, 0, false, true, false, false},
	    {"/api/usage", 0, 0, false, true, false, false},
	    {"/api/kernel/status", 0, 0, false, true, false, false},
	    {"/api/kernel/run", 0, 0, false, false, false, false},
	    {"/api/lsp/health", 0, 0, false, true, false, false},
	    {"/api/home/running_notebooks", 0, 0, false, true, false, false},
	    {"/status", 0, 0, false, false, true, false},
	    {"/run", 0, 0, false, false, false, false},
	    {"/api/kernel/set_ui_element_value", 0, 0, false, false, false, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text t = {cases[i].target, strlen(cases[i].target)};
		struct path p = path_judge(t);

		if (p.app != cases[i].app || p.notebook != cases[i].notebook ||
		    p.is_shell != cases[i].is_shell || p.is_quiet != cases[i].is_quiet ||
		    p.is_quiet_tool != cases[i].is_quiet_tool ||
		    p.is_view != cases[i].is_view)
			fail_msg("%s", cases[i].target);
	}
}

static struct refusal
judge(const char *first, const char *fields, struct ask *a)
{
	static struct head h;
	static char bytes[4096];
	size_t used;

	snprintf(bytes, sizeof(bytes), "%s HTTP/1.1\r\n" HOST "%s\r\n", first, fields);
	assert_int_equal(head_request(bytes, strlen(bytes), &h, &used), HEAD_WHOLE);
	return ask_judge(&h, &site, a);
}

static void
requests_are_told_apart(void **state)
{
	struct ask a;

	(void)state;
	assert_int_equal(judge("GET /", "Accept: text/html,*/*\r\n", &a).status, 0);
	assert_string_equal(a.id, ID);
	assert_true(a.is_page && a.is_read && !a.is_upgrade && a.body == 0);
	judge("GET /", "Accept: text/html\r\nSec-Fetch-Mode: cors\r\n", &a);
	assert_false(a.is_page);
	judge("POST /", "Sec-Fetch-Mode: navigate\r\nContent-Length: 7\r\n", &a);
	assert_true(a.is_page && !a.is_read && a.body == 7);
	judge("PUT /", "Transfer-Encoding: chunked\r\n", &a);
	assert_int_equal(a.body, -1);
	judge("GET /", "Connection: keep-alive , Upgrade\r\nUpgrade: WebSocket\r\n"
	    "Sec-WebSocket-Protocol: vite-ping\r\n", &a);
	assert_true(a.is_upgrade && a.is_ping && !a.is_page && a.body == -1);
	for (const char *const *f = (const char *const[]){"Upgrade: websocket\r\n",
	    "Connection: upgrade\r\n", "Connection: upgrade\r\nUpgrade: h2c\r\n",
	    "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
	    "Connection: upgraded\r\nUpgrade: websocket\r\n", NULL}; *f; f++) {
		judge("GET /", *f, &a);
		assert_false(a.is_upgrade);
	}
}

static int
at_door(const char *first, bool is_notebook, enum door door, bool has_terminal)
{
	struct ask a;

	if (judge(first, "", &a).status)
		fail_msg("%s", first);
	a.is_notebook = is_notebook;
	return ask_judge_door(&a, door, has_terminal).status;
}

static void
doors_differ(void **state)
{
	struct ask a;

	(void)state;
	assert_int_equal(at_door("GET /terminal/ws", true, DOOR_APP, true), 0);
	assert_int_equal(at_door("GET /terminal/ws", true, DOOR_APP, false), 403);
	assert_int_equal(at_door("GET /terminal/ws", true, DOOR_RUN, true), 403);
	assert_int_equal(at_door("GET /terminal/ws", false, DOOR_APP, true), 403);
	assert_int_equal(at_door("GET /lsp/x", true, DOOR_RUN, true), 403);
	assert_int_equal(at_door("GET /lsp/x", false, DOOR_APP, false), 0);
	assert_int_equal(at_door("POST /auth/login", false, DOOR_APP, false), 0);
	assert_int_equal(at_door("POST /auth/login", true, DOOR_APP, false), 403);
	assert_int_equal(at_door("POST /api/kernel/run", true, DOOR_APP, false), 0);
	assert_int_equal(at_door("POST /api/kernel/run", true, DOOR_RUN, false), 403);
	assert_int_equal(at_door("DELETE /", true, DOOR_RUN, false), 403);
	assert_int_equal(at_door("OPTIONS /", true, DOOR_RUN, false), 0);
	assert_int_equal(
	    at_door("POST /api/kernel/set_model_value", true, DOOR_RUN, false), 0);
	assert_int_equal(at_door("POST /run", true, DOOR_TOOL, false), 0);
	judge("GET /status", "", &a);
	a.is_notebook = true;
	ask_judge_door(&a, DOOR_TOOL, false);
	assert_true(a.is_quiet);
	ask_judge_door(&a, DOOR_APP, false);
	assert_false(a.is_quiet);
	judge("GET /sse", "", &a);
	ask_judge_door(&a, DOOR_APP, false);
	assert_false(a.is_quiet);	/* an app's own */
}

static void
only_own_pages_may_act(void **state)
{
	static const struct {
		const char *fields;
		int status;
	} cases[] = {
	    {"", 0},
	    {"Origin: https://" ID ".apps.example\r\n", 0},
	    {"Origin: http://" ID ".apps.example\r\n", 403},
	    {"Origin: null\r\n", 403},
	    {"Origin: https://carrel.example\r\n", 403},
	    {"Sec-Fetch-Site: none\r\n", 0},
	    {"Origin: null\r\nSec-Fetch-Site: same-origin\r\n", 0},
	    {"Sec-Fetch-Site: same-site\r\n", 403},
	    {"Sec-Fetch-Site: cross-site\r\n", 403},
	    {"Sec-Fetch-Site:\r\n", 403},
	    {"Origin:\r\n", 403},
	    {"Origin: https://" ID ".apps.example:443\r\n", 403},
	};
	struct ask a;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (judge("POST /", cases[i].fields, &a).status != cases[i].status)
			fail_msg("%s", cases[i].fields);
		assert_int_equal(judge("GET /", cases[i].fields, &a).status, 0);
	}
}

static void
hosts_name_one_app(void **state)
{
	static const struct {
		const char *host;
		bool is_one;
	} cases[] = {
	    {ID ".localhost", true},
	    {ID ".localhost:8080", true},
	    {ID ".LOCALHOST", true},
	    {"ABCDEFGHIJKLMNOPQRSTUVWXYZ.localhost", true},
	    {ID ".localhost.", false},
	    {ID ".localhost:", false},
	    {ID ".localhost:123456", false},
	    {ID ".localhost:1a", false},
	    {ID ".localhos", false},
	    {ID "localhost", false},
	    {"x" ID ".localhost", false},
	    {"abcdefghijklmnopqrstuvwxy1.localhost", false},
	    {"", false},
	    {"localhost", false},
	    {"a." ID ".localhost", false},
	    {ID "." ID ".localhost", false},
	    {ID, false},
	};
	char id[ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text t = {cases[i].host, strlen(cases[i].host)};

		if (ask_host_id(t, "localhost", id) != cases[i].is_one)
			fail_msg("%s", cases[i].host);
		if (cases[i].is_one)
			assert_string_equal(id, ID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read_strictly),
		cmocka_unit_test(a_part_is_a_part),
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(responses_are_read_strictly),
		cmocka_unit_test(closed_addresses_are_found),
		cmocka_unit_test(notebooks_close_other_addresses),
		cmocka_unit_test(requests_are_told_apart),
		cmocka_unit_test(doors_differ),
		cmocka_unit_test(only_own_pages_may_act),
		cmocka_unit_test(hosts_name_one_app),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
