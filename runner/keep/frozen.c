#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/json.h"
#include "../../shared/wire/pack.h"
#include "frozen.h"

#define ASSETS "assets/"
#define PAGE "index.html"
#define ERROR_BYTES 16384

static bool
path_is_good(const char *path, size_t n)
{
	size_t top = strlen(ASSETS);

	if (n == strlen(PAGE) && memcmp(path, PAGE, n) == 0)
		return true;
	if (n <= top || n > top + FROZEN_NAME_MAX || memcmp(path, ASSETS, top) != 0 ||
	    path[top] == '.')
		return false;
	for (size_t i = top; i < n; i++)
		if (!strchr("._-", path[i]) && !(path[i] >= '0' && path[i] <= '9') &&
		    !((path[i] | 32) >= 'a' && (path[i] | 32) <= 'z'))
			return false;
	return true;
}

static int
parse_file(struct frozen_app *f, struct unpack *u, struct err *e)
{
	struct frozen_file *file = &f->files[f->count];
	size_t n;
	const char *path = unpack_bytes(u, sizeof(file->path) - 1, &n);

	if (u->is_bad || memchr(path, '\0', n) || !path_is_good(path, n))
		return err_set(e, ERR_INPUT, "a path of a frozen app is not allowed");
	memcpy(file->path, path, n);
	file->path[n] = '\0';
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->files[i].path, file->path) == 0)
			return err_set(e, ERR_INPUT, "%s is there twice", file->path);
	file->bytes = unpack_bytes(u, GUEST_PAYLOAD_MAX, &file->len);
	if (u->is_bad)
		return err_set(e, ERR_INPUT, "%s is cut off", file->path);
	f->bytes += file->len;
	f->count++;
	return 0;
}

static int
parse_key(struct frozen_app *f, struct unpack *u, struct err *e)
{
	size_t n;
	const char *key = unpack_bytes(u, FROZEN_KEY_SIZE - 1, &n);

	for (size_t i = 0; i < n; i++)
		if (!(key[i] >= '0' && key[i] <= '9') && !(key[i] >= 'a' && key[i] <= 'f'))
			n = 0;
	if (u->is_bad || n != FROZEN_KEY_SIZE - 1)
		return err_set(e, ERR_INPUT, "the key of the packages is none");
	memcpy(f->packages, key, n);
	f->packages[n] = '\0';
	return 0;
}

/* The workload's own words; what shows them escapes them. */
static int
parse_problem(struct frozen_app *f, struct unpack *u, struct err *e)
{
	size_t n;
	const char *text = unpack_bytes(u, ERROR_BYTES, &n);
	AUTO_JSON cJSON *error = NULL;
	const char *message, *file, *kind;

	if (!unpack_ended(u) || !(error = json_parse(text, n, NULL)) ||
	    !(message = json_get_text(error, "message")) || !message[0])
		return err_set(e, ERR_INPUT, "what is wrong with a frozen app is not said");
	file = json_get_text(error, "file");
	kind = json_get_text(error, "kind");
	snprintf(f->kind, sizeof(f->kind), "%s", kind ? kind : "");
	snprintf(f->problem, sizeof(f->problem), "%s%s%s", file ? file : "",
	    file && file[0] ? ": " : "", message);
	return 0;
}

int
frozen_parse(struct frozen_app *f, const void *payload, size_t n, struct err *e)
{
	struct unpack u = {.at = payload, .left = n};
	uint32_t count = unpack_u32(&u);
	bool has_page = false;

	f->count = f->bytes = 0;
	f->packages[0] = f->problem[0] = f->kind[0] = '\0';
	if (u.is_bad || count > FROZEN_FILES_MAX)
		return err_set(e, ERR_INPUT, "a frozen app has at most %d files",
		    FROZEN_FILES_MAX);
	if (count == 0)
		return parse_problem(f, &u, e);
	if (parse_key(f, &u, e) < 0)
		return -1;
	while (f->count < count) {
		if (parse_file(f, &u, e) < 0)
			return -1;
		has_page |= strcmp(f->files[f->count - 1].path, PAGE) == 0;
	}
	if (!unpack_ended(&u))
		return err_set(e, ERR_INPUT, "bytes follow the last file");
	return has_page ? 0 : err_set(e, ERR_INPUT, "a frozen app has no page");
}

static int
sync_folder(const char *path, struct err *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? err_sys(e, "sync %s", path) : 0;
}

/* Others may read what others may see anyway: a web server of its own user does. */
static int
make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return err_sys(e, "make %s", path);
	return chmod(path, 0755) < 0 ? err_sys(e, "open up %s", path) : 0;
}

static int
write_one(const char *folder, const struct frozen_file *f, struct err *e)
{
	char path[PATH_MAX];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", folder, f->path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return err_sys(e, "make %s", path);
	if (file_write_all(fd, f->bytes, f->len, e) < 0)
		return -1;
	return fsync(fd) < 0 ? err_sys(e, "sync %s", path) : 0;
}

static int
write_all(const struct frozen_app *f, const char *folder, struct err *e)
{
	char assets[PATH_MAX];

	snprintf(assets, sizeof(assets), "%s/" ASSETS, folder);
	if (file_remove_tree(folder, e) < 0 || make_folder(folder, e) < 0 ||
	    make_folder(assets, e) < 0)
		return -1;
	for (size_t i = 0; i < f->count; i++)
		if (write_one(folder, &f->files[i], e) < 0)
			return -1;
	return sync_folder(assets, e) < 0 ? -1 : sync_folder(folder, e);
}

int
frozen_write(const struct frozen_app *f, const char *folder, const char *id, int64_t version,
    struct err *e)
{
	char home[256], to[300], fresh[300];

	snprintf(home, sizeof(home), "%s/%s", folder, id);
	snprintf(to, sizeof(to), "%s/%" PRId64, home, version);
	snprintf(fresh, sizeof(fresh), "%s/.new", home);
	if (make_folder(home, e) < 0)
		return -1;
	if (write_all(f, fresh, e) < 0)
		return -1;
	/* At no moment is there nothing where there was something: the store may say so. */
	if (rename(fresh, to) < 0 && ((errno != ENOTEMPTY && errno != EEXIST) ||
	    renameat2(AT_FDCWD, fresh, AT_FDCWD, to, RENAME_EXCHANGE) < 0))
		return err_sys(e, "rename %s", fresh);
	if (sync_folder(home, e) < 0 || sync_folder(folder, e) < 0)
		return -1;
	return file_remove_tree(fresh, e);
}

int
frozen_remove(const char *folder, const char *id, int64_t version, struct err *e)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s/%" PRId64, folder, id, version);
	if (file_remove_tree(path, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", folder, id);
	if (rmdir(path) < 0 && errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}
