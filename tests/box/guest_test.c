/*
 * The guest by itself, natively (so that sanitizers and valgrind can look at it), with a
 * workload that does its worst: guest_test [list | name …]
 *
 * Needs root.  CARREL_TEST_GUEST is the guest under test (default build/guest/guest).
 * The workload is this program again (workload.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"
#include "stage.h"
#include "workload.h"

#define BIG (8u << 20)

static struct {
	char top[32];		/* root of the guest's files */
	char self[4096];	/* folder of this program */
	const char *name;
	pid_t pid;
} guest;

/* ---- the guest's place */

static void
bind_in(const char *from, const char *to)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s%s", guest.top, to);
	if (access(from, F_OK) < 0)
		return;
	MUST(mkdir(path, 0755) == 0 || errno == EEXIST);
	MUST(mount(from, path, NULL, MS_BIND | MS_REC, NULL) == 0);
}

static void
make_top(const char *guest_path)
{
	static const char *const folders[] = {
	    "/app", "/app/src", "/run", "/run/sb", "/run/ctl", "/proc", "/tmp"};
	static const char *const shared[] = {"/usr", "/lib", "/lib64", "/bin", "/dev"};
	char path[4200], command[9000];

	snprintf(guest.top, sizeof(guest.top), "/tmp/guest.XXXXXX");
	MUST(mkdtemp(guest.top));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	MUST(mount("guest", guest.top, "tmpfs", 0, "mode=0755,size=64m") == 0);
	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s%s", guest.top, folders[i]);
		MUST(mkdir(path, 0755) == 0);
	}
	for (size_t i = 0; i < COUNT(shared); i++)
		bind_in(shared[i], shared[i]);
	bind_in(guest.self, "/test");
	snprintf(command, sizeof(command), "cp '%s' %s/guest", guest_path, guest.top);
	MUST(system(command) == 0);
}

static void
guest_start(void)
{
	char program[300], candidates[64];
	const char *const env[] = {"WORKLOAD_UID=61000", "WORKLOAD_TASKS=2000",
	    "WORKLOAD_KIND=app", "WORKLOAD_DOORS=app=unix:/run/vite/app.sock",
	    "WORKLOAD_START_SECS=30",
	    "ASAN_OPTIONS=detect_leaks=0", NULL};
	const char *const args[] = {"guest", program, "workload", NULL};

	snprintf(program, sizeof(program), "/test/%s", guest.name);
	snprintf(candidates, sizeof(candidates), "%s/app/.candidate", guest.top);
	MUST(file_remove_tree(candidates, NULL) == 0);
	guest.pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (guest.pid == 0) {
		if (chroot(guest.top) < 0 || chdir("/") < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			_exit(125);
		execve("/guest", (char *const *)(uintptr_t)args,
		    (char *const *)(uintptr_t)env);
		_exit(127);
	}
	MUST(guest.pid > 0);
}

/* One that outlived a failed test would hold its output open for ever. */
static void
guest_kill(void)
{
	if (guest.pid > 0)
		kill(guest.pid, SIGKILL);
}

static void
guest_stop(void)
{
	char path[64];
	int status;

	MUST(kill(guest.pid, SIGTERM) == 0);
	MUST(waitpid(guest.pid, &status, 0) == guest.pid);
	guest.pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		FAIL("the guest ended with status 0x%x", (unsigned)status);
	snprintf(path, sizeof(path), "%s/proc", guest.top);
	umount2(path, MNT_DETACH);
}

static int
app_connect(const char *line)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/run/sb/app.sock", guest.top);
	fd = stage_connect(path);
	MUST(dprintf(fd, "%s\n", line) > 0);
	return fd;
}

static int
ctl_connect(void)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/run/ctl/ctl.sock", guest.top);
	fd = stage_connect(path);
	stage_hello(fd);
	return fd;
}

static unsigned
open_fds(void)
{
	char command[100], text[32] = "";
	FILE *f;

	snprintf(command, sizeof(command), "ls /proc/%d/fd | wc -l", guest.pid);
	f = popen(command, "r");
	MUST(f && fgets(text, sizeof(text), f));
	pclose(f);
	return (unsigned)atoi(text);
}

static void
must_settle_at(unsigned fds)
{
	int64_t deadline = stage_now_us() + 10000000;

	while (open_fds() > fds)
		if (!stage_look_again(deadline))
			FAIL("%u descriptors, %u before", open_fds(), fds);
}

/* Reads to the end; how many bytes. */
static size_t
drain(int fd)
{
	char bytes[65536];
	size_t total = 0;
	ssize_t n;

	for (;;) {
		stage_await(fd, "bytes or an end");
		n = read(fd, bytes, sizeof(bytes));
		if (n <= 0)
			return total;
		total += (size_t)n;
	}
}

/* ---- tests: each with a guest that is ready, and a control connection */

static void
test_echo(int ctl)
{
	AUTO_FREE unsigned char *sent = mem_new(BIG), *got = mem_new(BIG);
	int fd = app_connect("echo");
	size_t out = 0, in = 0;

	(void)ctl;
	for (size_t i = 0; i < BIG; i++)
		sent[i] = (unsigned char)(i * 2654435761u >> 13);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (in < BIG) {
		struct pollfd p = {
		    .fd = fd, .events = POLLIN | (out < BIG ? POLLOUT : 0)};
		ssize_t n;

		MUST(poll(&p, 1, WAIT_MS) == 1);
		if (p.revents & POLLOUT) {
			n = write(fd, sent + out, BIG - out);
			out += n > 0 ? (size_t)n : 0;
			if (out == BIG)
				shutdown(fd, SHUT_WR);
		}
		if (p.revents & POLLIN) {
			n = read(fd, got + in, BIG - in);
			MUST(n > 0);
			in += (size_t)n;
		}
	}
	MUST(memcmp(sent, got, BIG) == 0);
	MUST(drain(fd) == 0);
	close(fd);
}

static void
test_half_close(int ctl)
{
	char text[32] = "";
	int fd = app_connect("drain");

	(void)ctl;
	workload_write(fd, BIG);
	shutdown(fd, SHUT_WR);
	stage_await(fd, "the count");
	MUST(read(fd, text, sizeof(text) - 1) > 0);
	MUST(strtoul(text, NULL, 10) == BIG);
	close(fd);
}

/* The workload closes at once, with all it sent still on the way; the reader is late. */
static void
test_close_after_write(int ctl)
{
	int fd[20];

	(void)ctl;
	for (size_t i = 0; i < COUNT(fd); i++)
		fd[i] = app_connect("blast 100000");
	for (size_t i = 0; i < COUNT(fd); i++)
		stage_await(fd[i], "the first bytes");
	for (size_t i = 0; i < COUNT(fd); i++) {
		MUST(drain(fd[i]) == 100000);
		close(fd[i]);
	}
	fd[0] = app_connect("blast 8388608");
	MUST(drain(fd[0]) == BIG);
	close(fd[0]);
}

static void
test_reader_gone(int ctl)
{
	unsigned before = open_fds();

	(void)ctl;
	for (int i = 0; i < 50; i++) {
		int fd = app_connect(i % 2 ? "blast 8388608" : "echo");

		if (i % 4 == 1)
			stage_await(fd, "bytes");
		close(fd);
	}
	must_settle_at(before);
}

static void
test_many(int ctl)
{
	static int fd[700];
	unsigned before = open_fds();
	char byte;

	(void)ctl;
	for (size_t i = 0; i < COUNT(fd); i++)
		fd[i] = app_connect("echo");
	MUST(open_fds() <= before + 2 * 512);
	for (size_t i = 0; i < COUNT(fd); i++) {
		MUST(write(fd[i], "x", 1) == 1);
		stage_await(fd[i], "an echo");	/* the last wait for the first to close */
		MUST(read(fd[i], &byte, 1) == 1 && byte == 'x');
		close(fd[i]);
	}
	must_settle_at(before);
}

static void
test_restart(int ctl)
{
	char text[8] = "";
	struct state s;
	int fd;

	close(app_connect("die"));
	s = stage_state_is(ctl, GUEST_RESTARTING);
	MUST(s.restarts == 1 && WIFSIGNALED(s.status) && WTERMSIG(s.status) == SIGUSR1);
	fd = app_connect("drain");	/* held, dialled again */
	MUST(write(fd, "abc", 3) == 3);
	shutdown(fd, SHUT_WR);
	stage_await(fd, "the count");
	MUST(read(fd, text, sizeof(text) - 1) > 0 && strcmp(text, "3\n") == 0);
	close(fd);
	stage_state_is(ctl, GUEST_READY);
}

static char *
judge(int ctl, const char *text, uint64_t tag)
{
	AUTO_BUF struct buf tree = {0};

	stage_tree(&tree, "src/judge", text, "src/deep/er/file.ts", "1", NULL);
	return stage_apply(ctl, tag, &tree);
}

static void
test_apply(int ctl)
{
	char *json = judge(ctl, "hello", 5);

	MUST(strcmp(json,
		 "{\"ok\":true,\"text\":\"hello\",\"uid\":61000,\"mode\":644}") == 0);
	free(json);
	json = judge(ctl, "long", 6);
	MUST(strstr(json, "\"kind\":\"gone\""));
	free(json);
	json = judge(ctl, "close", 7);
	MUST(strstr(json, "\"kind\":\"gone\""));
	free(json);
	json = judge(ctl, "die", 8);
	MUST(strstr(json, "\"kind\":\"gone\""));
	free(json);
	stage_state_is(ctl, GUEST_RESTARTING);
	stage_state_is(ctl, GUEST_READY);
	json = judge(ctl, "again", 9);
	MUST(strstr(json, "\"ok\":true"));
	free(json);
}

static void
must_freeze(int ctl, const char *base, uint64_t tag, uint32_t len, const char *expected)
{
	struct frame f = stage_freeze(ctl, tag, base);

	if ((len && f.len != len) || !memmem(f.payload, f.len, expected, strlen(expected)))
		FAIL("%s was answered with %u bytes: %.*s", base, f.len,
		    (int)(f.len < 300 ? f.len : 300), f.payload);
	free(f.payload);
}

/* Bytes, whatever they are, up to a frame; else a sentence of the guest's own. */
static void
test_freeze(int ctl)
{
	static const char gone[] = "\"kind\":\"gone\"";
	char *json;

	must_freeze(ctl, "/a/b/", 21, 5, "/a/b/");
	must_freeze(ctl, "/long/", 22, 2 << 20, "");
	must_freeze(ctl, "/short/", 23, 0, gone);
	must_freeze(ctl, "/lie/", 24, 0, gone);
	must_freeze(ctl, "/a\napply /", 25, 0, gone);
	must_freeze(ctl, "/die/", 26, 0, gone);
	stage_state_is(ctl, GUEST_RESTARTING);
	stage_state_is(ctl, GUEST_READY);
	must_freeze(ctl, "/again/", 27, 7, "/again/");
	json = judge(ctl, "hello", 28);
	MUST(strstr(json, "\"ok\":true"));
	free(json);
}

/* In order; more than may wait are told so; those of a lost connection are forgotten. */
static void
test_queue(int ctl)
{
	AUTO_BUF struct buf tree = {0};
	unsigned good = 0, busy = 0;
	int other = ctl_connect();
	uint64_t last = 0;
	bool is_busy;
	char *json;

	stage_tree(&tree, "src/judge", "hello", NULL);
	for (uint64_t tag = 1; tag <= 40; tag++)
		stage_frame_put(ctl, GUEST_APPLY, tag, &tree);
	while (good + busy < 40) {
		struct frame f = stage_frame_get(ctl);
		const char *text = (char *)f.payload + 4;

		MUST(f.type == GUEST_VERDICT);
		if (strstr(text, "\"busy\"")) {
			busy++;
		} else {
			if (!strstr(text, "\"ok\":true") || f.tag <= last)
				FAIL("%u after %u: %s", (unsigned)f.tag, (unsigned)last,
				    text);
			last = f.tag;
			good++;
		}
		free(f.payload);
	}
	MUST(good >= 8);
	for (uint64_t tag = 1; tag <= 40; tag++)
		stage_frame_put(other, GUEST_APPLY, tag, &tree);
	close(other);
	stage_frame_put(ctl, GUEST_PING, 77, NULL);
	MUST(stage_frame_get(ctl).type == GUEST_PONG);
	do {
		json = judge(ctl, "hello", 99);
		is_busy = strstr(json, "\"busy\"");
		if (!is_busy)
			MUST(strstr(json, "\"ok\":true"));
		free(json);
	} while (is_busy);
}

/* A compiler that hangs is killed and comes back. */
static void
test_silent_judge(int ctl)
{
	char *json = judge(ctl, "silent", 1);

	MUST(strstr(json, "\"kind\":\"gone\""));
	free(json);
	MUST(WTERMSIG(stage_state_is(ctl, GUEST_RESTARTING).status) == SIGKILL);
	stage_state_is(ctl, GUEST_READY);
	json = judge(ctl, "hello", 2);
	MUST(strstr(json, "\"ok\":true"));
	free(json);
}

static void
test_noise(int ctl)
{
	char text[8] = "";
	struct state s;
	int fd = app_connect("noise 20000000");

	stage_await(fd, "its end");
	MUST(read(fd, text, 5) == 5);
	close(fd);
	close(app_connect("die"));
	s = stage_state_is(ctl, GUEST_RESTARTING);
	MUST(strlen(s.tail) == 4096 && strcmp(s.tail + 4096 - 9, "xthe end\n") == 0);
	stage_state_is(ctl, GUEST_READY);
}

/* Random frames, cut anywhere, on connections that come and go. */
static void
test_fuzz(int ctl)
{
	unsigned seed = 12345;
	char path[100];

	snprintf(path, sizeof(path), "%s/run/ctl/ctl.sock", guest.top);
	for (int i = 0; i < 3000; i++) {
		unsigned char bytes[600];
		size_t n = (size_t)rand_r(&seed) % sizeof(bytes);
		int fd = stage_connect(path);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (unsigned char)rand_r(&seed);
		if (i % 2 && n > 24) {
			/* A header that is right, and a count of files that may be. */
			memset(bytes, 0, 24);
			bytes[0] = (unsigned char)(n - 16);
			bytes[1] = (unsigned char)((n - 16) >> 8);
			bytes[4] = GUEST_APPLY;
			bytes[16] = (unsigned char)(rand_r(&seed) % 50);
			bytes[20] = (unsigned char)(rand_r(&seed) % 20);
		}
		if (write(fd, bytes, n) < 0)
			MUST(errno == EPIPE || errno == ECONNRESET);
		close(fd);
	}
	stage_frame_put(ctl, GUEST_PING, 1, NULL);
	MUST(stage_frame_get(ctl).type == GUEST_PONG);
}

static void
test_crash_loop(int ctl)
{
	char path[100];
	struct state s;
	char *json;

	snprintf(path, sizeof(path), "%s/run/vite/crash", guest.top);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	close(app_connect("die"));
	s = stage_state_is(ctl, GUEST_GAVE_UP);
	MUST(s.restarts == 4 && WIFEXITED(s.status) && WEXITSTATUS(s.status) == 3);
	json = judge(ctl, "hello", 1);
	MUST(strstr(json, "\"kind\":\"gone\""));
	free(json);
	snprintf(path, sizeof(path), "%s/run/sb/app.sock", guest.top);
	MUST(access(path, F_OK) < 0);
	snprintf(path, sizeof(path), "%s/run/vite/crash", guest.top);
	unlink(path);
}

static const struct {
	const char *name;
	void (*fn)(int ctl);
} tests[] = {
	{"echo", test_echo},
	{"half_close", test_half_close},
	{"close_after_write", test_close_after_write},
	{"reader_gone", test_reader_gone},
	{"many", test_many},
	{"restart", test_restart},
	{"apply", test_apply},
	{"queue", test_queue},
	{"freeze", test_freeze},
	{"silent_judge", test_silent_judge},
	{"noise", test_noise},
	{"fuzz", test_fuzz},
	{"crash_loop", test_crash_loop},
};

int
main(int argc, char **argv)
{
	const char *given = getenv("CARREL_TEST_GUEST");
	ssize_t n;
	int ctl;

	if (argc == 2 && strcmp(argv[1], "workload") == 0)
		return workload();
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		for (size_t i = 0; i < COUNT(tests); i++)
			puts(tests[i].name);
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	atexit(guest_kill);
	n = readlink("/proc/self/exe", guest.self, sizeof(guest.self) - 1);
	MUST(n > 0);
	guest.name = strrchr(guest.self, '/') + 1;
	*strrchr(guest.self, '/') = '\0';
	MUST(unshare(CLONE_NEWNS) == 0);
	make_top(given ? given : "build/guest/guest");
	for (size_t i = 0; i < COUNT(tests); i++) {
		int64_t t = stage_now_us();

		if (!stage_is_asked(argc, argv, tests[i].name))
			continue;
		guest_start();
		ctl = ctl_connect();
		stage_state_is(ctl, GUEST_READY);
		free(judge(ctl, "hello", 1));	/* a good tree opens the door */
		tests[i].fn(ctl);
		close(ctl);
		guest_stop();
		printf("  ok %s, %.1f s\n", tests[i].name,
		    (double)(stage_now_us() - t) / 1e6);
	}
	rmdir(guest.top);
	return 0;
}
