/* carrelctl logs [ID] */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "ctl.h"

/* Lines of the file that hold the text ("": all). */
static int
print_lines(const char *path, int flags, const char *text, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;

	if (!f)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", path);
	while (getline(&line, &room, f) > 0)
		if (strstr(line, text))
			fputs(line, stdout);
	free(line);
	fclose(f);
	return 0;
}

static int
print_sandbox(const char *id, struct err *e)
{
	static const char *const names[] = {"log", "panic"};
	char path[128];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/run/carrel/box/%s/%s", id, names[i]);
		if (access(path, R_OK) < 0)
			continue;
		printf("\n-- the sandbox's %s\n", names[i]);
		if (print_lines(path, O_NOFOLLOW | O_NONBLOCK, "", e) < 0)
			return -1;
	}
	return 0;
}

static int
find_id(struct ctl *c, char id[ID_SIZE], struct err *e)
{
	struct workspace w;
	char path[PATH_MAX + 16];

	snprintf(id, ID_SIZE, "%s", c->args[0]);
	if (id_is_valid(c->args[0]))
		return 0;	/* a deleted app has its lines, too */
	snprintf(path, sizeof(path), "%s/carrel.db", c->var);
	c->db = db_open(c->is_inside ? NULL : path, e);
	if (!c->db || ctl_find(c, &w, e) < 0)
		return -1;
	memcpy(id, w.id, ID_SIZE);
	return 0;
}

int
cmd_logs(struct ctl *c, struct err *e)
{
	char path[PATH_MAX + 32], id[ID_SIZE] = "";

	if (c->count && find_id(c, id, e) < 0)
		return -1;
	for (int n = 3; n >= 0; n--) {
		snprintf(path, sizeof(path),
		    n ? "%s/log/carrel.log.%d" : "%s/log/carrel.log", c->var, n);
		if (print_lines(path, 0, id, e) < 0)
			return -1;
	}
	return id[0] && c->is_inside ? print_sandbox(id, e) : 0;
}
