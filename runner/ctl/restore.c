/*
 * carrelctl restore FILE [--yes]: a copy of the store (carrel-….db), or of one notebook's
 * files (<id>-….img), in place of what is there, which is kept beside.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/care.h"
#include "../../shared/store/orphan.h"
#include "ctl.h"

#define PATHS (PATH_MAX + 80)

/* No Carrel starts while we are at it. */
static int
lock(struct ctl *c, struct err *e)
{
	char path[PATHS];
	int fd;

	snprintf(path, sizeof(path), "%s/carreld.pid", c->var);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return err_set(e, ERR_CONFLICT, "a Carrel is running with %s; stop it first", c->var);
}

static int
copy(const char *from, const char *to, struct err *e)
{
	AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	off_t at = 0, end;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(e, "open %s", from);
	unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0 || ftruncate(out, st.st_size) < 0)
		return err_sys(e, "make %s", to);
	while ((at = lseek(in, at, SEEK_DATA)) >= 0 && (end = lseek(in, at, SEEK_HOLE)) > at) {
		if (lseek(out, at, SEEK_SET) < 0)
			return err_sys(e, "write %s", to);
		while (at < end)
			if (sendfile(out, in, &at, (size_t)(end - at)) <= 0)
				return err_sys(e, "copy %s", from);
	}
	return fsync(out) < 0 ? err_sys(e, "write %s", to) : 0;
}

/* Sound, and brought up to date, before anything is touched. */
static int
examine(const char *path, struct err *e)
{
	char wrong[300] = "";
	struct db *db;
	int rc = -1;

	if (db_migrate(path, e) < 0 || !(db = db_open(path, e)))
		return -1;
	if (store_check(db, wrong, sizeof(wrong), e) == 0)
		rc = wrong[0] ? err_set(e, ERR_INTERNAL, "it is not sound (%s), so nothing was "
		    "changed", wrong) : 0;
	/* What the disk holds beyond it is looked through anew, with a day of grace. */
	if (rc == 0 && (db_begin(db, e) < 0 || orphan_forget(db, e) < 0 ||
	    db_commit(db, e) < 0 || db_checkpoint(db, 0, e) < 0))
		rc = -1;
	db_close(db);
	return rc;
}

static int
put_store(struct ctl *c, const char *from, const char *kept, struct err *e)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[PATHS], part[PATHS + 16], to[PATHS];

	snprintf(part, sizeof(part), "%s/carrel.db.restore", c->var);
	if (copy(from, part, e) < 0 || examine(part, e) < 0 || file_mkdirs(kept, 0700, e) < 0) {
		unlink(part);
		return -1;
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s/carrel.db.restore%s", c->var, ends[i]);
		if (i > 0)
			unlink(path);
		snprintf(path, sizeof(path), "%s/carrel.db%s", c->var, ends[i]);
		snprintf(to, sizeof(to), "%s/carrel.db%s", kept, ends[i]);
		if (rename(path, to) < 0 && errno != ENOENT)
			return err_sys(e, "move %s away", path);
	}
	snprintf(path, sizeof(path), "%s/carrel.db", c->var);
	return rename(part, path) < 0 ? err_sys(e, "put %s in place", path) : 0;
}

static int
put_volume(struct ctl *c, const char *from, const char *id, const char *kept, struct err *e)
{
	char path[PATHS], part[PATHS + 16], to[PATHS];

	snprintf(path, sizeof(path), "%s/volume/%.26s.img", c->var, id);
	snprintf(part, sizeof(part), "%s.new", path);
	snprintf(to, sizeof(to), "%s/%.26s.img", kept, id);
	if (copy(from, part, e) < 0 || file_mkdirs(kept, 0700, e) < 0) {
		unlink(part);
		return -1;
	}
	if (rename(path, to) < 0 && errno != ENOENT)
		return err_sys(e, "move %s away", path);
	return rename(part, path) < 0 ? err_sys(e, "put %s in place", path) : 0;
}

/* "<id>-….img", as sweep calls them. */
static bool
is_volume(const char *name, char id[ID_SIZE])
{
	size_t n = strlen(name);

	snprintf(id, ID_SIZE, "%.26s", name);
	return n > ID_LEN + 5 && id_is_valid(id) && name[ID_LEN] == '-' &&
	    strcmp(name + n - 4, ".img") == 0;
}

int
cmd_restore(struct ctl *c, struct err *e)
{
	const char *from = c->args[0], *name = strrchr(from, '/');
	char kept[PATH_MAX + 48], stamp[21], id[ID_SIZE];
	AUTO_FD int fd = -1;
	bool is_files;

	if (geteuid() != 0)
		return err_set(e, ERR_DENIED, "this must run as root; try again with sudo");
	if (access(from, R_OK) < 0)
		return err_sys(e, "read %s", from);
	is_files = is_volume(name ? name + 1 : from, id);
	if (c->count < 2 || strcmp(c->args[1], "--yes") != 0)
		return err_set(e, ERR_INPUT, "this puts %s in place of the %s of %s; what is there "
		    "is kept beside it; add --yes to do it", from, is_files ? "files of a notebook" :
		    "store", c->var);
	fd = lock(c, e);
	if (fd < 0)
		return -1;
	clock_iso(clock_wall_ms(), stamp);
	snprintf(kept, sizeof(kept), "%s/backup/before-%s", c->var, stamp);
	if ((is_files ? put_volume(c, from, id, kept, e) : put_store(c, from, kept, e)) < 0)
		return -1;
	printf("%s is in place; what was there is in %s.\n", from, kept);
	return 0;
}
