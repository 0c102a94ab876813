/*
 * A backup that was never restored is a hope.  So each night the newest one is restored into
 * a scratch folder, brought up to date as a start would, and examined; and one volume, another
 * each night, is copied and its file system checked.  What came of it is the line in
 * var/backup/drill, which carrelctl doctor reads.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/store/care.h"
#include "../../shared/store/workspace.h"
#include "sweep.h"

static int
is_store(const struct dirent *d)
{
	return strncmp(d->d_name, "carrel-", 7) == 0 &&
	    strcmp(d->d_name + strlen(d->d_name) - 3, ".db") == 0;
}

static int
is_volume(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > ID_LEN + 4 && d->d_name[ID_LEN] == '-' &&
	    strcmp(d->d_name + n - 4, ".img") == 0;
}

/* The name of the last in the folder, or of the nth, counted round; false: there is none. */
static bool
choose(const char *folder, int (*filter)(const struct dirent *), int64_t nth,
    char out[NAME_MAX + 1])
{
	struct dirent **names;
	int n = scandir(folder, &names, filter, alphasort);

	if (n > 0)
		snprintf(out, NAME_MAX + 1, "%s",
		    names[nth < 0 ? n - 1 : (int)(nth % n)]->d_name);
	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	return n > 0;
}

static int
try_store(const char *from, const char *scratch, char *words, size_t size, struct err *e)
{
	char path[PATH_MAX + 16], wrong[300] = "";
	int64_t apps = 0, notebooks = 0, awake;
	struct db *db;
	int rc = -1;

	snprintf(path, sizeof(path), "%s/carrel.db", scratch);
	if (sweep_copy(from, path, e) < 0 || db_migrate(path, e) < 0 ||
	    !(db = db_open(path, e)))
		return -1;
	if (store_check(db, wrong, sizeof(wrong), e) == 0 &&
	    workspace_count(db, "app", &apps, &awake, e) == 0 &&
	    workspace_count(db, "notebook", &notebooks, &awake, e) == 0)
		rc = wrong[0] ? err_set(e, ERR_INTERNAL, "it is not sound: %s", wrong) : 0;
	db_close(db);
	snprintf(words, size, "%lld apps and %lld notebooks are in it", (long long)apps,
	    (long long)notebooks);
	return rc;
}

static int
try_volume(const char *from, const char *scratch, struct err *e)
{
	char path[PATH_MAX + 16];
	const char *const argv[] = {"/usr/sbin/e2fsck", "-f", "-y", path, NULL};
	int rc;

	snprintf(path, sizeof(path), "%s/volume.img", scratch);
	if (sweep_copy(from, path, e) < 0)
		return -1;
	rc = sweep_run(argv);
	/* 1: what a stop without warning leaves was put right. */
	return rc == 0 || rc == 1 ? 0 :
	    err_set(e, ERR_INTERNAL, "its file system is damaged (e2fsck %d)", rc);
}

static int
drill(struct sweep *s, const char *scratch, char *words, size_t size, struct err *e)
{
	char folder[PATH_MAX], from[PATH_MAX + NAME_MAX + 2], name[NAME_MAX + 1];
	char counted[100], store[NAME_MAX + 1];

	snprintf(folder, sizeof(folder), "%s/backup", s->var);
	if (!choose(folder, is_store, -1, name))
		return err_set(e, ERR_MISSING, "there is no backup");
	snprintf(from, sizeof(from), "%s/%s", folder, name);
	snprintf(words, size, "%s", name);
	if (try_store(from, scratch, counted, sizeof(counted), e) < 0)
		return -1;
	snprintf(words, size, "%s is whole: %s", name, counted);
	memcpy(store, name, sizeof(store));
	snprintf(folder, sizeof(folder), "%s/backup/volume", s->var);
	if (!choose(folder, is_volume, s->now / 86400000, name))
		return 0;
	snprintf(from, sizeof(from), "%s/%s", folder, name);
	if (try_volume(from, scratch, e) < 0) {
		snprintf(words, size, "%s", name);
		return -1;
	}
	snprintf(words, size, "%.100s is whole: %s; so is a volume, %.100s", store, counted,
	    name);
	return 0;
}

int
sweep_drill(struct sweep *s, struct err *e)
{
	char scratch[PATH_MAX], path[PATH_MAX], words[400] = "", line[800], day[21];
	int rc, n;

	snprintf(scratch, sizeof(scratch), "%s/backup/drill.%d", s->var, (int)getpid());
	snprintf(path, sizeof(path), "%s/backup/drill", s->var);
	if (file_mkdirs(scratch, 0700, e) < 0)
		return -1;
	rc = drill(s, scratch, words, sizeof(words), e);
	clock_iso(s->now, day);
	n = snprintf(line, sizeof(line), rc == 0 ? "%s ok %s\n" : "%s bad %s: %.300s\n", day,
	    words, rc == 0 ? "" : e->text);
	log_info("restore drill: %.*s", n - (int)strlen(day) - 2, line + strlen(day) + 1);
	if (file_remove_tree(scratch, rc == 0 ? e : NULL) < 0)
		rc = -1;
	if (file_write(path, line, (size_t)n, 0600, rc == 0 ? e : NULL) < 0)
		rc = -1;
	return rc;
}
