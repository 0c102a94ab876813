#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "group.h"

#define TOP "/sys/fs/cgroup"
#define PATH_SIZE 256

/* What a figure is called: v1 hierarchy and file, v2 file, and the word its line begins
 * with in each ("" where the file is one number). */
enum figure {
	MEMORY, MEMORY_PEAK, CACHE_INACTIVE, CACHE_ACTIVE, CPU, PIDS, MEMORY_KILLS, HIT_PIDS
};

static const struct {
	const char *v1, *v1_word, *v2, *v2_word;
} figures[] = {
	[MEMORY] = {"memory/memory.usage_in_bytes", "", "memory.current", ""},
	[MEMORY_PEAK] = {"memory/memory.max_usage_in_bytes", "", "memory.peak", ""},
	[CACHE_INACTIVE] = {"memory/memory.stat", "total_inactive_file ",
	    "memory.stat", "inactive_file "},
	[CACHE_ACTIVE] = {"memory/memory.stat", "total_active_file ",
	    "memory.stat", "active_file "},
	[CPU] = {"cpuacct/cpuacct.usage", "", "cpu.stat", "usage_usec "},
	[PIDS] = {"pids/pids.current", "", "pids.current", ""},
	[MEMORY_KILLS] = {"memory/memory.oom_control", "oom_kill ",
	    "memory.events", "oom_kill "},
	[HIT_PIDS] = {"pids/pids.events", "max ", "pids.events", "max "},
};

static struct {
	char parent[64];
} group;

static bool
is_v2(void)
{
	return access(TOP "/cgroup.controllers", F_OK) == 0;
}

void
group_set_parent(const char *instance)
{
	snprintf(group.parent, sizeof(group.parent), "/carrel/%s", instance);
}

void
group_path(const char *id, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", group.parent, id);
}

/* TOP/[hierarchy][/carrel/instance/id][/file]; name: "hierarchy/file", or v2's "file". */
static void
file_path(const char *id, const char *name, char path[PATH_SIZE])
{
	const char *slash = strchr(name, '/');

	if (slash)
		snprintf(path, PATH_SIZE, TOP "/%.*s%s/%s%s", (int)(slash - name), name,
		    group.parent, id, slash);
	else
		snprintf(path, PATH_SIZE, TOP "%s/%s/%s", group.parent, id, name);
}

static FILE *
open_file(const char *id, const char *name, const char *mode)
{
	char path[PATH_SIZE];

	file_path(id, name, path);
	return fopen(path, mode);
}

static uint64_t
read_figure(const char *id, enum figure which)
{
	const char *word = is_v2() ? figures[which].v2_word : figures[which].v1_word;
	FILE *f = open_file(id, is_v2() ? figures[which].v2 : figures[which].v1, "re");
	uint64_t value = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, word, strlen(word)) == 0) {
			value = strtoull(line + strlen(word), NULL, 10);
			break;
		}
	if (f)
		fclose(f);
	return value;
}

void
group_read(const char *id, struct group_figures *f)
{
	uint64_t cache = read_figure(id, CACHE_INACTIVE) + read_figure(id, CACHE_ACTIVE);
	uint64_t memory = read_figure(id, MEMORY);

	f->memory_bytes = memory > cache ? memory - cache : 0;
	f->memory_peak_bytes = read_figure(id, MEMORY_PEAK);
	f->cpu_usec = read_figure(id, CPU) / (is_v2() ? 1 : 1000);
	f->pids_now = (uint32_t)read_figure(id, PIDS);
	f->memory_kills = read_figure(id, MEMORY_KILLS);
	f->hit_pids = read_figure(id, HIT_PIDS) > 0;
}

static FILE *
open_procs(const char *id)
{
	return open_file(id, is_v2() ? "cgroup.procs" : "pids/cgroup.procs", "re");
}

bool
group_has(const char *id, pid_t pid)
{
	FILE *f = open_procs(id);
	bool is_there = false;
	char line[32];

	while (f && !is_there && fgets(line, sizeof(line), f))
		is_there = strtol(line, NULL, 10) == pid;
	if (f)
		fclose(f);
	return is_there;
}

unsigned
group_kill(const char *id)
{
	FILE *f = is_v2() ? open_file(id, "cgroup.kill", "we") : NULL;
	unsigned count = 0;
	char line[32];
	long pid;

	if (f) {
		fputs("1", f);
		fclose(f);
	}
	f = open_procs(id);
	while (f && fgets(line, sizeof(line), f)) {
		pid = strtol(line, NULL, 10);
		count++;
		/* 0 is a process of another pid namespace, which cannot be ours. */
		if (pid > 1)
			kill((pid_t)pid, SIGKILL);
	}
	if (f)
		fclose(f);
	return count;
}

static int
watch_v2(const char *id)
{
	AUTO_FD int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[PATH_SIZE];

	file_path(id, figures[MEMORY_KILLS].v2, path);
	if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY) < 0)
		return -1;
	return KEEP_FD(fd);
}

static int
watch_v1(const char *id)
{
	AUTO_FD int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), of = -1, to = -1;
	char path[PATH_SIZE], line[32];
	int n;

	file_path(id, figures[MEMORY_KILLS].v1, path);
	of = open(path, O_RDONLY | O_CLOEXEC);
	file_path(id, "memory/cgroup.event_control", path);
	to = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || of < 0 || to < 0)
		return -1;
	n = snprintf(line, sizeof(line), "%d %d", fd, of);
	if (write(to, line, (size_t)n) != n)
		return -1;
	return KEEP_FD(fd);
}

int
group_watch_memory(const char *id)
{
	return is_v2() ? watch_v2(id) : watch_v1(id);
}

static bool
remove_at(const char *hierarchy, const char *id)
{
	char path[256];

	snprintf(path, sizeof(path), TOP "%s%s%s/%s", hierarchy[0] ? "/" : "", hierarchy,
	    group.parent, id);
	return rmdir(path) == 0 || errno == ENOENT || errno == ENOTDIR;
}

bool
group_remove(const char *id)
{
	bool is_gone = true;
	struct dirent *d;
	DIR *dir;

	if (is_v2())
		return remove_at("", id);
	dir = opendir(TOP);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			is_gone &= remove_at(d->d_name, id);
	if (dir)
		closedir(dir);
	return is_gone;
}
