/*
 * Notebooks that hold still, are saved, and wake up from it, with real runsc:
 * notebook_save_test [list | name …]
 *
 * Needs root.  As box_test; CARREL_TEST_FAKE is fake_notebook, statically linked.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"

/* The very process goes on: what it counted, and a connection inside. */
static void
test_save(void)
{
	char image[ID_SIZE], door[100];
	struct notebook n;
	struct launch_msg m;
	double held, saved;
	int64_t t;
	int fd;

	id_new(image);
	notebook_open(&n);
	notebook_must_say(&n, "app", "count", "1");
	fd = notebook_connect(&n, "app");
	MUST(dprintf(fd, "stay\n") == 5);
	stage_await(fd, "staying");
	t = stage_now_us();
	notebook_hold(&n);
	held = notebook_ms_since(t);
	snprintf(door, sizeof(door), RUN "/sb/%s/app.sock", n.id);
	MUST(access(door, F_OK) < 0);
	t = stage_now_us();
	m = notebook_ask(LAUNCH_SAVE, n.id, image, 0);
	saved = notebook_ms_since(t);
	if (m.result)
		FAIL("save: %d %s", m.result, m.text);
	MUST(m.disk_bytes > 100000 && m.disk_bytes < 200u << 20);
	MUST(stage_traces_of_life(n.id) == 0);
	close(fd);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	t = stage_now_us();
	notebook_wake(&n, image);
	printf("    hold %.1f ms, save %.1f ms (%llu MB), restore to control %.1f ms\n", held,
	    saved, (unsigned long long)m.disk_bytes >> 20, notebook_ms_since(t));
	notebook_must_say(&n, "app", "count", "2");
	notebook_must_say(&n, "run", "port", "2719");
	notebook_must_say(&n, "app", "ping", "pong");
	notebook_inside(&n, "cat /work/notebook.py", "first");
	/* Again, from what was restored. */
	notebook_must(LAUNCH_DROP, n.id, image, 0);
	notebook_must(LAUNCH_DROP, n.id, image, 0);
	notebook_hold(&n);
	notebook_must(LAUNCH_SAVE, n.id, image, 0);
	notebook_wake(&n, image);
	notebook_must_say(&n, "app", "count", "3");
	notebook_kill(&n);
	notebook_must(LAUNCH_DROP, n.id, image, 0);
	m = notebook_create(n.id, image);
	MUST(m.result == -ENOENT && m.text[0]);
	MUST(stage_traces_of_life(n.id) == 0);
	notebook_close(&n);
}

/* A snapshot of one that goes on. */
static void
test_snapshot(void)
{
	char image[ID_SIZE];
	struct notebook n;
	struct launch_msg m;
	int64_t t;

	id_new(image);
	notebook_open(&n);
	notebook_must_say(&n, "app", "count", "1");
	t = stage_now_us();
	notebook_hold(&n);
	m = notebook_ask(LAUNCH_SAVE, n.id, image, LAUNCH_FLAG_KEEP_RUNNING);
	if (m.result)
		FAIL("save: %d %s", m.result, m.text);
	n.ctl_fd = stage_ctl(n.id);
	printf("    held, saved and there again in %.1f ms\n", notebook_ms_since(t));
	MUST(stage_state(n.ctl_fd).state == GUEST_READY);
	notebook_must_say(&n, "app", "count", "2");
	notebook_must_say(&n, "app", "ping", "pong");
	/* Such an image is there already: refused, and nothing happens to anybody. */
	notebook_must(LAUNCH_SAVE, n.id, image, -EEXIST);
	notebook_must_say(&n, "app", "count", "3");
	notebook_kill(&n);
	notebook_wake(&n, image);
	notebook_must_say(&n, "app", "count", "2");
	/* Its death is noticed like any other's. */
	close(n.ctl_fd);
	n.ctl_fd = -1;
	MUST(kill(n.pid, SIGKILL) == 0);
	m = stage_expect(LAUNCH_DIED, 0);
	MUST(strcmp(m.id, n.id) == 0 && m.disk_bytes > 0);
	notebook_close(&n);
}

/* Knocks without a pause until told to end by the end of "until"; false: one was let in by
 * nobody, and not turned away either, or nobody was answered at all. */
static bool
all_are_heard(const char *id, int until)
{
	struct pollfd end = {.fd = until, .events = POLLIN};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	bool are_heard = true;
	unsigned answers = 0;
	char byte;

	snprintf(at.sun_path, sizeof(at.sun_path), RUN "/sb/%s/app.sock", id);
	while (are_heard && poll(&end, 1, 0) == 0) {
		struct pollfd p = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		    .events = POLLIN};

		if (connect(p.fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		    send(p.fd, "ping\n", 5, MSG_NOSIGNAL) == 5) {
			are_heard = poll(&p, 1, 2 * GUEST_HOLD_MS) == 1;
			answers += are_heard && read(p.fd, &byte, 1) == 1;
		}
		close(p.fd);
	}
	return are_heard && answers;
}

/* Whoever came just before it holds still is answered, or hears that nobody is there. */
static void
test_knocks(void)
{
	char image[ID_SIZE];
	struct launch_msg m;
	struct notebook n;
	int until[2], status;
	pid_t knocker;

	notebook_open(&n);
	MUST(pipe2(until, O_CLOEXEC) == 0);
	knocker = fork();
	if (knocker == 0) {
		close(until[1]);
		_exit(!all_are_heard(n.id, until[0]));
	}
	for (int i = 0; i < 20; i++) {
		id_new(image);
		notebook_hold(&n);
		m = notebook_ask(LAUNCH_SAVE, n.id, image, LAUNCH_FLAG_KEEP_RUNNING);
		if (m.result)
			FAIL("save: %d %s", m.result, m.text);
		n.ctl_fd = stage_ctl(n.id);
		MUST(stage_state(n.ctl_fd).state == GUEST_READY);
	}
	close(until[0]);
	close(until[1]);
	MUST(waitpid(knocker, &status, 0) == knocker);
	MUST(status == 0);
	notebook_close(&n);
}

/* A checkpoint with sockets of the host's open would cost the sandbox, so none is begun. */
static void
test_not_held(void)
{
	char image[ID_SIZE];
	struct notebook n;
	struct launch_msg m;

	id_new(image);
	notebook_open(&n);
	m = notebook_ask(LAUNCH_SAVE, n.id, image, 0);
	if (m.result != -EAGAIN || !m.text[0])
		FAIL("saved without being held: %d %s", m.result, m.text);
	printf("    %s\n", m.text);
	notebook_must_say(&n, "app", "count", "1");
	notebook_kill(&n);
	m = notebook_create(n.id, image);
	MUST(m.result == -ENOENT);
	notebook_wake(&n, "");
	notebook_apply(&n, "notebook.py", "x", "{\"ok\":true}");
	stage_state_is(n.ctl_fd, GUEST_READY);
	notebook_close(&n);
}

static void
spoil(const char *id, const char *image, const char *command)
{
	char line[400];

	snprintf(line, sizeof(line), "cd " RUN "/snapshot/%s/%s && %s", id, image, command);
	MUST(system(line) == 0);
}

/* A checkpoint that is cut, or made with other programs, is refused with words. */
static void
test_bad_images(void)
{
	static const char *const spoilers[] = {
	    "cp -a . ../whole && truncate -s 4096 pages.img",
	    "cp -a ../whole/. . && truncate -s 1000 checkpoint.img",
	    "cp -a ../whole/. . && rm pages_meta.img",
	    "cp -a ../whole/. . && sed -i s/$/0/ fits",
	    "cp -a ../whole/. . && sed -i 3s/$/0/ fits",
	    "cp -a ../whole/. . && sed -i 1s,/marimo/1/,/marimo/2/, fits",
	    "cp -a ../whole/. . && : >fits",
	    "rm fits"};
	char image[ID_SIZE];
	struct notebook n;
	struct launch_msg m;

	id_new(image);
	notebook_open(&n);
	notebook_hold(&n);
	notebook_must(LAUNCH_SAVE, n.id, image, 0);
	for (size_t i = 0; i < COUNT(spoilers); i++) {
		spoil(n.id, image, spoilers[i]);
		m = notebook_create(n.id, image);
		if (m.result >= 0 || !m.text[0])
			FAIL("%s: %d %s", spoilers[i], m.result, m.text);
		printf("    %.110s\n", m.text);
		MUST(stage_traces_of_life(n.id) == 0);
	}
	spoil(n.id, image, "cp -a ../whole/. .");
	notebook_wake(&n, image);
	notebook_close(&n);
}

/* A hold that nobody follows up, as when keep died; and doing it twice. */
static void
test_hold_alone(void)
{
	struct notebook n;
	int64_t t;

	notebook_open(&n);
	notebook_must_say(&n, "app", "count", "1");
	stage_frame_put(n.ctl_fd, GUEST_HOLD, 0, NULL);
	notebook_hold(&n);
	t = stage_now_us();
	n.ctl_fd = stage_ctl(n.id);
	MUST(stage_state(n.ctl_fd).state == GUEST_READY);
	printf("    let go after %.1f s\n", notebook_ms_since(t) / 1000);
	MUST(notebook_ms_since(t) < 10000);
	notebook_must_say(&n, "app", "count", "2");
	notebook_close(&n);
}

/* It could let go while runsc begins, so one that is asked for too late is not begun. */
static void
test_save_late(void)
{
	struct timespec held[2] = {{.tv_sec = time(NULL) - GUEST_HOLD_MS / 1000},
	    {.tv_sec = time(NULL) - GUEST_HOLD_MS / 1000}};
	char image[ID_SIZE], path[80];
	struct launch_msg m;
	struct notebook n;

	id_new(image);
	notebook_open(&n);
	notebook_hold(&n);
	snprintf(path, sizeof(path), RUN "/ctl/%s", n.id);
	MUST(utimensat(AT_FDCWD, path, held, 0) == 0);
	m = notebook_ask(LAUNCH_SAVE, n.id, image, 0);
	if (m.result != -EAGAIN || !strstr(m.text, "too late"))
		FAIL("saved late: %d %s", m.result, m.text);
	n.ctl_fd = stage_ctl(n.id);
	notebook_must_say(&n, "app", "count", "1");
	notebook_close(&n);
}

static const struct stage_test tests[] = {
	{"save", test_save},
	{"snapshot", test_snapshot},
	{"knocks", test_knocks},
	{"not_held", test_not_held},
	{"bad_images", test_bad_images},
	{"hold_alone", test_hold_alone},
	{"save_late", test_save_late},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), notebook_image);
}
