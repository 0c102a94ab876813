#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/db.h"
#include "../../shared/text/secret.h"
#include "carreld.h"

/* Folders below /run/carrel: who may write there.  gid counts from uid_base. */
static const struct {
	const char *path;
	int uid, gid;
	mode_t mode;
} folders[] = {
	{RUN "/var", 0, 0, 0755}, {RUN "/build", 0, 0, 0755}, {RUN "/bin", 0, 0, 0755},
	{RUN "/fcgi", 0, UID_SHARED, 0750}, {RUN "/bell", 0, UID_SHARED, 03770},
	{RUN "/progress", 0, UID_SHARED, 02770}, {RUN "/alive", 0, UID_SHARED, 02770},
	{RUN "/count", 0, UID_SHARED, 02770},
	{RUN "/sb", 0, UID_GATE, 0711}, {RUN "/ctl", 0, UID_RUN, 0711},
	{RUN "/egress", 0, UID_NET, 0750}, {RUN "/box", 0, 0, 0700}, {RUN "/runsc", 0, 0, 0700},
	{RUN "/web", UID_SERVER, UID_SERVER, 0700}, {RUN "/frozen", UID_SERVER, UID_GATE, 02710},
};

static int
id_of(const struct conf *c, int uid)
{
	return uid == 0 ? 0 : (int)c->uid_base + uid;
}

/* The sockets of one Carrel are all that the host's RUN has room for. */
static int
lock_run(struct place *p, struct err *e)
{
	if (file_mkdirs(RUN, 0755, e) < 0)
		return -1;
	p->run_lock = open(RUN, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->run_lock < 0 || fchmod(p->run_lock, 0755) < 0)
		return err_sys(e, "open " RUN);
	if (flock(p->run_lock, LOCK_EX | LOCK_NB) < 0)
		return err_field(e, ERR_CONFLICT, "web",
		    "another Carrel with web = none is running; a machine has room for one, "
		    "because both would be at " RUN);
	return 0;
}

int
place_find(const struct conf *c, struct place *p, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	const char *build = getenv("CARREL_BUILD");
	char lock[PATH_MAX + 16], self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return err_sys(e, "read /proc/self/exe");
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(p->bin, sizeof(p->bin), "%s", self);
	if (!realpath(build ? build : "build", p->build))
		return err_set(e, ERR_MISSING, "there is no build folder %s; run `make run`",
		    build ? build : "build");
	if (file_mkdirs(c->var, 0755, e) < 0)
		return -1;
	if (!realpath(c->var, p->var))
		return err_sys(e, "var folder %s", c->var);
	secret_hash(p->var, strlen(p->var), hash);
	for (size_t i = 0; i < sizeof(p->instance) / 2; i++)
		snprintf(p->instance + 2 * i, 3, "%02x", hash[i]);
	snprintf(lock, sizeof(lock), "%s/carreld.pid", p->var);
	p->var_lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (p->var_lock < 0)
		return err_sys(e, "open %s", lock);
	if (flock(p->var_lock, LOCK_EX | LOCK_NB) < 0)
		return err_field(e, ERR_CONFLICT, "var",
		    "another Carrel is running with %s; stop it, or choose another CARREL_VAR", p->var);
	return conf_is_shared(c) ? lock_run(p, e) : 0;
}

static int
bind_at(const char *from, const char *to, struct err *e)
{
	if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
		return err_sys(e, "mount %s at %s", from, to);
	return 0;
}

static int
make_folders(const struct conf *c, struct err *e)
{
	for (size_t i = 0; i < COUNT(folders); i++) {
		if (file_mkdirs(folders[i].path, 0755, e) < 0)
			return -1;
		if (chown(folders[i].path, (uid_t)id_of(c, folders[i].uid),
		    (gid_t)id_of(c, folders[i].gid)) < 0 ||
		    chmod(folders[i].path, folders[i].mode) < 0)
			return err_sys(e, "make %s", folders[i].path);
	}
	return 0;
}

static int
make_store(const struct conf *c, struct err *e)
{
	static const char *const files[] = {DB_PATH, DB_PATH "-wal", DB_PATH "-shm"};
	gid_t shared = (gid_t)id_of(c, UID_SHARED);

	if (db_make_lock(DB_LOCK, e) < 0 || chown(DB_LOCK, 0, shared) < 0)
		return err_sys(e, "make " DB_LOCK);
	if (chown(RUN "/var", 0, shared) < 0 || chmod(RUN "/var", 02770) < 0)
		return err_sys(e, "prepare the var folder");
	if (db_migrate(NULL, e) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(files); i++)
		if (chown(files[i], 0, shared) < 0 && errno != ENOENT)
			return err_sys(e, "prepare %s", files[i]);
	return 0;
}

/* What is in there was downloaded, and would be again. */
static int
make_cache(const struct conf *c, struct err *e)
{
	uid_t net = (uid_t)id_of(c, UID_NET);

	if (file_mkdirs(RUN "/var/cache", 0700, e) < 0)
		return -1;
	if (chown(RUN "/var/cache", net, net) < 0 || chmod(RUN "/var/cache", 0700) < 0)
		return err_sys(e, "make " RUN "/var/cache");
	return 0;
}

/* keep writes there, and everybody may read: it is what visitors get. */
static int
make_frozen(const struct conf *c, struct err *e)
{
	uid_t run = (uid_t)id_of(c, UID_RUN);

	if (file_mkdirs(RUN "/var/frozen", 0755, e) < 0)
		return -1;
	if (chown(RUN "/var/frozen", run, run) < 0 || chmod(RUN "/var/frozen", 0755) < 0)
		return err_sys(e, "make " RUN "/var/frozen");
	return 0;
}

static void
clear_shared(void)
{
	struct err e;

	if (file_remove_tree(RUN "/fcgi", &e) < 0)
		log_warn("%s", e.text);
	unlink(RUN "/gate.sock");
	unlink(RUN "/www");
}

/* What the host's own RUN has for its web server: the sockets' folder and two links.  All
 * else, and every mount, stays ours.  Returns the folder, to be bound into our RUN. */
static int
share(const struct conf *c, const struct place *p, struct err *e)
{
	char www[PATH_MAX + 8];
	int fd;

	clear_shared();		/* what an earlier one, killed, left */
	snprintf(www, sizeof(www), "%s/www", p->build);
	if (mkdir(RUN "/fcgi", 0750) < 0 ||
	    chown(RUN "/fcgi", 0, (gid_t)id_of(c, UID_SHARED)) < 0 ||
	    symlink("fcgi/gate.sock", RUN "/gate.sock") < 0 || symlink(www, RUN "/www") < 0)
		return err_sys(e, "share " RUN);
	fd = open(RUN "/fcgi", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open " RUN "/fcgi") : fd;
}

static int
make_run(const struct conf *c, const struct place *p, struct err *e)
{
	AUTO_FD int shared = -1;
	char path[32];

	if (mkdir(RUN, 0755) < 0 && errno != EEXIST)
		return err_sys(e, "make " RUN);
	if (conf_is_shared(c) && (shared = share(c, p, e)) < 0)
		return -1;
	if (mount("carrel", RUN, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=25%") < 0)
		return err_sys(e, "mount " RUN);
	if (make_folders(c, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared);
	if (shared >= 0 && bind_at(path, RUN "/fcgi", e) < 0)
		return -1;
	/* In the one folder that a web server of the host shares with us. */
	if (symlink("fcgi/gate.sock", RUN "/gate.sock") < 0 ||
	    symlink(RUN "/build/www", RUN "/www") < 0)
		return err_sys(e, "make the links in " RUN);
	return 0;
}

int
place_enter(const struct conf *c, const struct place *p, struct err *e)
{
	char line[64];
	int n;

	umask(0022);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_sys(e, "make the mounts private");
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return err_sys(e, "mount /proc");
	/* Short paths that every uid can walk, also where the clone is in a 0700 home. */
	if (make_run(c, p, e) < 0 || bind_at(p->var, RUN "/var", e) < 0 ||
	    bind_at(p->build, RUN "/build", e) < 0 || bind_at(p->bin, RUN "/bin", e) < 0)
		return -1;
	n = snprintf(line, sizeof(line), "%s\n", p->instance);
	if (file_write(RUN "/instance", line, (size_t)n, 0644, e) < 0)
		return -1;
	return make_cache(c, e) < 0 || make_frozen(c, e) < 0 ? -1 : make_store(c, e);
}

void
place_leave(const struct conf *c)
{
	if (conf_is_shared(c) && umount2(RUN, MNT_DETACH) == 0)
		clear_shared();
}

const char *
place_closed_folder(const struct place *p, char out[PATH_MAX])
{
	struct stat st;

	for (size_t n = 1; n; n = p->build[n] ? n + 1 + strcspn(p->build + n + 1, "/") : 0) {
		snprintf(out, PATH_MAX, "%.*s", (int)n, p->build);
		if (stat(out, &st) == 0 && !(st.st_mode & S_IXOTH))
			return out;
	}
	return NULL;
}
