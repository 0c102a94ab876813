/*
 * launch and guest with notebooks: real runsc, real volumes, a fake notebook server:
 * notebook_test [list | name …]
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

#include "../../shared/base/err.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"

static double
ms_since(int64_t begun_us)
{
	return (double)(stage_now_us() - begun_us) / 1000;
}

/* The content of a file of the volume, from the host. */
static void
must_hold(const char *id, const char *name, const char *expected)
{
	AUTO_BUF struct buf text = {0};
	char path[200];
	struct err e;

	buf_init(&text, 4096);
	snprintf(path, sizeof(path), RUN "/vol/%s/%s", id, name);
	if (file_read(path, &text, &e) < 0)
		FAIL("%s", e.text);
	if (strcmp(text.at, expected) != 0)
		FAIL("%s has \"%s\", not \"%s\"", path, text.at, expected);
}

static void
test_life(void)
{
	char out[200];
	struct notebook n;
	struct launch_msg m;
	struct stat st;

	notebook_open(&n);
	notebook_must_say(&n, "app", "port", "2718");
	notebook_must_say(&n, "run", "port", "2719");
	notebook_must_say(&n, "tool", "port", "2720");
	notebook_must_say(&n, "app", "env HOME", "/tmp/home");
	notebook_must_say(&n, "app", "env WORKLOAD_DOORS", "(none)");
	must_hold(n.id, "work/notebook.py", "first");
	/* Of files that are there none is written again, and the workload is not started
	 * again. */
	notebook_must_say(&n, "app", "count", "1");
	notebook_apply(&n, "notebook.py", "second", "{\"ok\":true}");
	notebook_apply(&n, "data/deep/x.csv", "1,2", "{\"ok\":true}");
	notebook_apply(&n, "../x", "1", "\"kind\":\"input\"");
	notebook_apply(&n, "/etc/x", "1", "\"kind\":\"input\"");
	notebook_apply(&n, ".venv/x", "1", "\"kind\":\"input\"");
	must_hold(n.id, "work/notebook.py", "first");
	must_hold(n.id, "work/data/deep/x.csv", "1,2");
	notebook_must_say(&n, "app", "count", "2");
	MUST(stat(RUN "/vol", &st) == 0 && st.st_uid == 0 && st.st_gid == WORKLOAD_UID &&
	    (st.st_mode & 07777) == 0710);
	notebook_inside(&n, "echo kept >/work/kept; echo env >/env/kept; id -u", "61000");
	notebook_inside(&n, "ls /run/egress 2>&1", "Permission denied");
	notebook_inside(&n, "ls -d /work/.. /work/lost+found 2>&1", "No such file");
	MUST(app_stat(n.id, &m) == 0 && m.disk_bytes > 0 && m.disk_bytes < 1 << 20);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", -EBUSY);
	notebook_must(LAUNCH_ERASE, n.id, "", -EBUSY);
	notebook_must(LAUNCH_MOUNT, n.id, "", 0);
	stage_exec(n.id, WORKLOAD_UID, "cp /opt/marimo/bin/python /env/prog; /env/prog; echo $?",
	    out, sizeof(out));
	MUST(strcmp(out, "8\n") == 0);	/* it ran, from the volume */
	notebook_kill(&n);
	must_hold(n.id, "work/kept", "kept\n");
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	MUST(stage_loops(n.id) == 0);
	notebook_must(LAUNCH_MOUNT, n.id, "", 0);
	notebook_must(LAUNCH_MOUNT, n.id, "", 0);
	MUST(stage_loops(n.id) == 1);
	must_hold(n.id, "env/kept", "env\n");
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	notebook_wake(&n, "");
	notebook_apply(&n, "notebook.py", "third", "{\"ok\":true}");
	stage_state_is(n.ctl_fd, GUEST_READY);
	notebook_must_say(&n, "app", "count", "1");
	must_hold(n.id, "work/notebook.py", "first");
	notebook_close(&n);
}

/* Busy means busy: somebody of ours has a file of it open. */
static void
test_unmount_busy(void)
{
	char id[ID_SIZE], path[100];
	int fd;

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	snprintf(path, sizeof(path), RUN "/vol/%s/work", id);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	MUST(fd >= 0);
	notebook_must(LAUNCH_UNMOUNT, id, "", -EBUSY);
	notebook_must(LAUNCH_ERASE, id, "", -EBUSY);
	close(fd);
	notebook_must(LAUNCH_ERASE, id, "", 0);
	MUST(stage_traces(id) == 0);
}

/* A full volume is full for its own notebook alone. */
static void
test_quota(void)
{
	struct notebook n, neighbour;
	struct launch_msg m;

	notebook_open(&n);
	notebook_open(&neighbour);
	notebook_inside(&n, "head -c 100000000 /dev/zero >/work/big", "No space left");
	MUST(app_stat(n.id, &m) == 0);
	MUST(m.disk_bytes > 40u << 20 && m.disk_bytes <= (uint64_t)DISK_MB << 20);
	notebook_must_say(&n, "app", "count", "1");
	notebook_apply(&n, "notebook.py", "x", "{\"ok\":true}");
	notebook_apply(&n, "more.py", "content", "\"kind\":\"full\"");
	notebook_inside(&neighbour, "head -c 30000000 /dev/zero >/work/big; wc -c </work/big",
	    "30000000");
	notebook_inside(&n, "rm /work/big; i=0; while [ $i -lt 5000 ]; do : >/env/$i || break; "
	    "i=$((i+1)); done; echo got $i", "No space left");
	notebook_inside(&n, "ls /env | wc -l | while read n; do [ $n -gt 1900 ] && [ $n -lt 2200 ] "
	    "&& echo right; done", "right");
	notebook_inside(&neighbour, ": >/work/one && echo fine", "fine");
	notebook_must_say(&n, "app", "count", "2");
	notebook_close(&n);
	notebook_close(&neighbour);
}

/* What the kernel remembers of files is not what a notebook needs. */
static void
test_file_cache(void)
{
	struct launch_msg before, after;
	struct notebook n;

	notebook_open(&n);
	MUST(app_stat(n.id, &before) == 0 && before.memory_bytes > 0);
	notebook_inside(&n, "head -c 40000000 /dev/zero >/work/big; wc -c </work/big", "40000000");
	MUST(app_stat(n.id, &after) == 0);
	if (after.memory_bytes > before.memory_bytes + (20u << 20))
		FAIL("it takes %llu MB, and %llu after writing 40 MB to a file",
		    (unsigned long long)before.memory_bytes >> 20,
		    (unsigned long long)after.memory_bytes >> 20);
	notebook_close(&n);
}

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
	held = ms_since(t);
	snprintf(door, sizeof(door), RUN "/sb/%s/app.sock", n.id);
	MUST(access(door, F_OK) < 0);
	t = stage_now_us();
	m = notebook_ask(LAUNCH_SAVE, n.id, image, 0);
	saved = ms_since(t);
	if (m.result)
		FAIL("save: %d %s", m.result, m.text);
	MUST(m.disk_bytes > 100000 && m.disk_bytes < 200u << 20);
	MUST(stage_traces_of_life(n.id) == 0);
	close(fd);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	t = stage_now_us();
	notebook_wake(&n, image);
	printf("    hold %.1f ms, save %.1f ms (%llu MB), restore to control %.1f ms\n", held,
	    saved, (unsigned long long)m.disk_bytes >> 20, ms_since(t));
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
	printf("    held, saved and there again in %.1f ms\n", ms_since(t));
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
test_refusals(void)
{
	char id[ID_SIZE], image[ID_SIZE];
	struct notebook n;
	struct launch_msg m;

	id_new(id);
	id_new(image);
	notebook_must(LAUNCH_SAVE, id, image, -ENOENT);
	notebook_must(LAUNCH_DROP, id, image, 0);
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	notebook_must(LAUNCH_ERASE, id, "", 0);
	notebook_must(LAUNCH_SAVE, id, "", -EINVAL);
	notebook_must(LAUNCH_DROP, id, "../../../../etc", -EINVAL);
	notebook_must(LAUNCH_DROP, "..", image, -EINVAL);
	notebook_must(LAUNCH_OOM, id, "", -EINVAL);
	m = (struct launch_msg){.version = LAUNCH_VERSION, .verb = LAUNCH_CREATE, .tag = 9,
	    .template_name = "marimo", .memory_mb = 320, .cpu_percent = 100, .pids = PIDS};
	memcpy(m.id, id, ID_SIZE);
	stage_put(&m);		/* no volume */
	MUST(stage_expect(LAUNCH_CREATE, 9).result == -EINVAL);
	snprintf(m.template_name, sizeof(m.template_name), "vite");
	m.disk_mb = DISK_MB;
	m.disk_files = DISK_FILES;
	stage_put(&m);
	MUST(stage_expect(LAUNCH_CREATE, 9).result == -EINVAL);
	m.verb = LAUNCH_MOUNT;
	m.disk_mb = 1;
	stage_put(&m);
	MUST(stage_expect(LAUNCH_MOUNT, 9).result == -EINVAL);
	MUST(stage_traces(id) == 0);
	/* While it starts, and while it is saved; each is answered. */
	notebook_open(&n);
	notebook_hold(&n);
	m = (struct launch_msg){.version = LAUNCH_VERSION, .verb = LAUNCH_SAVE, .tag = 20};
	memcpy(m.id, n.id, ID_SIZE);
	memcpy(m.image, image, ID_SIZE);
	stage_put(&m);
	notebook_must(LAUNCH_SAVE, n.id, image, -EBUSY);
	notebook_must(LAUNCH_DROP, n.id, image, -EBUSY);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", -EBUSY);
	notebook_must(LAUNCH_KILL, n.id, "", 0);
	m = stage_expect(LAUNCH_SAVE, 20);
	MUST(m.result == -ECANCELED);
	m = notebook_create(n.id, image);
	MUST(m.result == -ENOENT);
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

/* What the workload planted leads nowhere. */
static void
test_planted(void)
{
	char id[ID_SIZE], line[600], out[200];
	struct notebook n;

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	snprintf(line, sizeof(line), "cd " RUN "/vol/%s/work && ln -s /etc away && "
	    "ln -s /tmp/target file.py && ln -s nowhere loop && mkdir -m 0 shut && "
	    "mkfifo pipe.py && mkdir dir.py && ln -s /etc/passwd .carrel-new && chown -hR %u:%u .",
	    id, WORKLOAD_UID, WORKLOAD_UID);
	MUST(system(line) == 0);
	memcpy(n.id, id, ID_SIZE);
	notebook_wake(&n, "");
	notebook_apply(&n, "away/x.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "file.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "loop/x/y.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "shut/x.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "pipe.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "pipe.py/x", "1", "{\"ok\":true}");
	notebook_apply(&n, "dir.py", "1", "{\"ok\":true}");
	notebook_apply(&n, "real.py", "1", "{\"ok\":true}");
	stage_exec(n.id, 0, "ls /etc/x.py /tmp/target; cat /work/real.py; ls -A /work", out,
	    sizeof(out));
	MUST(!strstr(out, "\n/etc/x.py") && !strstr(out, "\n/tmp/target") && out[0] != '/');
	MUST(strstr(out, "real.py") && !strstr(out, ".carrel-new"));
	notebook_close(&n);
	MUST(access("/tmp/target", F_OK) < 0 && access("/etc/x.py", F_OK) < 0);
}

/* Takes memory as a member of the sandbox's control group, until the kernel ends it. */
static void
be_killed_in_group(const char *id)
{
	char command[300];
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		snprintf(command, sizeof(command), "for f in /sys/fs/cgroup/memory/carrel/*/%s "
		    "/sys/fs/cgroup/carrel/*/%s; do [ ! -d $f ] || echo %d >$f/cgroup.procs; done",
		    id, id, getpid());
		if (system(command) != 0)
			_exit(1);
		for (;;)
			memset(malloc(1 << 20), 1, 1 << 20);
	}
	MUST(waitpid(pid, &status, 0) == pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		FAIL("not killed: status 0x%x", (unsigned)status);
}

/* A process was killed, the sandbox lives: told.  All of them together: told, too. */
static void
test_oom(void)
{
	struct notebook n;
	struct launch_msg m;
	char out[1000];

	notebook_open(&n);
	notebook_must_say(&n, "app", "count", "1");
	be_killed_in_group(n.id);
	m = stage_expect(LAUNCH_OOM, 0);
	MUST(strcmp(m.id, n.id) == 0 && m.epoch == 3 && m.memory_mb == 320 && !m.tag);
	MUST(m.memory_peak_bytes > 250u << 20);
	notebook_must_say(&n, "app", "count", "2");
	/* That it was short of memory once is not why it ends later. */
	close(n.ctl_fd);
	MUST(kill(n.pid, SIGKILL) == 0);
	m = stage_expect(LAUNCH_DIED, 0);
	if (m.why != LAUNCH_WHY_CRASH)
		FAIL("the reason is %u, %s", m.why, m.text);
	notebook_wake(&n, "");
	stage_exec(n.id, WORKLOAD_UID, "for i in 1 2 3; do node -e "
	    "'const a=[];for(;;)a.push(Buffer.alloc(1<<20,1))' & done; wait", out, sizeof(out));
	m = stage_expect(LAUNCH_DIED, 0);
	if (m.why != LAUNCH_WHY_MEMORY)
		FAIL("the reason is %u, %s", m.why, m.text);
	close(n.ctl_fd);
	n.ctl_fd = -1;
	notebook_close(&n);
}

static void
test_restart(void)
{
	struct notebook n;
	struct state s;

	notebook_open(&n);
	notebook_must_say(&n, "app", "count", "1");
	notebook_say(&n, "tool", "die");
	s = stage_state_is(n.ctl_fd, GUEST_RESTARTING);
	MUST(s.restarts == 1);
	notebook_must_say(&n, "app", "count", "1");	/* held until it is back */
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
	printf("    let go after %.1f s\n", ms_since(t) / 1000);
	MUST(ms_since(t) < 10000);
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

/* Of a volume that was hurt: what can be repaired is, and nothing else is used. */
static void
test_hurt_volume(void)
{
	char id[ID_SIZE], line[300];
	struct launch_msg m;
	int64_t t = stage_now_us();

	id_new(id);
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf("    made and mounted in %.1f ms", ms_since(t));
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	t = stage_now_us();
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf(", mounted in %.1f ms", ms_since(t));
	snprintf(line, sizeof(line), "echo 1 >" RUN "/vol/%s/work/a", id);
	MUST(system(line) == 0);
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	snprintf(line, sizeof(line), "debugfs -w -R 'ssv state 2' " RUN "/volume/%s.img 2>&1", id);
	MUST(system(line) == 0);
	t = stage_now_us();
	notebook_must(LAUNCH_MOUNT, id, "", 0);
	printf(", checked and mounted in %.1f ms\n", ms_since(t));
	must_hold(id, "work/a", "1\n");
	notebook_must(LAUNCH_UNMOUNT, id, "", 0);
	snprintf(line, sizeof(line), "dd if=/dev/urandom of=" RUN "/volume/%s.img bs=1M count=%d "
	    "conv=notrunc status=none", id, DISK_MB);
	MUST(system(line) == 0);
	m = notebook_ask(LAUNCH_MOUNT, id, "", 0);
	if (m.result >= 0 || !m.text[0])
		FAIL("mounted: %d %s", m.result, m.text);
	printf("    %s\n", m.text);
	MUST(stage_loops(id) == 0);
	m = notebook_create(id, "");
	MUST(m.result < 0 && m.text[0] && stage_traces_of_life(id) == 0);
	notebook_must(LAUNCH_ERASE, id, "", 0);
	MUST(stage_traces(id) == 0);
}

static unsigned
half_made(const char *id)
{
	char line[300];

	snprintf(line, sizeof(line), "ls -R " RUN "/volume " RUN "/snapshot/%s 2>/dev/null | "
	    "grep -E '\\.(new|gone)$' >&2", id);
	return system(line) == 0;
}

static void
restart_launch(const char *id, bool *is_listed)
{
	stage_launch_kill();
	stage_launch_start();
	stage_listed(id, is_listed);
}

/* launch is killed at many points of making a volume, a start, a save and a restore. */
static void
test_launch_killed(void)
{
	char image[ID_SIZE];
	struct notebook n;
	struct launch_msg m;
	unsigned saved = 0, lived = 0;
	bool is_in;

	for (unsigned i = 0; i < 12; i++) {
		int64_t until;

		id_new(n.id);
		notebook_create_send(app_tag(), n.id, "");
		for (until = stage_now_us() + 3000 * i; stage_now_us() < until;)
			;
		restart_launch(n.id, &is_in);
		/* What had not been read yet is begun only now. */
		notebook_must(LAUNCH_KILL, n.id, "", 0);
		MUST(!half_made(n.id) && stage_loops(n.id) <= 1);
		MUST(stage_traces_of_life(n.id) == 0);
		notebook_must(LAUNCH_ERASE, n.id, "", 0);
		MUST(stage_traces(n.id) == 0);
	}
	for (unsigned i = 0; i < 14; i++) {
		int64_t until;

		id_new(image);
		notebook_open(&n);
		notebook_hold(&n);
		m = (struct launch_msg){.version = LAUNCH_VERSION, .verb = LAUNCH_SAVE,
		    .tag = app_tag()};
		memcpy(m.id, n.id, ID_SIZE);
		memcpy(m.image, image, ID_SIZE);
		stage_put(&m);
		for (until = stage_now_us() + 6000 * i; stage_now_us() < until;)
			;
		restart_launch(n.id, &is_in);
		lived += is_in;
		notebook_must(LAUNCH_KILL, n.id, "", 0);
		MUST(!half_made(n.id));
		MUST(stage_traces_of_life(n.id) == 0 && stage_loops(n.id) == 1);
		m = notebook_create(n.id, image);
		if (m.result == 0) {
			saved++;
			n.ctl_fd = stage_ctl(n.id);
			MUST(stage_state(n.ctl_fd).state == GUEST_READY);
			notebook_must_say(&n, "app", "count", "1");
			/* And killed while it is restored. */
			notebook_kill(&n);
			notebook_create_send(app_tag(), n.id, image);
			for (until = stage_now_us() + 5000 * i; stage_now_us() < until;)
				;
			restart_launch(n.id, &is_in);
		} else {
			MUST(m.result == -ENOENT);
		}
		notebook_close(&n);
	}
	printf("    of 14 saves %u were whole, %u sandboxes were there after it\n", saved, lived);
}

static const struct stage_test tests[] = {
	{"life", test_life},
	{"refusals", test_refusals},
	{"unmount_busy", test_unmount_busy},
	{"quota", test_quota},
	{"file_cache", test_file_cache},
	{"hurt_volume", test_hurt_volume},
	{"save", test_save},
	{"snapshot", test_snapshot},
	{"knocks", test_knocks},
	{"not_held", test_not_held},
	{"bad_images", test_bad_images},
	{"egress", test_egress},
	{"planted", test_planted},
	{"oom", test_oom},
	{"restart", test_restart},
	{"hold_alone", test_hold_alone},
	{"save_late", test_save_late},
	{"launch_killed", test_launch_killed},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), notebook_image);
}
