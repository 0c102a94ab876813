#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "again.h"
#include "place.h"
#include "user.h"

static struct {
	char env[4096];		/* strings one after the other */
	size_t len;
	char id[32];		/* of the sandbox; "": not known */
	bool is_other;
} again;

/* "" where it is missing. */
static const char *
variable(const char *name)
{
	size_t n = strlen(name);

	for (size_t at = 0; at < again.len; at += strlen(again.env + at) + 1)
		if (strncmp(again.env + at, name, n) == 0 && again.env[at + n] == '=')
			return again.env + at + n + 1;
	return "";
}

void
again_look(void)
{
	AUTO_FD int fd = open(PLACE_SPEC_ENV, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, again.env, sizeof(again.env) - 1);
	const char *id;

	again.len = n > 0 ? (size_t)n : 0;
	again.env[again.len] = '\0';
	id = variable("CARREL_ID");
	again.is_other = again.id[0] && strcmp(again.id, id) != 0;
	snprintf(again.id, sizeof(again.id), "%s", id);
}

bool
again_is_other(void)
{
	return again.is_other;
}

unsigned
again_tasks(unsigned most)
{
	unsigned long tasks = strtoul(variable("WORKLOAD_TASKS"), NULL, 10);

	return tasks > 0 && tasks < most ? (unsigned)tasks : most;
}

void
again_limit(unsigned tasks)
{
	struct rlimit r = {tasks, tasks};
	struct dirent *d;
	DIR *dir;

	/* Only their owner may; what is not the workload's refuses. */
	if (fork() != 0)
		return;
	user_become();
	dir = opendir("/proc");
	while (dir && (d = readdir(dir)))
		if (atoi(d->d_name) > 1)
			prlimit(atoi(d->d_name), RLIMIT_NPROC, &r, NULL);
	_exit(0);
}
