#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/err.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"
#include "stage.h"

#define RUN "/run/carrel"
#define KEPT_MAX 64
#define LOOPS_GO_US 5000000	/* whose last user was killed, once the disk lets that one go */

static struct {
	int keep_fd, launch_fd;
	pid_t launch;
	struct launch_msg kept[KEPT_MAX];
	size_t kept_count;
	char instance[33];
	char var[64];		/* the state, on a real disk */
} stage;

_Noreturn void
stage_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

int64_t
stage_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Waits until fd is readable; nothing is slept on but what is awaited. */
void
stage_await(int fd, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (poll(&p, 1, WAIT_MS) <= 0)
		FAIL("nothing came in time: %s", what);
}

/* One look, at most every millisecond, at something that tells nobody when it changes. */
bool
stage_look_again(int64_t deadline_us)
{
	struct timespec t = {0, 1000000};

	nanosleep(&t, NULL);
	return stage_now_us() < deadline_us;
}

static void
make_place(void)
{
	char build[4096], text[64];
	const char *from = getenv("CARREL_BUILD");
	struct err e;
	int n;

	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	MUST(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0);
	MUST(realpath(from ? from : "build", build));
	MUST(mkdir(RUN, 0755) == 0 || errno == EEXIST);
	MUST(mount("carrel", RUN, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256m") ==
	    0);
	MUST(mkdir(RUN "/build", 0755) == 0);
	MUST(mount(build, RUN "/build", NULL, MS_BIND | MS_REC, NULL) == 0);
	MUST(mkdir(RUN "/var", 0755) == 0);
	MUST(mount(stage.var, RUN "/var", NULL, MS_BIND, NULL) == 0);
	n = snprintf(text, sizeof(text), "%s\n", stage.instance);
	MUST(file_write(RUN "/instance", text, (size_t)n, 0644, &e) == 0);
}

/* Deepest first; what a failed test left in them died with the namespace. */
static void
remove_groups(void)
{
	static const char *const tops[] = {"", "*/"};
	char pattern[128];
	glob_t g;

	for (size_t i = 0; i < 6; i++) {
		const char *name = i / 2 < 2 ? stage.instance : "";

		snprintf(pattern, sizeof(pattern), "/sys/fs/cgroup/%scarrel%s%s%s",
		    tops[i % 2], name[0] ? "/" : "", name, i / 2 == 0 ? "/*" : "");
		if (glob(pattern, GLOB_ONLYDIR, NULL, &g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc; k++)
			rmdir(g.gl_pathv[k]);
		globfree(&g);
	}
}

void
stage_launch_start(void)
{
	const char *given = getenv("CARREL_TEST_BIN");
	char program[4096], fd[16];
	const char *const env[] = {"CARREL_SEALED=1", "PATH=/usr/bin:/bin", NULL};
	const char *const args[] = {"launch", fd, NULL};

	snprintf(program, sizeof(program), "%s/launch", given ? given :
	    RUN "/build/release/bin");
	snprintf(fd, sizeof(fd), "%d", stage.launch_fd);
	stage.launch = fork();
	if (stage.launch == 0) {
		fcntl(stage.launch_fd, F_SETFD, 0);
		execve(program, (char *const *)(uintptr_t)args,
		    (char *const *)(uintptr_t)env);
		_exit(127);
	}
	MUST(stage.launch > 0);
}

pid_t
stage_launch_pid(void)
{
	return stage.launch;
}

void
stage_launch_kill(void)
{
	int status;

	MUST(kill(stage.launch, SIGKILL) == 0);
	MUST(waitpid(stage.launch, &status, 0) == stage.launch);
	stage.launch = 0;
}

void
stage_send(uint32_t verb, uint64_t tag, const char *id)
{
	struct launch_msg m = {.version = LAUNCH_VERSION, .verb = verb, .tag = tag};

	snprintf(m.id, sizeof(m.id), "%s", id);
	MUST(send(stage.keep_fd, &m, sizeof(m), 0) == sizeof(m));
}

void
stage_put(const struct launch_msg *m)
{
	MUST(send(stage.keep_fd, m, sizeof(*m), 0) == sizeof(*m));
}

void
stage_create(uint64_t tag, const char *id, uint32_t memory_mb, uint32_t pids)
{
	struct launch_msg m = {.version = LAUNCH_VERSION,
	    .verb = LAUNCH_CREATE,
	    .tag = tag,
	    .template_name = "vite",
	    .epoch = 7,
	    .memory_mb = memory_mb,
	    .cpu_percent = 200,
	    .pids = pids};

	snprintf(m.id, sizeof(m.id), "%s", id);
	MUST(send(stage.keep_fd, &m, sizeof(m), 0) == sizeof(m));
}

struct launch_msg
stage_expect(uint32_t verb, uint64_t tag)
{
	struct launch_msg m;

	for (size_t i = 0; i < stage.kept_count; i++)
		if (stage.kept[i].verb == verb && (!tag || stage.kept[i].tag == tag)) {
			m = stage.kept[i];
			memmove(&stage.kept[i], &stage.kept[i + 1],
			    (--stage.kept_count - i) * sizeof(m));
			return m;
		}
	for (;;) {
		stage_await(stage.keep_fd, "a message of launch");
		MUST(recv(stage.keep_fd, &m, sizeof(m), 0) == sizeof(m));
		if (m.verb == verb && (!tag || m.tag == tag))
			return m;
		MUST(stage.kept_count < KEPT_MAX);
		stage.kept[stage.kept_count++] = m;
	}
}

unsigned
stage_listed(const char *id, bool *is_in)
{
	unsigned n = 0;

	*is_in = false;
	for (;;) {
		struct launch_msg m = stage_expect(LAUNCH_LIST, 0);

		if (!m.id[0])
			return n;
		n++;
		*is_in |= strcmp(m.id, id) == 0;
	}
}

int
stage_connect(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int64_t deadline = stage_now_us() + WAIT_MS * 1000LL;
	int fd;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	do {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		MUST(fd >= 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
			return fd;
		close(fd);
	} while (stage_look_again(deadline));
	FAIL("nobody listens on %s: %s", path, strerror(errno));
}

static void
read_all(int fd, void *to, size_t n)
{
	char *p = to;

	while (n) {
		ssize_t r;

		stage_await(fd, "a frame of the guest");
		r = read(fd, p, n);
		if (r <= 0)
			FAIL("the guest closed the connection");
		p += r;
		n -= (size_t)r;
	}
}

struct frame
stage_frame_get(int fd)
{
	unsigned char head[GUEST_HEADER_BYTES];
	struct unpack u = {.at = head, .left = sizeof(head)};
	struct frame f;

	read_all(fd, head, sizeof(head));
	f.len = unpack_u32(&u);
	f.type = unpack_u16(&u);
	MUST(unpack_u16(&u) == 0);
	f.tag = unpack_u64(&u);
	MUST(f.len <= GUEST_PAYLOAD_MAX);
	f.payload = mem_new(f.len + 1);
	read_all(fd, f.payload, f.len);
	return f;
}

void
stage_frame_put(int fd, uint16_t type, uint64_t tag, const struct buf *payload)
{
	AUTO_BUF struct buf b = {0};
	struct err e;

	buf_init(&b, 4u << 20);
	pack_u32(&b, payload ? (uint32_t)payload->len : 0);
	pack_u16(&b, type);
	pack_u16(&b, 0);
	pack_u64(&b, tag);
	if (payload)
		buf_add(&b, payload->at, payload->len);
	MUST(file_write_all(fd, b.at, b.len, &e) == 0);
}

void
stage_hello(int fd)
{
	struct frame f = stage_frame_get(fd);
	struct unpack u = {.at = f.payload, .left = f.len};

	MUST(f.type == GUEST_HELLO && f.tag == 0);
	MUST(unpack_u32(&u) == GUEST_VERSION && unpack_ended(&u));
	free(f.payload);
}

int
stage_ctl(const char *id)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), RUN "/ctl/%s/ctl.sock", id);
	fd = stage_connect(path);
	stage_hello(fd);
	return fd;
}

struct state
stage_state(int fd)
{
	struct frame f = stage_frame_get(fd);
	struct unpack u = {.at = f.payload, .left = f.len};
	struct state s = {0};
	const char *tail;
	size_t n;

	MUST(f.type == GUEST_STATE && f.tag == 0);
	s.state = unpack_u32(&u);
	s.restarts = unpack_u32(&u);
	s.status = unpack_u32(&u);
	tail = unpack_bytes(&u, sizeof(s.tail) - 1, &n);
	MUST(unpack_ended(&u));
	memcpy(s.tail, tail, n);
	free(f.payload);
	return s;
}

struct state
stage_state_is(int fd, uint32_t state)
{
	struct state s;

	do
		s = stage_state(fd);
	while (s.state != state);
	return s;
}

void
stage_tree(struct buf *b, ...)
{
	const char *path, *content;
	uint32_t n = 0;
	va_list ap;

	buf_init(b, GUEST_PAYLOAD_MAX);
	va_start(ap, b);
	while (va_arg(ap, const char *) && va_arg(ap, const char *))
		n++;
	va_end(ap);
	pack_u32(b, n);
	va_start(ap, b);
	while ((path = va_arg(ap, const char *))) {
		content = va_arg(ap, const char *);
		pack_bytes(b, path, strlen(path));
		pack_bytes(b, content, strlen(content));
	}
	va_end(ap);
}

char *
stage_apply(int fd, uint64_t tag, const struct buf *tree)
{
	struct unpack u;
	struct frame f;
	char *json;
	const char *p;
	size_t n;

	stage_frame_put(fd, GUEST_APPLY, tag, tree);
	f = stage_frame_get(fd);
	MUST(f.type == GUEST_VERDICT && f.tag == tag);
	u = (struct unpack){.at = f.payload, .left = f.len};
	p = unpack_bytes(&u, GUEST_PAYLOAD_MAX, &n);
	MUST(unpack_ended(&u));
	json = mem_new(n + 1);
	memcpy(json, p, n);
	free(f.payload);
	return json;
}

struct frame
stage_freeze(int fd, uint64_t tag, const char *base)
{
	AUTO_BUF struct buf payload = {0};
	struct frame f;

	buf_init(&payload, 4096);
	pack_bytes(&payload, base, strlen(base));
	stage_frame_put(fd, GUEST_FREEZE, tag, &payload);
	f = stage_frame_get(fd);
	MUST(f.type == GUEST_FROZEN && f.tag == tag);
	return f;
}

int
stage_app(const char *id)
{
	char path[128];

	snprintf(path, sizeof(path), RUN "/sb/%s/app.sock", id);
	return stage_connect(path);
}

char *
stage_get(const char *id, const char *path)
{
	AUTO_FD int fd = stage_app(id);
	struct buf b;
	ssize_t n;
	char *room;

	buf_init(&b, 16u << 20);
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n", path);
	for (;;) {
		stage_await(fd, "an answer to GET");
		room = buf_room(&b, 65536);
		MUST(room);
		n = read(fd, room, 65536);
		if (n <= 0)
			return buf_take(&b);
		buf_grew(&b, (size_t)n);
	}
}

int
stage_exec(const char *id, uid_t uid, const char *line, char *out, size_t size)
{
	char user[48];
	int p[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	snprintf(user, sizeof(user), "--user=%u:%u", (unsigned)uid, (unsigned)uid);
	MUST(pipe2(p, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], 1);
		dup2(p[1], 2);
		execl(RUN "/build/bin/runsc", "runsc", "--root=" RUN "/runsc",
		    "--platform=systrap", "--network=none", "exec", user, id, "/bin/sh",
		    "-c", line, NULL);
		_exit(127);
	}
	close(p[1]);
	while (len + 1 < size && (n = read(p[0], out + len, size - len - 1)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(p[0]);
	MUST(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static unsigned
count_paths(const char *format, const char *id)
{
	char pattern[256];
	unsigned n;
	glob_t g;

	snprintf(pattern, sizeof(pattern), format, id);
	if (glob(pattern, 0, NULL, &g) != 0)
		return 0;
	n = (unsigned)g.gl_pathc;
	for (size_t i = 0; i < g.gl_pathc; i++)
		fprintf(stderr, "trace: %s\n", g.gl_pathv[i]);
	globfree(&g);
	return n;
}

static bool
mentions(const char *path, const char *id)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 1 << 20);
	if (file_read(path, &b, NULL) < 0)
		return false;
	for (size_t i = 0; i < b.len; i++)
		if (!b.at[i])
			b.at[i] = ' ';
	return strstr(b.at, id);
}

/* It was sent SIGKILL, and waits for the disk before it can go. */
static bool
is_killed(const char *pid)
{
	AUTO_BUF struct buf b = {0};
	unsigned long long own = 0, shared = 0;
	const char *at;
	char path[64];

	buf_init(&b, 1 << 16);
	snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	if (file_read(path, &b, NULL) < 0)
		return true;
	at = strstr(b.at, "\nSigPnd:");
	if (at)
		sscanf(at, " SigPnd: %llx ShdPnd: %llx", &own, &shared);
	return (own | shared) >> (SIGKILL - 1) & 1;
}

unsigned
stage_traces_of_life(const char *id)
{
	static const char *const places[] = {
	    RUN "/box/*%s*", RUN "/sb/*%s*", RUN "/ctl/*%s*", RUN "/egress/*%s*",
	    RUN "/runsc/*%s*"};
	static const char *const groups[] = {
	    "/sys/fs/cgroup/*/carrel/%s", "/sys/fs/cgroup/carrel/%s"};
	char path[300], group[64];
	struct dirent *d;
	DIR *proc = opendir("/proc");
	unsigned n = 0;

	for (size_t i = 0; i < COUNT(places); i++)
		n += count_paths(places[i], id);
	/* Beside this one others may run, whose golden sandboxes have the same names. */
	snprintf(group, sizeof(group), "%s/%s", stage.instance, id);
	for (size_t i = 0; i < COUNT(groups); i++)
		n += count_paths(groups[i], group);
	while ((d = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/cmdline", d->d_name);
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' && mentions(path, id) &&
		    !is_killed(d->d_name)) {
			fprintf(stderr, "trace: process %s\n", d->d_name);
			n++;
		}
	}
	closedir(proc);
	return n;
}

unsigned
stage_loops(const char *id)
{
	unsigned n = 0;
	glob_t g;

	if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &g) != 0)
		return 0;
	for (size_t i = 0; i < g.gl_pathc; i++)
		n += mentions(g.gl_pathv[i], id);
	globfree(&g);
	return n;
}

unsigned
stage_traces(const char *id)
{
	int64_t deadline = stage_now_us() + LOOPS_GO_US;
	unsigned n = stage_traces_of_life(id) + count_paths(RUN "/vol/*%s*", id) +
	    count_paths(RUN "/volume/*%s*", id) + count_paths(RUN "/snapshot/*%s*", id);

	while (stage_loops(id) && stage_look_again(deadline))
		;
	n += stage_loops(id);
	if (mentions("/proc/self/mounts", id)) {
		fprintf(stderr, "trace: a mount\n");
		n++;
	}
	return n;
}

static int
run(void (*body)(void))
{
	int pair[2], status;
	struct err e;
	pid_t pid;

	snprintf(stage.instance, sizeof(stage.instance), "test%d", getpid());
	snprintf(stage.var, sizeof(stage.var), "/var/tmp/carrel-test.XXXXXX");
	MUST(mkdtemp(stage.var));
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	stage.keep_fd = pair[0];
	stage.launch_fd = pair[1];
	MUST(unshare(CLONE_NEWNS | CLONE_NEWPID) == 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		make_place();
		body();
		exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	remove_groups();
	MUST(file_remove_tree(stage.var, &e) == 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool
stage_is_asked(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc < 2;
}

static struct {
	int argc;
	char **argv;
	const struct stage_test *tests;
	size_t n;
	void (*before)(void);
} given;

static void
run_tests(void)
{
	bool is_in;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (given.before)
		given.before();
	stage_launch_start();
	MUST(stage_listed("", &is_in) == 0);
	for (size_t i = 0; i < given.n; i++) {
		int64_t t = stage_now_us();

		if (!stage_is_asked(given.argc, given.argv, given.tests[i].name))
			continue;
		printf("  %s\n", given.tests[i].name);
		given.tests[i].fn();
		printf("  ok %s, %.1f s\n", given.tests[i].name,
		    (double)(stage_now_us() - t) / 1e6);
	}
}

int
stage_main(int argc, char **argv, const struct stage_test *tests, size_t n,
    void (*before)(void))
{
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		for (size_t i = 0; i < n; i++)
			puts(tests[i].name);
		return 0;
	}
	given.argc = argc;
	given.argv = argv;
	given.tests = tests;
	given.n = n;
	given.before = before;
	return run(run_tests);
}
