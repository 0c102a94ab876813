/*
 * What passes through the gate to a notebook's tools and back: /run and /export, as plain CGI
 * and as a server with parked requests.  The test itself is the gate, step by step.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/text/secret.h"
#include "fcgi.h"

#define GATE "/run/carrel/fcgi/gate.sock"
#define WAIT_MS 20000
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
#define DONE "event: done\ndata: {\"success\":true}\n\n"
#define RUNS 100

static char notebook[ID_SIZE], token[SECRET_TOKEN_SIZE];
static int gate = -1;

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/workspaces/%s%s", notebook, rest);
}

static void
open_gate(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = GATE};

	unlink(GATE);
	gate = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(gate, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(gate, 200), 0);
}

static int
set_up(void **state)
{
	struct lab_reply r;
	struct err e;

	(void)state;
	lab_open();
	assert_int_equal(file_mkdirs("/run/carrel/fcgi", 0755, &e), 0);
	open_gate();
	r = lab_post("/workspaces", "{\"title\":\"Größte Sales/2026?\"}");
	assert_int_equal(r.status, 200);
	memcpy(notebook, json_get_text(r.json, "id"), ID_SIZE);
	snprintf(token, sizeof(token), "%s", json_get_text(r.json, "token"));
	lab_free(&r);
	fcgi_start("notebooks");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (fcgi_server > 0)
		kill(fcgi_server, SIGKILL);
	close(gate);
	lab_close();
	return 0;
}

static void
wait_for(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, WAIT_MS) != 1)
		fail_msg("nobody came for %d ms", WAIT_MS);
}

/* The next question: its connection, and its text up to `last`. */
static int
hear_question(const char *last, const char **text)
{
	struct buf b;
	int fd;

	wait_for(gate);
	fd = accept4(gate, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	buf_init(&b, 1u << 20);
	do {
		ssize_t n;

		wait_for(fd);
		n = read(fd, buf_room(&b, 65536), 65536);
		assert_true(n > 0);
		buf_grew(&b, (size_t)n);
	} while (!strstr(b.at, last));
	*text = arena_dup(&lab_arena, b.at);
	buf_free(&b);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* Answers the next question at once. */
static void
answer(const char *text)
{
	const char *question;
	int fd = hear_question("\r\n\r\n", &question);

	say(fd, text);
	close(fd);
}

static bool
hangs_up(int fd)
{
	char c;

	wait_for(fd);
	return read(fd, &c, 1) == 0;
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

static void
documents_have_a_name(void **state)
{
	static const struct {
		const char *format, *type, *name;
	} cases[] = {
		{"html", "text/html; charset=utf-8", "gr-te-sales-2026.html"},
		{"ipynb", "application/x-ipynb+json", "gr-te-sales-2026.ipynb"},
		{"script", "text/x-python; charset=utf-8", "gr-te-sales-2026.py"},
		{"markdown", "text/markdown; charset=utf-8", "gr-te-sales-2026.md"},
	};
	AUTO_REPLY struct lab_reply none = lab_get(uri("/export/pdf")), head = {0};

	(void)state;
	lab_is_error(&none, 404, NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = lab_start(&(struct lab_ask){.method = "GET",
		    .uri = uri(arena_fmt(&lab_arena, "/export/%s", cases[i].format))});
		const char *question;
		int fd = hear_question("\r\n\r\n", &question);
		AUTO_REPLY struct lab_reply r = {0};

		assert_int_equal(strncmp(question, arena_fmt(&lab_arena, "GET /export/%s HTTP/1.1\r\n",
		    cases[i].format), strlen(cases[i].format) + 23), 0);
		/* What the sandbox says of type and name is its own affair. */
		say(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/x-evil\r\nContent-Length: 5\r\n"
		    "Content-Disposition: inline\r\nSet-Cookie: a=b\r\n\r\nWords");
		close(fd);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body, "Words");
		assert_string_equal(lab_header(&r, "Content-Type"), cases[i].type);
		assert_string_equal(lab_header(&r, "Content-Length"), "5");
		assert_string_equal(lab_header(&r, "Content-Disposition"),
		    arena_fmt(&lab_arena, "attachment; filename=\"%s\"", cases[i].name));
		assert_null(lab_header(&r, "Set-Cookie"));
	}
	head = lab_send(&(struct lab_ask){.method = "HEAD", .uri = uri("/export/html")});
	assert_int_equal(head.status, 200);
}

static void
set_state(const char *state)
{
	struct err e;

	assert_int_equal(db_begin(lab_db, &e), 0);
	if (strcmp(state, "running") == 0)
		assert_int_equal(sandbox_set_running(lab_db, notebook, clock_wall_ms(), &e), 0);
	else
		assert_int_equal(sandbox_set_ended(lab_db, notebook, state, "", 0,
		    clock_wall_ms(), &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
}

static void
the_kernel_is_told_in_known_words(void **state)
{
	static const struct {
		const char *answer, *kernel;
		int64_t connections;
	} cases[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n"
		    "{\"kernel\":\"running\",\"connections\":2}\n", "running", 2},
		{"HTTP/1.1 200 OK\r\nContent-Length: 33\r\n\r\n"
		    "{\"kernel\":\"evil\",\"other\":\"words\"}", "none", 0},
		{"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nno JSON", "none", 0},
		{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", "none", 0},
		{"", "none", 0},
	};
	AUTO_REPLY struct lab_reply asleep = {0};

	(void)state;
	set_state("running");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab_running run = lab_start(&(struct lab_ask){.method = "GET",
		    .uri = uri("/kernel")});
		const char *question;
		int fd = hear_question("\r\n\r\n", &question);
		AUTO_REPLY struct lab_reply r = {0};

		assert_int_equal(strncmp(question, "GET /status HTTP/1.1\r\n", 22), 0);
		say(fd, cases[i].answer);
		close(fd);
		r = lab_finish(&run);
		assert_int_equal(r.status, 200);
		assert_string_equal(json_get_text(r.json, "kernel"), cases[i].kernel);
		assert_int_equal(json_get_int(r.json, "connections", -1), cases[i].connections);
		assert_null(json_get(r.json, "other"));
	}
	/* Nobody is asked where nothing runs. */
	set_state("absent");
	asleep = lab_get(uri("/kernel"));
	assert_int_equal(asleep.status, 200);
	assert_string_equal(json_get_text(asleep.json, "kernel"), "none");
}

static int
ask_run(void)
{
	int fd = fcgi_connect();

	fcgi_ask(fd, false, "POST", uri("/run"), "{\"code\":\"print(1)\"}");
	return fd;
}

static void
pieces_come_as_they_are_said(void **state)
{
	int client = ask_run(), fd;
	const char *question;

	(void)state;
	fd = hear_question("}", &question);
	say(fd, STREAM "Transfer-Enc");
	say(fd, "oding: chunked\r\n\r\n");
	assert_non_null(strstr(fcgi_hear(client, "\r\n\r\n"), "Status: 200"));
	for (int i = 0; i < 5; i++) {
		const char *word = arena_fmt(&lab_arena, "word-%d", i);

		say(fd, arena_fmt(&lab_arena, "1a\r\nevent: stdout\ndata: %s\r\n", word));
		assert_non_null(strstr(fcgi_hear(client, word), word));
	}
	say(fd, "26\r\n\n\n" DONE "\r\n0\r\n\r\n");
	assert_non_null(strstr(fcgi_hear(client, NULL), DONE));
	assert_true(fcgi_is_closed(client));
	assert_true(hangs_up(fd));
	close(fd);
	close(client);
}

static void
who_leaves_interrupts(void **state)
{
	int client = ask_run(), fd;
	const char *question;

	(void)state;
	fd = hear_question("}", &question);
	say(fd, STREAM "\r\nevent: stdout\ndata: {}\n\n");
	fcgi_hear(client, "stdout");
	close(client);
	assert_true(hangs_up(fd));
	close(fd);
	/* Also before anything was said. */
	client = ask_run();
	fd = hear_question("}", &question);
	close(client);
	assert_true(hangs_up(fd));
	close(fd);
}

static void
many_wait_without_a_thread(void **state)
{
	int clients[RUNS], gates[RUNS], fd = fcgi_connect(), before;
	const char *question;

	(void)state;
	fcgi_ask(fd, true, "GET", "/workspaces", NULL);
	fcgi_hear(fd, NULL);
	before = fcgi_fds();
	for (int i = 0; i < RUNS; i++) {
		clients[i] = ask_run();
		gates[i] = hear_question("}", &question);
	}
	fcgi_ask(fd, true, "GET", "/workspaces", NULL);
	assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
	for (int i = 0; i < RUNS; i++) {
		say(gates[i], arena_fmt(&lab_arena, STREAM "\r\ndata: %d\n\n" DONE, i));
		close(gates[i]);
	}
	for (int i = 0; i < RUNS; i++) {
		const char *said = fcgi_hear(clients[i], NULL);

		assert_non_null(strstr(said, arena_fmt(&lab_arena, "data: %d\n\n" DONE, i)));
		close(clients[i]);
	}
	close(fd);
	fcgi_wait_fds(before);
}

static void
a_large_answer_is_whole(void **state)
{
	int client = fcgi_connect(), fd;
	const char *question, *said;
	size_t n = 900000;
	char *text = arena_new(&lab_arena, n + 1);
	pid_t writer;

	(void)state;
	memset(text, 'x', n);
	fcgi_ask(client, false, "GET", uri("/export/html"), NULL);
	fd = hear_question("\r\n\r\n", &question);
	writer = fork();
	if (writer == 0) {
		struct err e;

		say(fd, arena_fmt(&lab_arena, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n));
		_exit(file_write_all(fd, text, n, &e) < 0);
	}
	close(fd);
	said = strstr(fcgi_hear(client, NULL), "\r\n\r\n") + 4;
	assert_int_equal(strlen(said), n);
	close(client);
}

static void
wrong_tokens_are_counted(void **state)
{
	char wrong[SECRET_TOKEN_SIZE];
	int fd = fcgi_connect();
	const char *said;

	(void)state;
	secret_token(wrong);
	for (int i = 0; i < 20; i++) {
		fcgi_ask_as(fd, true, "GET", uri(""), NULL, wrong);
		assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 401"));
	}
	fcgi_ask_as(fd, true, "GET", uri(""), NULL, wrong);
	said = fcgi_hear(fd, NULL);
	assert_non_null(strstr(said, "Status: 429"));
	assert_non_null(strstr(said, "Retry-After: "));
	/* The right one is let in all the same. */
	fcgi_ask_as(fd, true, "GET", uri(""), NULL, token);
	assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
	close(fd);
}

static void
the_end_is_told_to_both(void **state)
{
	int early = ask_run(), late = ask_run(), fds[2];
	const char *question, *said;

	(void)state;
	fds[0] = hear_question("}", &question);
	fds[1] = hear_question("}", &question);
	say(fds[1], STREAM "\r\nevent: stdout\ndata: {}\n\n");
	/* Which of the two it was is not known. */
	for (struct pollfd p[] = {{.fd = early, .events = POLLIN}, {.fd = late, .events = POLLIN}};;) {
		int swap = early;

		assert_int_equal(poll(p, 2, WAIT_MS), 1);
		if (p[0].revents) {
			early = late;
			late = swap;
		}
		break;
	}
	fcgi_hear(late, "stdout");
	assert_int_equal(fcgi_stop(), 0);
	said = fcgi_hear(early, NULL);
	assert_non_null(strstr(said, "Status: 503"));
	said = fcgi_hear(late, NULL);
	assert_non_null(strstr(said, "event: done\ndata: {\"success\":false"));
	for (int i = 0; i < 2; i++) {
		assert_true(hangs_up(fds[i]));
		close(fds[i]);
	}
	close(early);
	close(late);
}

/* A cell of the assistant that was proposed. */
static const char *
propose(void)
{
	static const struct assist_tokens none;
	struct assist a = {.kind = "cell", .caller = "local", .prompt = "x",
	    .tokens_max = 1000, .created_at = clock_wall_ms()};
	char id[ID_SIZE];
	struct err e;

	memcpy(a.workspace, notebook, ID_SIZE);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(assist_ask(lab_db, &a, id, &e), 0);
	assert_int_equal(assist_start(lab_db, id, "sample", 1, &e), 0);
	assert_int_equal(assist_finish(lab_db, id, "1 + 1\n\"ü\"", "", &none, 2, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	return uri(arena_fmt(&lab_arena, "/assists/%s/accept", id));
}

static struct lab_reply
accept_with(const char *address, const char *json, const char *reply, const char *asked)
{
	struct lab_running run = lab_start(&(struct lab_ask){.method = "POST", .uri = address,
	    .type = JSON, .body = json});
	const char *question;
	int fd = hear_question("}", &question);

	assert_int_equal(strncmp(question, "POST /cell HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(question, "\r\nX-Carrel-Ticket: "));
	assert_string_equal(strstr(question, "\r\n\r\n") + 4, asked);
	say(fd, reply);
	close(fd);
	return lab_finish(&run);
}

static void
a_proposal_is_put_in(void **state)
{
	const char *address = propose();
	struct lab_reply r;

	(void)state;
	r = accept_with(address, "{\"run\":\"yes\"}", "HTTP/1.1 200 OK\r\nContent-Length: "
	    "15\r\n\r\n{\"cell\":\"Kclp\"}", "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":true}");
	assert_int_equal(r.status, 200);
	assert_string_equal(json_get_text(r.json, "status"), "added");
	assert_string_equal(json_get_text(r.json, "cell"), "Kclp");
	lab_free(&r);
	r = accept_with(address, "{\"code\":\"2\",\"after\":\"Hbol\"}",
	    "HTTP/1.1 404 No\r\nContent-Length: 51\r\n\r\n"
	    "{\"detail\":\"There is no such cell.\",\"field\":\"after\"}",
	    "{\"code\":\"2\",\"run\":false,\"after\":\"Hbol\"}");
	lab_is_error(&r, 404, "after");
	lab_free(&r);
	r = accept_with(address, "{}", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
	    "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":false}");
	lab_is_error(&r, 502, NULL);
	lab_free(&r);
	r = accept_with(address, "{}", "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"cell\"",
	    "{\"code\":\"1 + 1\\n\\\"ü\\\"\",\"run\":false}");
	lab_is_error(&r, 502, NULL);
	lab_free(&r);
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
		cmocka_unit_test(documents_have_a_name),
		cmocka_unit_test(the_kernel_is_told_in_known_words),
		cmocka_unit_test(pieces_come_as_they_are_said),
		cmocka_unit_test(who_leaves_interrupts),
		cmocka_unit_test(many_wait_without_a_thread),
		cmocka_unit_test(a_large_answer_is_whole),
		cmocka_unit_test(wrong_tokens_are_counted),
		cmocka_unit_test(a_proposal_is_put_in),
		cmocka_unit_test(the_end_is_told_to_both),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
