/*
 * launch and guest with notebooks (real runsc, real volumes, a fake notebook server), from the
 * first start to the end, and what goes wrong in between: notebook_life_test [list | name …]
 *
 * Needs root.  As box_test; CARREL_TEST_FAKE is fake_notebook, statically linked.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "notebook.h"

#define RUN "/run/carrel"

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
	notebook_must_hold(n.id, "work/notebook.py", "first");
	/* Of files that are there none is written again, and the workload is not started
	 * again. */
	notebook_must_say(&n, "app", "count", "1");
	notebook_apply(&n, "notebook.py", "second", "{\"ok\":true}");
	notebook_apply(&n, "data/deep/x.csv", "1,2", "{\"ok\":true}");
	notebook_apply(&n, "../x", "1", "\"kind\":\"input\"");
	notebook_apply(&n, "/etc/x", "1", "\"kind\":\"input\"");
	notebook_apply(&n, ".venv/x", "1", "\"kind\":\"input\"");
	notebook_must_hold(n.id, "work/notebook.py", "first");
	notebook_must_hold(n.id, "work/data/deep/x.csv", "1,2");
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
	notebook_must_hold(n.id, "work/kept", "kept\n");
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	MUST(stage_loops(n.id) == 0);
	notebook_must(LAUNCH_MOUNT, n.id, "", 0);
	notebook_must(LAUNCH_MOUNT, n.id, "", 0);
	MUST(stage_loops(n.id) == 1);
	notebook_must_hold(n.id, "env/kept", "env\n");
	notebook_must(LAUNCH_UNMOUNT, n.id, "", 0);
	notebook_wake(&n, "");
	notebook_apply(&n, "notebook.py", "third", "{\"ok\":true}");
	stage_state_is(n.ctl_fd, GUEST_READY);
	notebook_must_say(&n, "app", "count", "1");
	notebook_must_hold(n.id, "work/notebook.py", "first");
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
	{"oom", test_oom},
	{"restart", test_restart},
	{"launch_killed", test_launch_killed},
};

int
main(int argc, char **argv)
{
	return stage_main(argc, argv, tests, COUNT(tests), notebook_image);
}
