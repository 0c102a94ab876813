#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/base/rand.h"
#include "home.h"
#include "runsc.h"

#define RUN "/run/carrel/"
#define IMAGES RUN "build/image/"
#define PATH_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789/._-"
#define LOG_BYTES (256u << 10)

static void
path_in(const char *kind, const char *id, char out[HOME_PATH_SIZE])
{
	snprintf(out, HOME_PATH_SIZE, RUN "%s/%s", kind, id);
}

/* Exactly this owner and mode, whatever the umask; one that is there already stays. */
static int
make_folder(const char *path, uid_t uid, gid_t gid, mode_t mode, struct err *e)
{
	if ((mkdir(path, 0700) < 0 && errno != EEXIST) || chown(path, uid, gid) < 0 ||
	    chmod(path, mode) < 0)
		return err_sys(e, "folder %s", path);
	return 0;
}

int
home_open(const struct conf *c, struct err *e)
{
	gid_t gate = (gid_t)c->uid_base + UID_GATE, run = (gid_t)c->uid_base + UID_RUN;
	gid_t net = (gid_t)c->uid_base + UID_NET;

	if (make_folder(RUN "box", 0, 0, 0700, e) < 0 ||
	    make_folder(RUNSC_ROOT, 0, 0, 0700, e) < 0 ||
	    make_folder(RUN "sb", 0, gate, 0711, e) < 0 ||
	    make_folder(RUN "egress", 0, net, 0750, e) < 0)
		return -1;
	return make_folder(RUN "ctl", 0, run, 0711, e);
}

void
home_path(const char *id, const char *name, char out[HOME_PATH_SIZE])
{
	snprintf(out, HOME_PATH_SIZE, RUN "box/%s%s%s", id, name[0] ? "/" : "", name);
}

int
home_image(const char *image, char *out, struct err *e)
{
	char link[PATH_MAX];

	snprintf(link, sizeof(link), IMAGES "%s", image);
	if (!realpath(link, out))
		return err_sys(e, "the sandbox image %s", link);
	return home_root(out, e);
}

int
home_root(const char *path, struct err *e)
{
	if (access(path, F_OK) < 0)
		return err_sys(e, "the sandbox image %s", path);
	/* It is printed into the specification. */
	if (strspn(path, PATH_CHARS) != strlen(path))
		return err_set(e, ERR_INTERNAL, "the sandbox image has an odd path: %s",
		    path);
	return 0;
}

int
home_make(const char *id, const struct home_life *life, bool has_egress,
    const struct conf *c, struct err *e)
{
	gid_t gate = (gid_t)c->uid_base + UID_GATE, run = (gid_t)c->uid_base + UID_RUN;
	uid_t net = (uid_t)c->uid_base + UID_NET;
	char path[HOME_PATH_SIZE], text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu32 " %" PRIu32 "\n", life->epoch,
	    life->memory_mb);

	home_path(id, "", path);
	if (make_folder(path, 0, 0, 0700, e) < 0)
		return -1;
	home_path(id, "life", path);
	if (file_write(path, text, (size_t)n, 0600, e) < 0)
		return -1;
	path_in("sb", id, path);
	if (make_folder(path, 0, gate, 0750, e) < 0)
		return -1;
	path_in("egress", id, path);
	if (has_egress && make_folder(path, net, net, 0750, e) < 0)
		return -1;
	path_in("ctl", id, path);
	return make_folder(path, 0, run, 0750, e);
}

void
home_remove(const char *id)
{
	static const char *const kinds[] = {"sb", "ctl", "egress", "box"};
	char path[HOME_PATH_SIZE];
	struct err e;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		path_in(kinds[i], id, path);
		if (file_remove_tree(path, &e) < 0)
			log_error("%s", e.text);
	}
}

static bool
read_small(const char *id, const char *name, struct buf *text)
{
	char path[HOME_PATH_SIZE];

	buf_init(text, 64);
	home_path(id, name, path);
	return file_read(path, text, NULL) == 0;
}

void
home_read_life(const char *id, struct home_life *life)
{
	AUTO_BUF struct buf text = {0};

	memset(life, 0, sizeof(*life));
	if (read_small(id, "life", &text) &&
	    sscanf(text.at, "%" SCNu32 " %" SCNu32, &life->epoch, &life->memory_mb) != 2)
		log_warn("box/%s/life makes no sense", id);
}

int64_t
home_held_ms(const char *id)
{
	char path[HOME_PATH_SIZE];
	struct stat st;
	int64_t removed_ms, held_ms;

	path_in("ctl", id, path);
	if (stat(path, &st) < 0)
		return -1;
	removed_ms = st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
	held_ms = clock_wall_ms() - removed_ms;
	snprintf(path, sizeof(path), RUN "ctl/%s/ctl.sock", id);
	if (access(path, F_OK) == 0)
		return -1;
	return held_ms > 0 ? held_ms : 0;
}

pid_t
home_pid(const char *id)
{
	AUTO_BUF struct buf text = {0};
	uint64_t pid;

	if (!read_small(id, "pid", &text) || !num_u64(text.at, INT_MAX, &pid))
		return 0;
	return (pid_t)pid;
}

/* A panic begins with its reason; a log ends with it. */
static void
read_words(const char *path, bool from_start, char *out, size_t size)
{
	AUTO_BUF struct buf text = {0};
	char *trace;
	size_t from;

	buf_init(&text, LOG_BYTES);
	file_read(path, &text, NULL);
	trace = strstr(text.at, "\ngoroutine ");
	if (trace) {		/* Go's, which follows the words and goes on for pages */
		*trace = '\0';
		text.len = (size_t)(trace - text.at);
	}
	while (text.len && strchr("\r\n ", text.at[text.len - 1]))
		text.at[--text.len] = '\0';
	from = from_start || text.len < size ? 0 : text.len - size + 1;
	snprintf(out, size, "%s", text.at + from);
	for (char *p = out; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = ' ';
}

void
home_words(const char *id, char *out, size_t size)
{
	char path[HOME_PATH_SIZE];

	home_path(id, "panic", path);
	read_words(path, true, out, size);
	if (out[0])
		return;
	home_path(id, "log", path);
	read_words(path, false, out, size);
}

int
home_each(void (*fn)(const char *id), struct err *e)
{
	DIR *dir = opendir(RUN "box");
	struct dirent *d;

	if (!dir)
		return err_sys(e, "open " RUN "box");
	while ((d = readdir(dir)))
		if (id_is_valid(d->d_name))
			fn(d->d_name);
	closedir(dir);
	return 0;
}
