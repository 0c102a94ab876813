#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "spec.h"

#define CAPS "[\"CAP_SETUID\",\"CAP_SETGID\",\"CAP_KILL\",\"CAP_CHOWN\"," \
	"\"CAP_DAC_OVERRIDE\"]"
#define CPU_PERIOD_USEC 100000

/* Host processes of a sandbox before the workload does anything (31 measured), and of
 * each process of the workload. */
#define PIDS_OF_SENTRY 40
#define PIDS_PER_TASK 2
#define TASKS_MIN 12
#define TASKS_MAX 128

#define TMPFS(to, source, mode, size) "{\"destination\":\"" to "\",\"type\":\"tmpfs\"," \
	"\"source\":\"" source "\",\"options\":[\"nosuid\",\"nodev\",\"mode=" mode "\"," \
	"\"size=" size "\"]}"

/* Everything that takes memory has a size: going over one gives ENOSPC, going over the
 * group's limit with these would kill the whole sandbox. */
static const char common_mounts[] =
    "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
    "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"dev\"},"
    TMPFS("/run", "run", "755", "4m") ","
    "{\"destination\":\"/opt/guest\",\"type\":\"bind\","
    "\"options\":[\"bind\",\"ro\"],\"source\":";

static const struct spec_bind common_binds[] = {
	{"/run/sb", "sb", "", "rw"},
	{"/run/ctl", "ctl", "", "rw"},
	{0},
};

/* /run/egress can be written from outside alone. */
static const struct spec_bind notebook_binds[] = {
	{"/run/egress", "egress", "", "ro"},
	{"/work", "vol", "/work", "rw"},
	{"/env", "vol", "/env", "rw"},
	{0},
};

static const struct spec_bind no_binds[] = {{0}};

static const struct spec_template templates[] = {
	{
		.name = "vite",
		.image = "vite/current/rootfs",
		.command = "\"/usr/bin/node\",\"/opt/carrel/serve.mjs\"",
		.env = "\"WORKLOAD_KIND=app\",\"WORKLOAD_START_SECS=30\","
		    "\"WORKLOAD_DOORS=app=unix:/run/vite/app.sock\"",
		.mounts = TMPFS("/dev/shm", "shm", "1777", "16m") ","
		    TMPFS("/tmp", "tmp", "1777", "64m"),
		.binds = no_binds,
		/* Waiting in a loop for the other side, an app's sandbox took a fifth more
		 * processor time and was no sooner ready; a notebook's is, by a third. */
		.runsc_flags = "--systrap-disable-fast-path",
	},
	{
		/* Packages may be installed before it is ready. */
		.name = "marimo",
		.image = "marimo/current/rootfs",
		.command = "\"/opt/marimo/bin/python\",\"/opt/carrel/serve.py\"",
		.env = "\"WORKLOAD_KIND=notebook\",\"WORKLOAD_START_SECS=300\","
		    "\"WORKLOAD_DOORS=app=tcp:2718,run=tcp:2719,tool=tcp:2720\","
		    "\"WORKLOAD_EGRESS=3128\"",
		.mounts = TMPFS("/dev/shm", "shm", "1777", "64m") ","
		    TMPFS("/tmp", "tmp", "1777", "256m"),
		.binds = notebook_binds,
		.has_volume = true,
	},
};

const struct spec_template *
spec_find(const char *name)
{
	for (size_t i = 0; i < COUNT(templates); i++)
		if (strcmp(templates[i].name, name) == 0)
			return &templates[i];
	return NULL;
}

static void
print_env(const struct spec *s, uint32_t tasks, struct buf *json)
{
	buf_fmt(json, "\"env\":[\"WORKLOAD_UID=%u\",\"WORKLOAD_TASKS=%" PRIu32 "\","
	    "\"CARREL_ID=%s\",\"CARREL_EPOCH=%" PRIu32 "\",%s],",
	    (unsigned)s->workload_uid, tasks, s->id, s->epoch, s->what->env);
}

static void
print_process(const struct spec *s, struct buf *json)
{
	uint32_t spare = s->pids > PIDS_OF_SENTRY ? s->pids - PIDS_OF_SENTRY : 0;
	uint32_t tasks = spare / PIDS_PER_TASK;

	if (tasks < TASKS_MIN)
		tasks = TASKS_MIN;
	if (tasks > TASKS_MAX)
		tasks = TASKS_MAX;
	buf_fmt(json, "\"process\":{\"terminal\":false,\"cwd\":\"/\","
	    "\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"/opt/guest/guest\",%s],",
	    s->what->command);
	print_env(s, tasks, json);
	buf_str(json, "\"capabilities\":{\"bounding\":" CAPS ",\"effective\":" CAPS
	    ",\"permitted\":" CAPS ",\"inheritable\":[],\"ambient\":[]},"
	    "\"noNewPrivileges\":true,\"oomScoreAdj\":500,"
	    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":4096,\"soft\":4096},"
	    "{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}]},");
}

static void
print_limits(const struct spec *s, struct buf *json)
{
	uint64_t bytes = (uint64_t)s->memory_mb << 20;

	buf_fmt(json, "\"resources\":{\"memory\":{\"limit\":%" PRIu64, bytes);
	/* Memory and swap together; some v1 kernels do not count swap. */
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 ||
	    access("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", F_OK) == 0)
		buf_fmt(json, ",\"swap\":%" PRIu64, bytes);
	buf_fmt(json, "},\"cpu\":{\"quota\":%" PRIu64 ",\"period\":%d,\"shares\":%" PRIu32 "},"
	    "\"pids\":{\"limit\":%" PRIu32 "}}",
	    (uint64_t)s->cpu_percent * CPU_PERIOD_USEC / 100, CPU_PERIOD_USEC,
	    s->cpu_shares ? s->cpu_shares : SPEC_SHARES, s->pids);
}

void
spec_print_linux(const struct spec *s, struct buf *json)
{
	buf_fmt(json, "\"linux\":{\"cgroupsPath\":\"%s\","
	    "\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"network\"},"
	    "{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}],",
	    s->group);
	print_limits(s, json);
	buf_str(json, "}");
}

static void
print_binds(const struct spec_bind *b, const char *id, struct buf *json)
{
	for (; b->to; b++)
		buf_fmt(json, ",{\"destination\":\"%s\",\"type\":\"bind\","
		    "\"source\":\"/run/carrel/%s/%s%s\","
		    "\"options\":[\"bind\",\"%s\",\"nosuid\",\"nodev\"]}", b->to, b->from,
		    id, b->below, b->mode);
}

void
spec_print(const struct spec *s, struct buf *json)
{
	buf_fmt(json, "{\"ociVersion\":\"1.1.0\",\"hostname\":\"%s\","
	    "\"root\":{\"path\":\"%s\"},", s->id, s->root);
	print_process(s, json);
	buf_fmt(json, "\"mounts\":[%s\"%s\"},%s", common_mounts,
	    s->guest ? s->guest : "/run/carrel/build/guest", s->what->mounts);
	print_binds(common_binds, s->id, json);
	print_binds(s->what->binds, s->id, json);
	buf_str(json, "],");
	spec_print_linux(s, json);
	buf_str(json, "}");
}
