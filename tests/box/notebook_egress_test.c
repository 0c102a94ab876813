/*
 * The way out of a notebook, as egress sees it, with real runsc:
 * notebook_egress_test [list | name …]
 *
 * Needs root.  As box_test; CARREL_TEST_FAKE is fake_notebook, statically linked.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"

static int
egress_listen(const char *id)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), RUN "/egress/%s/egress.sock", id);
	unlink(at.sun_path);
	MUST(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(fd, 8) == 0);
	return fd;
}

/* Answers one connection with what it was asked. */
static void
egress_serve(int listener)
{
	char text[100];
	ssize_t n;
	int fd;

	stage_await(listener, "a connection to egress");
	fd = accept(listener, NULL, NULL);
	stage_await(fd, "a question to egress");
	n = read(fd, text, sizeof(text));
	MUST(n > 0);
	dprintf(fd, "got %.*s", (int)n, text);
	close(fd);
}

static void
must_fetch(int listener, int fd, const char *word)
{
	char text[100] = "", expected[100];
	size_t len = 0;
	ssize_t n;

	egress_serve(listener);
	do {
		stage_await(fd, "what was fetched");
		n = read(fd, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	snprintf(expected, sizeof(expected), "got %s\n", word);
	if (strcmp(text, expected) != 0)
		FAIL("egress said \"%s\"", text);
	close(fd);
}

/* The way out, before it is there, and after a restore, when it is another one. */
static void
test_egress(void)
{
	char image[ID_SIZE], path[100];
	struct notebook n;
	struct stat st;
	int fd, listener;

	id_new(image);
	notebook_open(&n);
	snprintf(path, sizeof(path), RUN "/egress/%s", n.id);
	MUST(stat(path, &st) == 0 && st.st_uid == WORKLOAD_UID + 5 &&
	    (st.st_mode & 07777) == 0750);
	fd = notebook_connect(&n, "app");
	dprintf(fd, "fetch early\n");
	listener = egress_listen(n.id);
	must_fetch(listener, fd, "early");
	notebook_inside(&n, "ls /run/egress/egress.sock 2>&1", "Permission denied");
	/* A fetch that is under way when it is held: its connection ends, nothing else. */
	fd = notebook_connect(&n, "app");
	dprintf(fd, "fetch never\n");
	stage_await(listener, "a connection to egress");
	notebook_hold(&n);
	close(fd);
	notebook_must(LAUNCH_SAVE, n.id, image, 0);
	close(listener);
	notebook_wake(&n, image);
	listener = egress_listen(n.id);
	fd = notebook_connect(&n, "app");
	dprintf(fd, "fetch later\n");
	must_fetch(listener, fd, "later");
	close(listener);
	notebook_close(&n);
}

static const struct stage_test tests[] = {
	{"egress", test_egress},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), notebook_image);
}
