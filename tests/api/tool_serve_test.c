/*
 * What passes through the gate to a notebook's tools and back, by a server with parked
 * requests.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/text/secret.h"
#include "fcgi.h"
#include "tool_kit.h"

#define RUNS 100

static int
serve(void **state)
{
	set_up(state);
	fcgi_start("notebooks");
	return 0;
}

static int
end_serving(void **state)
{
	if (fcgi_server > 0)
		kill(fcgi_server, SIGKILL);
	return tear_down(state);
}

static bool
hangs_up(int fd)
{
	char c;

	wait_for(fd);
	return read(fd, &c, 1) == 0;
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_as_they_are_said),
		cmocka_unit_test(who_leaves_interrupts),
		cmocka_unit_test(many_wait_without_a_thread),
		cmocka_unit_test(a_large_answer_is_whole),
		cmocka_unit_test(wrong_tokens_are_counted),
		cmocka_unit_test(the_end_is_told_to_both),
	};

	return cmocka_run_group_tests(tests, serve, end_serving);
}
