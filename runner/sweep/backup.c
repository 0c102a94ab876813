#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/store/care.h"
#include "sweep.h"

static int
is_backup(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return strncmp(name, "carrel-", 7) == 0 &&
	    strlen(name) == strlen("carrel-2026-11-22.db") &&
	    strcmp(name + 17, ".db") == 0;
}

/* What a backup that was killed left behind. */
static int
is_half(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && strcmp(entry->d_name + n - 4, ".new") == 0;
}

/* Removes what filter finds in the folder, but for the last `keep` by name. */
static int
thin(const char *folder, int (*filter)(const struct dirent *), int keep, struct err *e)
{
	struct dirent **names;
	char path[PATH_MAX + 256];
	int n = scandir(folder, &names, filter, alphasort), result = 0;

	if (n < 0)
		return err_sys(e, "read %s", folder);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (i < n - keep && unlink(path) < 0 && errno != ENOENT)
			result = err_sys(e, "remove %s", path);
		free(names[i]);
	}
	free(names);
	return result;
}

int
sweep_backup(struct sweep *s, struct err *e)
{
	char folder[PATH_MAX], path[PATH_MAX + 64], day[21];

	clock_iso(s->now, day);
	snprintf(folder, sizeof(folder), "%s/backup", s->var);
	snprintf(path, sizeof(path), "%s/carrel-%.10s.db", folder, day);
	if (file_mkdirs(folder, 0700, e) < 0 || thin(folder, is_half, 0, e) < 0)
		return -1;
	if (access(path, F_OK) < 0 && store_backup(s->db, path, e) < 0)
		return -1;
	return thin(folder, is_backup, BACKUPS_KEPT, e);
}
