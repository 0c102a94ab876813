#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "again.h"
#include "place.h"
#include "user.h"

#define NAME "WORKLOAD_TASKS="

unsigned
again_tasks(unsigned fallback)
{
	char env[4096];
	AUTO_FD int fd = open(PLACE_SPEC_ENV, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, env, sizeof(env) - 1);
	unsigned long tasks;

	env[n > 0 ? n : 0] = '\0';
	for (char *at = env; at < env + n; at += strlen(at) + 1) {
		if (strncmp(at, NAME, strlen(NAME)) != 0)
			continue;
		tasks = strtoul(at + strlen(NAME), NULL, 10);
		return tasks > 0 && tasks <= fallback ? (unsigned)tasks : fallback;
	}
	return fallback;
}

void
again_limit(unsigned tasks)
{
	struct rlimit r = {tasks, tasks};
	struct dirent *d;
	DIR *dir;

	/* Only its owner may: those of others refuse. */
	if (fork() != 0)
		return;
	user_become();
	dir = opendir("/proc");
	while (dir && (d = readdir(dir)))
		if (atoi(d->d_name) > 1)
			prlimit(atoi(d->d_name), RLIMIT_NPROC, &r, NULL);
	_exit(0);
}
