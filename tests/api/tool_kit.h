#ifndef TESTS_API_TOOL_KIT_H
#define TESTS_API_TOOL_KIT_H
/*
 * A notebook whose tools are asked through the gate, which is the test itself, step by
 * step.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/text/secret.h"
#include "lab.h"

/* No test file needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define GATE "/run/carrel/fcgi/gate.sock"
#define WAIT_MS 20000
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"
#define DONE "event: done\ndata: {\"success\":true}\n\n"

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
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
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

#endif
