#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "alive.h"

static void
touch(struct loop *l, void *arg)
{
	const char *name = arg;
	char path[100];
	int fd;

	snprintf(path, sizeof(path), ALIVE_DIR "/%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0660);
	if (fd < 0 || futimens(fd, NULL) < 0)
		log_warn("cannot touch %s", path);
	if (fd >= 0)
		close(fd);
	loop_timer(l, ALIVE_EVERY_MS, touch, arg);
}

void
alive_start(struct loop *l, const char *name)
{
	touch(l, (void *)name);
}

bool
alive_is(const char *name)
{
	char path[100];
	struct stat st;

	snprintf(path, sizeof(path), ALIVE_DIR "/%s", name);
	return stat(path, &st) == 0 &&
	    clock_wall_ms() - (int64_t)st.st_mtime * 1000 < ALIVE_DEAD_MS;
}
