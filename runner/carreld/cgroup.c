/*
 * The cgroups of this instance: /carrel/<instance>/… in every v1 hierarchy, and in v2.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "carreld.h"

#define ROOT "/sys/fs/cgroup"

static void
kill_members(const char *folder)
{
	char path[1200];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fscanf(f, "%d", &pid) == 1)
		if (pid > 1)
			kill(pid, SIGKILL);
	fclose(f);
}

/* 0 when the folder is gone. */
static int
clear_folder(const char *folder)
{
	char path[1100];
	struct dirent *entry;
	DIR *d = opendir(folder);

	if (!d)
		return errno == ENOENT ? 0 : -1;
	while ((entry = readdir(d))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) <
		    sizeof(path))
			clear_folder(path);
	}
	closedir(d);
	kill_members(folder);
	return rmdir(folder) < 0 && errno != ENOENT ? -1 : 0;
}

static int
clear_in(const char *hierarchy, const char *instance)
{
	char path[1024];
	int result;

	snprintf(path, sizeof(path), "%s/carrel/%s", hierarchy, instance);
	result = clear_folder(path);
	snprintf(path, sizeof(path), "%s/carrel", hierarchy);
	rmdir(path);	/* fails while another instance is there, as it should */
	return result;
}

int
cgroup_clear(const char *instance)
{
	char path[512];
	struct dirent *entry;
	int result = clear_in(ROOT, instance);
	DIR *d = opendir(ROOT);

	while (d && (entry = readdir(d))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    strcmp(entry->d_name, "carrel") == 0)
			continue;
		snprintf(path, sizeof(path), ROOT "/%s", entry->d_name);
		if (clear_in(path, instance) < 0)
			result = -1;
	}
	if (d)
		closedir(d);
	return result;
}
