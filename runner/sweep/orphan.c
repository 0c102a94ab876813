/*
 * What lies on the disk and what the store says, made equal both ways.
 *
 * What belongs to nothing may still be wanted, where the store was taken from a backup: so
 * it is noted, told in the log, and goes only a day later, if it belongs to nothing then.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/store/orphan.h"
#include "../../shared/wire/bell.h"
#include "../../shared/wire/golden.h"
#include "sweep.h"

#define IMG ".img"

/* "volume/<id>.img", "snapshot/<id>/<image>", "frozen/<id>"; false: it is neither. */
static bool
parse(const char *path, struct held *h)
{
	const char *name = strchr(path, '/');
	size_t n;

	memset(h, 0, sizeof(*h));
	if (!name++ || strlen(name) < ID_LEN)
		return false;
	n = strlen(name);
	memcpy(h->workspace, name, ID_LEN);
	if (!id_is_valid(h->workspace) || golden_is(h->workspace))
		return false;
	if (strncmp(path, "volume/", 7) == 0)
		return strcmp(name + ID_LEN, IMG) == 0;
	if (strncmp(path, "frozen/", 7) == 0)
		return n == ID_LEN;
	if (n != 2 * ID_LEN + 1 || name[ID_LEN] != '/' || strncmp(path, "snapshot/", 9) != 0)
		return false;
	memcpy(h->image, name + ID_LEN + 1, ID_LEN);
	return id_is_valid(h->image);
}

static int
note(struct sweep *s, const char *path, struct err *e)
{
	struct held h;
	int known;

	if (!parse(path, &h))
		return 0;
	known = care_knows(s->db, &h, e);
	if (known)
		return known < 0 ? -1 : 0;
	if (db_begin(s->db, e) == 0 && orphan_add(s->db, path, s->now, e) == 0 &&
	    db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

/* Every entry of var/<folder>; where they are folders with is_deep, every entry of those. */
static int
note_all(struct sweep *s, const char *folder, bool is_deep, struct err *e)
{
	char path[PATH_MAX], below[600];
	struct dirent *d;
	DIR *dir;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/%s", s->var, folder);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", path);
	while (rc == 0 && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%.200s/%s", folder, d->d_name);
		rc = is_deep ? note_all(s, below, false, e) : note(s, below, e);
	}
	closedir(dir);
	return rc;
}

/* Volumes and checkpoints are removed by those who mount and use them. */
static int
remove_one(struct sweep *s, const char *path, const struct held *h, struct err *e)
{
	char whole[PATH_MAX];

	log_warn("var/%s has belonged to nothing for a day, and is removed", path);
	if (strncmp(path, "frozen/", 7) != 0)
		return care_erase(s->db, h, e);
	snprintf(whole, sizeof(whole), "%s/%s", s->var, path);
	return file_remove_tree(whole, e);
}

static int
settle(struct sweep *s, const struct orphan *o, struct err *e)
{
	char whole[PATH_MAX];
	struct held h;
	bool is_over = !parse(o->path, &h);
	int rc = 0;

	snprintf(whole, sizeof(whole), "%s/%s", s->var, o->path);
	is_over |= access(whole, F_OK) < 0 || care_knows(s->db, &h, e) == 1;
	if (!is_over && o->found_at == s->now)
		log_warn("var/%s belongs to nothing, and is removed in a day", o->path);
	if (!is_over && s->now - o->found_at < ORPHAN_GRACE_MS)
		return 0;
	if (db_begin(s->db, e) < 0)
		return -1;
	if (!is_over)
		rc = remove_one(s, o->path, &h, e);
	if (rc == 0 && orphan_drop(s->db, o->path, e) == 0 && db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}

/* A row whose bytes are gone. */
static int
look_for(struct sweep *s, const struct held *h, struct err *e)
{
	char path[PATH_MAX];
	int is_news;

	snprintf(path, sizeof(path), h->image[0] ? "%s/snapshot/%s/%s" : "%s/volume/%s" IMG,
	    s->var, h->workspace, h->image);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return 0;
	if (db_begin(s->db, e) < 0)
		return -1;
	is_news = care_lost(s->db, h, e);
	if (is_news < 0 || db_commit(s->db, e) < 0) {
		db_rollback(s->db);
		return -1;
	}
	if (is_news) {
		log_error("%s is gone, and its workspace says so", path);
		if (s->progress)
			bell_ring(NULL, h->workspace);
	}
	return 0;
}

int
sweep_orphans(struct sweep *s, struct err *e)
{
	struct arena a = {0};
	struct orphan *orphans;
	struct held *held;
	/* Rows first: what is made meanwhile is on the disk before it has one. */
	int rc = 0, n = care_held(s->db, &a, &held, e);

	for (int i = 0; i < n && rc == 0; i++)
		rc = look_for(s, &held[i], e);
	if (n < 0 || rc < 0 || note_all(s, "volume", false, e) < 0 ||
	    note_all(s, "snapshot", true, e) < 0 || note_all(s, "frozen", false, e) < 0)
		rc = -1;
	n = rc < 0 ? -1 : orphan_list(s->db, &a, &orphans, e);
	for (int i = 0; i < n && rc == 0; i++)
		rc = settle(s, &orphans[i], e);
	arena_free(&a);
	return n < 0 ? -1 : rc;
}
