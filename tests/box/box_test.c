/*
 * launch and guest with real runsc and the real image: box_test [list | name …]
 *
 * Needs root.  CARREL_BUILD is the build folder (default build), CARREL_TEST_BIN where
 * the launch under test is (default release/bin in it).
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "app.h"

static void
test_life(void)
{
	struct launch_msg m;
	struct state s;
	struct app a;
	bool is_in;

	app_open(&a);
	app_must_get(&a, "/", "HTTP/1.1 200");
	app_must_apply(&a, GOOD, "\"ok\":true");
	app_must_get(&a, "/src/LLMComponent.tsx", "hello");
	app_must_apply(&a, BAD, "\"ok\":false");
	app_must_get(&a, "/src/LLMComponent.tsx", "hello");
	MUST(app_stat(a.id, &m) == 0);
	MUST(m.epoch == 7 && m.memory_bytes > 1 << 20 &&
	    m.memory_peak_bytes >= m.memory_bytes);
	MUST(m.pids_now > 4 && m.cpu_usec > 10000);
	app_kill_node(&a);
	s = stage_state_is(a.ctl_fd, GUEST_RESTARTING);
	MUST(s.restarts == 1 && WIFSIGNALED(s.status) && WTERMSIG(s.status) == SIGKILL);
	app_must_get(&a, "/", "HTTP/1.1 200");	/* held until it is back */
	stage_state_is(a.ctl_fd, GUEST_READY);
	app_must_get(&a, "/src/LLMComponent.tsx", "hello");
	stage_send(LAUNCH_LIST, 1, "");
	MUST(stage_listed(a.id, &is_in) == 1 && is_in);
	app_close(&a);
	stage_send(LAUNCH_LIST, 1, "");
	MUST(stage_listed(a.id, &is_in) == 0);
}

static void
test_refusals(void)
{
	struct launch_msg m;
	struct app a;
	char id[ID_SIZE];

	id_new(id);
	MUST(app_stat(id, &m) == -ENOENT);
	MUST(app_kill(id) == 0);
	MUST(app_stat("../../../etc/passwd/xxxxxx", &m) == -EINVAL);
	MUST(app_stat("", &m) == -EINVAL);
	stage_create(2, "UPPERCASEUPPERCASEUPPERCASE", MEMORY_MB, PIDS);
	MUST(stage_expect(LAUNCH_CREATE, 2).result == -EINVAL);
	stage_create(3, id, 1, PIDS);
	MUST(stage_expect(LAUNCH_CREATE, 3).result == -EINVAL);
	stage_create(4, id, MEMORY_MB, 1000000);
	MUST(stage_expect(LAUNCH_CREATE, 4).result == -EINVAL);
	stage_send(99, 5, id);
	MUST(stage_expect(99, 5).result == -EINVAL);
	app_create(&a, MEMORY_MB, PIDS);
	stage_create(6, a.id, MEMORY_MB, PIDS);
	MUST(stage_expect(LAUNCH_CREATE, 6).result == -EEXIST);
	app_close(&a);
	/* Killed while it starts: both are answered, and nothing stays. */
	stage_create(7, id, MEMORY_MB, PIDS);
	stage_send(LAUNCH_STAT, 8, id);
	stage_send(LAUNCH_KILL, 9, id);
	stage_send(LAUNCH_KILL, 10, id);
	MUST(stage_expect(LAUNCH_STAT, 8).result == -EBUSY);
	MUST(stage_expect(LAUNCH_CREATE, 7).result == -ECANCELED);
	MUST(stage_expect(LAUNCH_KILL, 9).result == 0);
	MUST(stage_expect(LAUNCH_KILL, 10).result == 0);
	MUST(stage_traces(id) == 0);
}

static void
test_confinement(void)
{
	char line[400];
	struct stat before, after;
	struct app a;

	MUST(stat("/run/carrel/build/image/vite/current/rootfs/app/src/LLMComponent.tsx",
	    &before) == 0);
	app_open(&a);
	app_inside(&a, "grep CapEff /proc/1/status", "00000000000000e3");
	app_inside(&a,
	    "for p in /proc/[0-9]*; do read c < $p/comm; [ $c = node ] && "
	    "grep -E '^(Uid|CapEff|CapPrm|NoNewPrivs)' $p/status; done",
	    "CapEff:\t0000000000000000");
	app_inside(&a, "for p in /proc/[0-9]*; do read c < $p/comm; [ $c = node ] && "
	    "grep ^Uid $p/status; done", "61000\t61000\t61000\t61000");
	app_inside(&a, "ls /run/sb", "Permission denied");
	app_inside(&a, "ls /run/ctl", "Permission denied");
	app_inside(&a, "rm -f /run/sb/app.sock || echo no", "no");
	app_inside(&a, "ln -s /etc/passwd /run/sb/x 2>/dev/null || echo no", "no");
	app_inside(&a, "echo x > /opt/guest/guest || echo no", "no");
	app_inside(&a, "echo x > /opt/carrel/serve.mjs || echo no", "no");
	app_inside(&a, "kill -9 1 2>/dev/null || echo no", "no");
	/* Only loopback is there, and a socket cannot be bound where the host looks. */
	app_inside(&a, "tail -n +3 /proc/net/dev | grep -vc ' *lo:'", "0");
	app_inside(&a, "node -e 'require(\"net\").connect(80,\"192.0.2.1\").on(\"error\","
	    "e=>console.log(\"got\",e.code))'", "got ENETUNREACH");
	app_inside(&a, "node -e 'require(\"net\").createServer().on(\"error\",e=>"
	    "console.log(\"got\",e.code)).listen(\"/run/sb/mine.sock\")'", "got EACCES");
	app_inside(&a,
	    "node -e 'require(\"net\").connect(\"/run/ctl/ctl.sock\").on(\"error\",e=>"
	    "console.log(\"got\",e.code))'",
	    "got EACCES");
	/* Over-full file systems say so, and nothing dies. */
	app_inside(&a, "head -c 200000000 /dev/zero > /tmp/x; rm /tmp/x", "No space");
	app_inside(
	    &a, "head -c 200000000 /dev/zero > /dev/shm/x; rm /dev/shm/x", "No space");
	app_inside(
	    &a, "head -c 200000000 /dev/zero > /app/src/x; rm /app/src/x", "No space");
	/* No secrets, and the host's own names are not there. */
	snprintf(
	    line, sizeof(line), "hostname 2>/dev/null || cat /proc/sys/kernel/hostname");
	app_inside(&a, line, a.id);
	app_must_apply(&a, GOOD, "\"ok\":true");
	MUST(stat("/run/carrel/build/image/vite/current/rootfs/app/src/LLMComponent.tsx",
	    &after) == 0);
	MUST(after.st_mtim.tv_sec == before.st_mtim.tv_sec &&
	    after.st_size == before.st_size && after.st_uid == before.st_uid);
	app_close(&a);
}

/* What is missing on the machine is said, and leaves nothing behind. */
static void
test_cannot_start(void)
{
	const char *images = "/run/carrel/build/image",
		   *runsc = "/run/carrel/build/bin/runsc";
	struct launch_msg m;
	char id[ID_SIZE];

	id_new(id);
	MUST(mount("empty", images, "tmpfs", 0, NULL) == 0);
	stage_create(1, id, MEMORY_MB, PIDS);
	m = stage_expect(LAUNCH_CREATE, 1);
	MUST(umount(images) == 0);
	if (m.result != -ENOENT || !strstr(m.text, "image"))
		FAIL("without an image: %d %s", m.result, m.text);
	MUST(stage_traces(id) == 0);
	MUST(mount("/bin/false", runsc, NULL, MS_BIND, NULL) == 0);
	stage_create(2, id, MEMORY_MB, PIDS);
	m = stage_expect(LAUNCH_CREATE, 2);
	MUST(umount(runsc) == 0);
	if (m.result != -EIO || !m.text[0])
		FAIL("without runsc: %d %s", m.result, m.text);
	MUST(stage_traces(id) == 0);
}

/* Whether a process with this uid and group could connect: 0, or errno. */
static int
connect_as(unsigned id, const char *kind, const char *box, const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int status, fd;
	pid_t pid;

	snprintf(
	    at.sun_path, sizeof(at.sun_path), "/run/carrel/%s/%s%s", kind, box, name);
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setgid(id) < 0 || setuid(id) < 0)
			_exit(99);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		_exit(connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? errno : 0);
	}
	MUST(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Each door is for one of us, and runsc's own socket for nobody. */
static void
test_doors(void)
{
	const unsigned web = 61001, gate = 61002, keep = 61003, nobody = 65534;
	char sock[64];
	struct app a;

	app_open(&a);
	MUST(connect_as(gate, "sb/", a.id, "/app.sock") == 0);
	MUST(connect_as(keep, "ctl/", a.id, "/ctl.sock") == 0);
	MUST(connect_as(gate, "ctl/", a.id, "/ctl.sock") == EACCES);
	MUST(connect_as(keep, "sb/", a.id, "/app.sock") == EACCES);
	MUST(connect_as(web, "sb/", a.id, "/app.sock") == EACCES);
	MUST(connect_as(WORKLOAD_UID, "ctl/", a.id, "/ctl.sock") == EACCES);
	snprintf(sock, sizeof(sock), "runsc-%s.sock", a.id);
	MUST(connect_as(0, "runsc/", "", sock) == 0);
	MUST(connect_as(gate, "runsc/", "", sock) == EACCES);
	MUST(connect_as(nobody, "runsc/", "", sock) == EACCES);
	app_close(&a);
}

/* The link of the workload's socket to one of ours leads nowhere. */
static void
test_planted_links(void)
{
	struct app a;
	char byte;
	int fd;

	app_open(&a);
	app_inside(&a,
	    "cd /run/vite && rm app.sock judge.sock && ln -s /run/ctl/ctl.sock app.sock && "
	    "ln -s /run/sb/app.sock judge.sock && echo planted",
	    "planted");
	fd = stage_app(a.id);
	MUST(write(fd, "x", 1) == 1);
	/* Held for a while, then closed: never a byte, which HELLO would be. */
	MUST(read(fd, &byte, 1) <= 0);
	close(fd);
	app_must_apply(&a, GOOD, "\"kind\":\"gone\"");
	app_close(&a);
}

static void
test_input(void)
{
	static const char *const paths[] = {"src/../x", "/etc/passwd", "src//a", "src/.a",
	    "src/", "a", "src/a b", "src/\xc3\xa9", "srcx/a", "", "src/a/"};
	AUTO_BUF struct buf tree = {0};
	AUTO_FREE char *json = NULL;
	struct app a;
	char byte;

	app_open(&a);
	for (size_t i = 0; i < COUNT(paths); i++) {
		buf_free(&tree);
		free(json);
		stage_tree(&tree, "src/LLMComponent.tsx", GOOD, paths[i], "x", NULL);
		json = stage_apply(a.ctl_fd, app_tag(), &tree);
		if (!strstr(json, "\"kind\":\"input\""))
			FAIL("path \"%s\": %s", paths[i], json);
	}
	buf_free(&tree);
	free(json);
	stage_tree(&tree, "src/a", "x", "src/a/b", "y", NULL);
	json = stage_apply(a.ctl_fd, app_tag(), &tree);
	MUST(strstr(json, "\"kind\":\"input\""));
	app_must_apply(&a, GOOD, "\"ok\":true");
	/* A frame that is none ends the connection, and only that. */
	MUST(write(a.ctl_fd, "GET / HTTP/1.1\r\n\r\n", 18) == 18);
	MUST(read(a.ctl_fd, &byte, 1) <= 0);
	close(a.ctl_fd);
	a.ctl_fd = stage_ctl(a.id);
	MUST(stage_state(a.ctl_fd).state == GUEST_READY);
	app_must_apply(&a, GOOD, "\"ok\":true");
	app_close(&a);
}

static void
test_gives_up(void)
{
	struct state s;
	char path[128];
	struct app a;

	app_open(&a);
	for (int i = 0; i < 4; i++) {
		app_kill_node(&a);
		stage_state_is(a.ctl_fd, GUEST_RESTARTING);
		stage_state_is(a.ctl_fd, GUEST_READY);
	}
	app_kill_node(&a);
	s = stage_state_is(a.ctl_fd, GUEST_GAVE_UP);
	MUST(s.restarts == 4);
	app_must_apply(&a, GOOD, "\"kind\":\"gone\"");
	snprintf(path, sizeof(path), "/run/carrel/sb/%s/app.sock", a.id);
	MUST(access(path, F_OK) < 0);
	app_close(&a);
}

/* Memory of processes: the one that takes it dies, or the sandbox with the right reason.
 */
static void
test_memory_bomb(void)
{
	struct app a, neighbour;
	struct launch_msg m;
	char out[2000];

	app_open(&neighbour);
	app_create(&a, 320, PIDS);
	stage_state_is(a.ctl_fd, GUEST_READY);
	/* Files and processes together: each within its own size, not within the limit.
	 */
	stage_exec(a.id, WORKLOAD_UID,
	    "head -c 60000000 /dev/zero > /tmp/x; "
	    "head -c 60000000 /dev/zero > /app/src/x; "
	    "for i in 1 2 3; do node -e 'const a=[];for(;;)a.push(Buffer.alloc(1<<20,1))' & done; "
	    "wait",
	    out, sizeof(out));
	m = stage_expect(LAUNCH_DIED, 0);
	MUST(strcmp(m.id, a.id) == 0 && m.epoch == 7);
	if (m.why != LAUNCH_WHY_MEMORY)
		FAIL("the reason is %u, %s", m.why, m.text);
	MUST(m.memory_mb == 320 && m.memory_peak_bytes > 300u << 20);
	MUST(stage_traces(a.id) == 0);
	close(a.ctl_fd);
	app_must_get(&neighbour, "/", "HTTP/1.1 200");
	app_close(&neighbour);
}

static void
test_fork_bomb(void)
{
	struct launch_msg m;
	struct app a;
	char out[4000];

	app_open(&a);
	/* The guest's limit for the workload, and that such a limit is one in here. */
	app_inside(&a, "for p in /proc/[0-9]*; do read c < $p/comm; [ $c = node ] && "
	    "prlimit --raw --noheadings -o SOFT,HARD -u -p ${p#/proc/}; done", "108 108");
	stage_exec(a.id, WORKLOAD_UID,
	    "prlimit --nproc=40:40 sh -c 'i=0; while [ $i -lt 300 ]; do sleep 60 >/dev/null & "
	    "i=$((i+1)); done' 2>&1; kill -9 $(grep -l sleep /proc/[0-9]*/comm | cut -d/ -f3)",
	    out, sizeof(out));
	if (!strstr(out, "fork") && !strstr(out, "Fork"))
		FAIL("no fork failed: %s", out);
	MUST(app_stat(a.id, &m) == 0 && m.pids_now <= PIDS);
	app_must_get(&a, "/", "HTTP/1.1 200");
	app_close(&a);
	/* Without a limit of its own: `runsc exec` starts processes that the guest did
	 * not. */
	app_open(&a);
	stage_exec(a.id, WORKLOAD_UID, "b() { b | b & }; b; b; b", out, sizeof(out));
	m = stage_expect(LAUNCH_DIED, 0);
	if (m.why != LAUNCH_WHY_PIDS)
		FAIL("the reason is %u, %s", m.why, m.text);
	MUST(stage_traces(a.id) == 0);
	close(a.ctl_fd);
}

static void
test_death(void)
{
	struct launch_msg m;
	struct app a;

	app_open(&a);
	MUST(kill(a.pid, SIGKILL) == 0);
	m = stage_expect(LAUNCH_DIED, 0);
	MUST(strcmp(m.id, a.id) == 0 && m.epoch == 7 && m.why == LAUNCH_WHY_CRASH);
	MUST(stage_traces(a.id) == 0);
	close(a.ctl_fd);
	app_open(&a);
	MUST(kill(a.pid, SIGABRT) == 0);
	m = stage_expect(LAUNCH_DIED, 0);
	if (m.why != LAUNCH_WHY_CRASH || !strstr(m.text, "134"))
		FAIL("the reason is %u, %s", m.why, m.text);
	MUST(stage_traces(a.id) == 0);
	close(a.ctl_fd);
}

/* launch is killed at many points of a CREATE; the next one knows what is true. */
static void
test_launch_killed(void)
{
	char ids[12][ID_SIZE];
	int64_t begun = stage_now_us(), takes;
	struct app a;
	bool is_in;
	unsigned found = 0;

	app_create(&a, MEMORY_MB, PIDS);
	takes = stage_now_us() - begun;
	stage_state_is(a.ctl_fd, GUEST_READY);
	app_must_apply(&a, GOOD, "\"ok\":true");
	for (unsigned i = 0; i < COUNT(ids); i++) {
		int64_t until = stage_now_us() + takes * i / 4;

		id_new(ids[i]);
		stage_create(app_tag(), ids[i], MEMORY_MB, PIDS);
		while (stage_now_us() < until)
			;
		stage_launch_kill();
		stage_launch_start();
		stage_listed(a.id, &is_in);
		MUST(is_in);
	}
	app_must_get(&a, "/", "HTTP/1.1 200");
	for (unsigned i = 0; i < COUNT(ids); i++) {
		stage_send(LAUNCH_LIST, 1, "");
		stage_listed(ids[i], &is_in);
		found += is_in;
		MUST(app_kill(ids[i]) == 0);
		MUST(stage_traces(ids[i]) == 0);
	}
	printf("    %u of %zu had got through\n", found, COUNT(ids));
	/* One that it took over is watched like its own. */
	MUST(kill(a.pid, SIGKILL) == 0);
	for (;;) {
		struct launch_msg m = stage_expect(LAUNCH_DIED, 0);

		if (strcmp(m.id, a.id) == 0)
			break;
	}
	MUST(stage_traces(a.id) == 0);
	close(a.ctl_fd);
}

static void
test_many_at_once(void)
{
	char ids[8][ID_SIZE];
	int64_t t = stage_now_us();

	for (size_t i = 0; i < COUNT(ids); i++) {
		id_new(ids[i]);
		stage_create(1000 + i, ids[i], MEMORY_MB, PIDS);
	}
	for (size_t i = 0; i < COUNT(ids); i++)
		MUST(stage_expect(LAUNCH_CREATE, 1000 + i).result == 0);
	printf("    %zu creates in %lld ms\n", COUNT(ids),
	    (long long)(stage_now_us() - t) / 1000);
	for (size_t i = 0; i < COUNT(ids); i++)
		stage_send(LAUNCH_KILL, 2000 + i, ids[i]);
	for (size_t i = 0; i < COUNT(ids); i++) {
		MUST(stage_expect(LAUNCH_KILL, 2000 + i).result == 0);
		MUST(stage_traces(ids[i]) == 0);
	}
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
print_times(const char *what, int64_t *us, size_t n)
{
	qsort(us, n, sizeof(*us), compare);
	printf("    %-18s p50 %.1f ms, p95 %.1f ms, n %zu\n", what,
	    (double)us[n / 2] / 1000, (double)us[n * 95 / 100] / 1000, n);
}

static uint64_t
cpu_of(const struct app *a)
{
	struct launch_msg m;

	MUST(app_stat(a->id, &m) == 0);
	return m.cpu_usec;
}

/* The address as an app has it, and what it costs. */
static void
test_freeze(void)
{
	char code[300];
	int64_t took[12], t;
	uint64_t cpu = 0;
	struct frame f;
	struct app a;

	app_open(&a);
	for (size_t i = 0; i < COUNT(took); i++) {
		snprintf(code, sizeof(code), "import { Heart } from 'lucide-react'\n"
		    "export default function LLMComponent() "
		    "{ return <p className=\"p-4\"><Heart /> hello %zu</p> }\n", i);
		app_must_apply(&a, code, "\"ok\":true");
		if (i == 2)
			cpu = cpu_of(&a);
		t = stage_now_us();
		f = stage_freeze(a.ctl_fd, app_tag(), "/__carrel/frozen/1/");
		took[i] = stage_now_us() - t;
		MUST(memmem(f.payload, f.len, "index.html", 10) &&
		    memmem(f.payload, f.len, "/__carrel/frozen/1/assets/app-", 30));
		free(f.payload);
	}
	cpu = (cpu_of(&a) - cpu) / (COUNT(took) - 2);
	printf("    first freeze %.1f ms; apply and freeze: %.3f CPU-seconds\n",
	    (double)took[0] / 1000, (double)cpu / 1e6);
	print_times("freeze", took, COUNT(took));
	MUST(cpu < 1000000);
	app_must_apply(&a, "import { no } from './d.json'\nexport default function LLMComponent() "
	    "{ return <p>{String(no)}</p> }\n", "\"ok\":false");
	app_close(&a);
}

static void
test_figures(void)
{
	int64_t created[5], ready[5], applied[100], got[100], t;
	char code[200], word[32];
	struct app a;

	for (size_t i = 0; i < COUNT(ready); i++) {
		t = stage_now_us();
		app_create(&a, MEMORY_MB, PIDS);
		created[i] = stage_now_us() - t;
		stage_state_is(a.ctl_fd, GUEST_READY);
		ready[i] = stage_now_us() - t;
		if (i + 1 < COUNT(ready))
			app_close(&a);
	}
	for (size_t i = 0; i < COUNT(applied); i++) {
		snprintf(code, sizeof(code), "export default function LLMComponent() "
		    "{ return <p className=\"p-4\">hello %zu</p> }\n", i);
		t = stage_now_us();
		app_must_apply(&a, code, "\"ok\":true");
		applied[i] = stage_now_us() - t;
		snprintf(word, sizeof(word), "hello %zu", i);
		t = stage_now_us();
		app_must_get(&a, "/src/LLMComponent.tsx", word);
		got[i] = stage_now_us() - t;
	}
	print_times("create", created, COUNT(created));
	print_times("create to ready", ready, COUNT(ready));
	print_times("apply to verdict", applied, COUNT(applied));
	print_times("GET, new socket", got, COUNT(got));
	app_close(&a);
}

static const struct stage_test tests[] = {
	{"life", test_life},
	{"refusals", test_refusals},
	{"confinement", test_confinement},
	{"cannot_start", test_cannot_start},
	{"doors", test_doors},
	{"planted_links", test_planted_links},
	{"input", test_input},
	{"gives_up", test_gives_up},
	{"death", test_death},
	{"memory_bomb", test_memory_bomb},
	{"fork_bomb", test_fork_bomb},
	{"launch_killed", test_launch_killed},
	{"many_at_once", test_many_at_once},
	{"freeze", test_freeze},
	{"figures", test_figures},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), NULL);
}
