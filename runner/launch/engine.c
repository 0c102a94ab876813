#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/secret.h"
#include "../../shared/wire/guest.h"
#include "engine.h"
#include "vault.h"

#define BUILD "/run/carrel/build"
#define BOXES "/run/carrel/box"
#define NAME_LEN 32

/* By the fingerprints of the programs, which have a dash in them, and by what keep speaks
 * with the guest. */
static void
path_of(const struct fits *f, char path[ENGINE_PATH_SIZE])
{
	unsigned char hash[SECRET_HASH_BYTES];
	AUTO_BUF struct buf text = {0};
	int n = snprintf(path, ENGINE_PATH_SIZE, VAULT_ENGINE "/");

	buf_init(&text, sizeof(f->programs) + 16);
	buf_fmt(&text, "%d\n", GUEST_VERSION);
	for (const char *at = f->programs; *at; at += strcspn(at, "\n") + 1) {
		size_t len = strcspn(at, "\n");

		if (memchr(at, '-', len))
			buf_add(&text, at, len + 1);
		if (!at[len])
			break;
	}
	secret_hash(text.at, text.len, hash);
	for (int i = 0; i < NAME_LEN / 2; i++)
		n += snprintf(path + n, ENGINE_PATH_SIZE - (size_t)n, "%02x", hash[i]);
}

bool
engine_find(const struct fits *f, char path[ENGINE_PATH_SIZE])
{
	path_of(f, path);
	return access(path, F_OK) == 0;
}

static int
copy(const char *from, const char *to, struct err *e)
{
	AUTO_FD int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	struct stat st;
	off_t at = 0;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(e, "open %s", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (out < 0)
		return err_sys(e, "make %s", to);
	while (at < st.st_size)
		if (sendfile(out, in, &at, (size_t)(st.st_size - at)) <= 0)
			return err_sys(e, "copy %s", from);
	if (fchmod(out, 0755) < 0 ||
	    futimens(out, (struct timespec[]){st.st_mtim, st.st_mtim}) < 0 || fsync(out) < 0)
		return err_sys(e, "write %s", to);
	return 0;
}

static int
copy_guest(const char *to, struct err *e)
{
	char from[sizeof(BUILD) + NAME_MAX + 16], path[ENGINE_PATH_SIZE + NAME_MAX + 64];
	DIR *dir = opendir(BUILD "/guest");
	struct dirent *d;
	int rc = 0;

	if (!dir || mkdir(to, 0755) < 0)
		rc = err_sys(e, "make %s", to);
	while (rc == 0 && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(from, sizeof(from), BUILD "/guest/%s", d->d_name);
		snprintf(path, sizeof(path), "%s/%s", to, d->d_name);
		rc = copy(from, path, e);
	}
	if (dir)
		closedir(dir);
	return rc;
}

int
engine_keep(const struct fits *f, struct err *e)
{
	char path[ENGINE_PATH_SIZE], part[ENGINE_PATH_SIZE + 16], file[ENGINE_PATH_SIZE + 32];

	if (engine_find(f, path))
		return 0;
	if (fits_check_programs(f, e) < 0)
		return -1;	/* they are not there any more */
	/* Each task its own: others may want the same.  What is left of one is tidied up. */
	snprintf(part, sizeof(part), "%s.%d", path, (int)getpid());
	if (file_remove_tree(part, e) < 0)
		return -1;
	if (mkdir(part, 0755) < 0)
		return err_sys(e, "make %s", part);
	snprintf(file, sizeof(file), "%s/runsc", part);
	if (copy(BUILD "/bin/runsc", file, e) < 0)
		return -1;
	snprintf(file, sizeof(file), "%s/guest", part);
	if (copy_guest(file, e) < 0)
		return -1;
	/* They may have been replaced in the middle. */
	if (fits_check_programs(f, e) < 0) {
		file_remove_tree(part, NULL);
		return -1;
	}
	if (rename(part, path) == 0)
		return 0;
	return engine_find(f, path) ? file_remove_tree(part, e) : err_sys(e, "rename %s", part);
}

/* What lies in the folder, or in one of its folders (levels deep), was made with the engine
 * called name. */
static bool
needs(const char *folder, const char *name, int levels)
{
	char path[PATH_MAX], engine[ENGINE_PATH_SIZE];
	bool is_needed = false;
	struct dirent *d;
	struct fits f;
	DIR *dir;

	if (!levels) {
		if (fits_read(&f, folder, NULL) < 0)
			return false;
		path_of(&f, engine);
		return strcmp(strrchr(engine, '/') + 1, name) == 0;
	}
	dir = opendir(folder);
	while (dir && !is_needed && (d = readdir(dir)))
		if (d->d_name[0] != '.' && (size_t)snprintf(path, sizeof(path), "%s/%s", folder,
		    d->d_name) < sizeof(path))
			is_needed = needs(path, name, levels - 1);
	if (dir)
		closedir(dir);
	return is_needed;
}

void
engine_tidy(const struct launch_msg *m, struct task_end *end)
{
	DIR *dir = opendir(VAULT_ENGINE);
	char path[ENGINE_PATH_SIZE + NAME_MAX], installed[ENGINE_PATH_SIZE];
	struct fits now = {0};
	struct dirent *d;
	struct err e;

	(void)m;
	if (fits_installed(&now, &e) < 0 || engine_keep(&now, &e) < 0)
		task_failed(end, &e);
	path_of(&now, installed);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.' || strcmp(d->d_name, strrchr(installed, '/') + 1) == 0 ||
		    needs(VAULT_SNAPSHOT, d->d_name, 2) ||
		    needs(BOXES, d->d_name, 1))
			continue;
		snprintf(path, sizeof(path), VAULT_ENGINE "/%s", d->d_name);
		if (file_remove_tree(path, &e) < 0)
			task_failed(end, &e);
	}
	if (dir)
		closedir(dir);
}
