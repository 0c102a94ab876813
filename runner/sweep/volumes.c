/*
 * Copies of the volumes of notebooks that sleep: var/backup/volume/<id>-<day>.img.  One that
 * is in use is not at rest, and is left for another night.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/rand.h"
#include "sweep.h"

#define SPARE_BYTES (1LL << 30)		/* stays free, whatever is copied */

/* A loop device has it: it is mounted, in whichever namespace. */
static bool
is_in_use(const char *id)
{
	DIR *dir = opendir("/sys/block");
	char path[300], line[PATH_MAX];
	bool is_used = false;
	struct dirent *d;

	while (dir && !is_used && (d = readdir(dir))) {
		FILE *f;

		if (strncmp(d->d_name, "loop", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", d->d_name);
		f = fopen(path, "re");
		is_used = f && fgets(line, sizeof(line), f) && strstr(line, id);
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return is_used;
}

static bool
has_room(const char *folder, const struct stat *st)
{
	struct statvfs v;

	return statvfs(folder, &v) == 0 &&
	    (int64_t)(v.f_bavail * v.f_frsize) > (int64_t)st->st_blocks * 512 + SPARE_BYTES;
}

/* The newest copy of a volume, as a path; "": none. */
static void
newest(const char *folder, const char *id, char out[PATH_MAX + 300])
{
	DIR *dir = opendir(folder);
	char best[NAME_MAX + 1] = "";
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (strncmp(d->d_name, id, ID_LEN) == 0 && d->d_name[ID_LEN] == '-' &&
		    strcmp(d->d_name, best) > 0 && !strstr(d->d_name, ".new"))
			snprintf(best, sizeof(best), "%s", d->d_name);
	if (dir)
		closedir(dir);
	out[0] = '\0';
	if (best[0])
		snprintf(out, PATH_MAX + 300, "%s/%s", folder, best);
}

static bool
is_current(const char *copy, const struct stat *st)
{
	struct stat have;

	return copy[0] && stat(copy, &have) == 0 && have.st_mtim.tv_sec == st->st_mtim.tv_sec &&
	    have.st_mtim.tv_nsec == st->st_mtim.tv_nsec;
}

/* 1: copied; 0: left out. */
static int
copy_one(struct sweep *s, const char *folder, const char *id, struct err *e)
{
	char from[PATH_MAX + 48], to[PATH_MAX + 300], part[PATH_MAX + 308], day[21];
	struct stat before, after;

	snprintf(from, sizeof(from), "%s/volume/%s.img", s->var, id);
	if (stat(from, &before) < 0)
		return errno == ENOENT ? 0 : err_sys(e, "look at %s", from);
	newest(folder, id, to);
	if (is_current(to, &before) || is_in_use(id))
		return 0;
	if (!has_room(folder, &before)) {
		log_warn("there is no room for a copy of the volume of %s", id);
		return 0;
	}
	clock_iso(s->now, day);
	snprintf(to, sizeof(to), "%s/%s-%.10s.img", folder, id, day);
	snprintf(part, sizeof(part), "%s.new", to);
	if (sweep_copy(from, part, e) < 0)
		return -1;
	/* Somebody has begun to work in it meanwhile: another night. */
	if (is_in_use(id) || stat(from, &after) < 0 || !is_current(part, &after)) {
		unlink(part);
		return 0;
	}
	return rename(part, to) < 0 ? err_sys(e, "rename %s", part) : 1;
}

/* All but the newest copies of each; and what was half made. */
static void
thin(const char *folder, int64_t keep)
{
	struct dirent **names;
	char path[PATH_MAX + 300], last[ID_SIZE] = "";
	int64_t have = 0;
	int n = scandir(folder, &names, NULL, alphasort);

	while (n-- > 0) {
		const char *name = names[n]->d_name;

		if (strncmp(name, last, ID_LEN) != 0)
			have = 0;
		snprintf(last, sizeof(last), "%.26s", name);
		have += !strstr(name, ".new");
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (name[0] != '.' && (have > keep || strstr(name, ".new")))
			unlink(path);
		free(names[n]);
	}
	if (n == -1)
		free(names);
}

int
sweep_volumes(struct sweep *s, struct err *e)
{
	char folder[PATH_MAX], volumes[PATH_MAX], id[ID_SIZE];
	int copied = 0, rc = 0;
	struct dirent *d;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/backup/volume", s->var);
	snprintf(volumes, sizeof(volumes), "%s/volume", s->var);
	if (!s->conf->backup_volumes || !(dir = opendir(volumes)))
		return 0;
	if (file_mkdirs(folder, 0700, e) < 0)
		rc = -1;
	while (rc == 0 && (d = readdir(dir))) {
		int got;

		snprintf(id, sizeof(id), "%.26s", d->d_name);
		if (!id_is_valid(id) || strcmp(d->d_name + ID_LEN, ".img") != 0)
			continue;
		got = copy_one(s, folder, id, e);
		rc = got < 0 ? -1 : 0;
		copied += got > 0;
		if (s->renew)
			s->renew(s);
	}
	closedir(dir);
	thin(folder, s->conf->backup_volumes);
	if (copied)
		log_info("%d volumes were copied", copied);
	return rc;
}
