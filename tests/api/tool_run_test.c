/*
 * Code that passes through the gate to a notebook, and what comes back: /run, as plain CGI.
 */
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "tool_kit.h"

/* Answers the next question at once. */
static void
answer(const char *text)
{
	const char *question;
	int fd = hear_question("\r\n\r\n", &question);

	say(fd, text);
	close(fd);
}

static struct lab_running
start_run(const char *json)
{
	return lab_start(&(struct lab_ask){.method = "POST", .uri = uri("/run"), .type = JSON,
	    .body = json});
}

static void
the_question_is_for_the_gate(void **state)
{
	struct lab_running run = start_run("{\"code\":\"print(\\\"ü\\\")\\n\",\"timeout\":7}");
	const char *question, *ticket;
	unsigned char hash[SECRET_HASH_BYTES];
	AUTO_REPLY struct lab_reply r = {0};
	struct pass p;
	struct err e;
	int fd = hear_question("}", &question);

	(void)state;
	assert_int_equal(strncmp(question, "POST /run HTTP/1.1\r\n", 20), 0);
	assert_non_null(strstr(question, arena_fmt(&lab_arena, "\r\nHost: %s.localhost:8080\r\n",
	    notebook)));
	assert_non_null(strstr(question, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(question, "\r\n\r\n{\"code\":\"print(\\\"ü\\\")\\n\",\"timeout\":7}"));
	assert_non_null(strstr(question, "\r\nX-Request-Id: "));
	ticket = strstr(question, "\r\nX-Carrel-Ticket: ") + 19;
	secret_hash(ticket, SECRET_TOKEN_SIZE - 1, hash);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(pass_use_ticket(lab_db, hash, clock_wall_ms(), &p, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	assert_string_equal(p.kind, "tool");
	assert_string_equal(p.workspace, notebook);
	say(fd, STREAM "\r\n" DONE);
	close(fd);
	r = lab_finish(&run);
	assert_int_equal(r.status, 200);
	assert_string_equal(lab_header(&r, "Content-Type"), "text/event-stream");
	assert_string_equal(r.body, DONE);
}

static void
codings_are_taken_off(void **state)
{
	static const struct {
		const char *answer, *body;
	} cases[] = {
		{STREAM "\r\n" "event: stdout\ndata: {}\n\n" DONE, "event: stdout\ndata: {}\n\n" DONE},
		{STREAM "Content-Length: 36\r\n\r\n" DONE "more", DONE},
		{STREAM "Transfer-Encoding: chunked\r\n\r\n10\r\nevent: done\ndata\r\n"
		    "14;x=y\r\n: {\"success\":true}\n\n\r\n0\r\nX: y\r\n\r\n", DONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = start_run("{\"code\":\"1\"}");
		AUTO_REPLY struct lab_reply r = {0};

		answer(cases[i].answer);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body, cases[i].body);
	}
}

static void
a_stream_never_ends_without_its_end(void **state)
{
	static const char *const cases[] = {
		STREAM "\r\n", STREAM "\r\nevent: stdout\ndata: {}\n\n",
		STREAM "\r\nevent: stdout\nda", STREAM "\r\ndata: event: done\n\n",
		STREAM "Content-Length: 100\r\n\r\nevent: stdout\n",
		STREAM "Transfer-Encoding: chunked\r\n\r\n6\r\nevent:\r\n",
		STREAM "Transfer-Encoding: chunked\r\n\r\nzz\r\nevent:\r\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = start_run("{\"code\":\"1\"}");
		AUTO_REPLY struct lab_reply r = {0};
		const char *last;

		answer(cases[i]);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		last = strstr(r.body, "event: done\ndata: {\"success\":false,\"output\":null,\"error\":\"");
		if (!last || strcmp(last + strlen(last) - 3, "}\n\n") != 0)
			fail_msg("%zu: %s", i, r.body);
		assert_true(last == r.body || strncmp(last - 2, "\n\n", 2) == 0);
	}
}

static void
refusals_are_errors(void **state)
{
	static const struct {
		const char *answer;
		int status;
		const char *detail;
	} cases[] = {
		{"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 17\r\nContent-Length: 40\r\n\r\n"
		    "{\"detail\":\"The machine is full.\",\"x\":12}", 503, "The machine is full."},
		{"HTTP/1.1 404 Not Found\r\n\r\n{\"detail\":\"It is gone.\"}", 404, "It is gone."},
		{"HTTP/1.1 400 Bad Request\r\n\r\n{\"detail\":\"Not this.\",\"field\":\"code\"}", 400, "Not this."},
		{"HTTP/1.1 409 Conflict\r\n\r\n{\"detail\":\"Not so.\"}", 409, "Not so."},
		{"HTTP/1.1 504 Gateway Timeout\r\n\r\n<p>", 504, NULL},
		{"HTTP/1.1 401 Unauthorized\r\n\r\n{\"detail\":\"secret\"}", 500, NULL},
		{"HTTP/1.1 418 Teapot\r\n\r\n{}", 502, NULL},
		{"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\n{", 502, NULL},
		{"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nx", 502, NULL},
		{"HTTP/1.1 100 Continue\r\n\r\n", 502, NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 502, NULL},
		{"SSH-2.0-x\r\n\r\n", 502, NULL}, {"HTTP/1.1 200 OK\r\n", 502, NULL}, {"", 502, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = start_run("{\"code\":\"1\"}");
		AUTO_REPLY struct lab_reply r = {0};

		answer(cases[i].answer);
		r = lab_finish(&run);
		if (r.status != cases[i].status)
			fail_msg("%zu: %d %s %s", i, r.status, r.body, r.log);
		lab_is_error(&r, cases[i].status, NULL);
		if (cases[i].detail)
			assert_string_equal(json_get_text(r.json, "detail"), cases[i].detail);
		if (i == 0)
			assert_string_equal(lab_header(&r, "Retry-After"), "17");
		assert_null(strstr(r.body, "secret"));
	}
}

static void
without_a_gate_it_says_so(void **state)
{
	AUTO_REPLY struct lab_reply r = {0};

	(void)state;
	close(gate);
	r = lab_post(uri("/run"), "{\"code\":\"1\"}");
	lab_is_error(&r, 503, NULL);
	open_gate();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_question_is_for_the_gate),
		cmocka_unit_test(codings_are_taken_off),
		cmocka_unit_test(a_stream_never_ends_without_its_end),
		cmocka_unit_test(refusals_are_errors),
		cmocka_unit_test(without_a_gate_it_says_so),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
