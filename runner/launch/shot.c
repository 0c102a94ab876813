#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/rule/shot.h"
#include "box.h"
#include "runsc.h"
#include "shot.h"
#include "spec.h"

#define APP_BYTES (8u << 20)		/* all its files; keep takes no app as large as that */
#define FILES_MAX 256
/* Of one file, also the picture: the browser's own are smaller (4 MB are enough for most). */
#define FILE_BYTES "16777216"

/* An app looks at its address, which is "/" wherever it is; a file's is not. */
static const char page[] =
    "<script>\n"
    "history.replaceState(null, '', '/')\n"
    "const page = new XMLHttpRequest()\n"
    "page.open('GET', 'file:///index.html')\n"
    "page.onload = () => {\n"
    "  document.open()\n"
    "  document.write(page.responseText)\n"
    "  document.close()\n"
    "}\n"
    "page.send()\n"
    "</script>\n";

/* The shell, so that nothing is left of what could be written without end.  Files may read
 * each other, because each would be a site of its own; there is nothing else to be read.  The
 * window is a small laptop's, scaled to the size of a picture.  The time for the page is the
 * page's own: it does not run while something is loaded. */
static const char process[] =
    "\"args\":[\"/bin/dash\",\"-c\",\"exec \\\"$@\\\" >/dev/null 2>&1\",\"sh\","
    "\"" SHOT_BROWSER "\",\"--headless\",\"--no-sandbox\",\"--no-zygote\",\"--disable-gpu\","
    "\"--in-process-gpu\",\"--disable-dev-shm-usage\",\"--disable-quic\","
    "\"--disable-background-networking\",\"--disable-extensions\",\"--disable-breakpad\","
    "\"--disable-crash-reporter\",\"--no-first-run\",\"--mute-audio\",\"--hide-scrollbars\","
    "\"--allow-file-access-from-files\",\"--disable-web-security\",\"--user-data-dir=/tmp/user\","
    "\"--window-size=1024,635\",\"--force-device-scale-factor=0.625\","
    "\"--force-prefers-reduced-motion\",\"--virtual-time-budget=5000\",\"--timeout=60000\","
    "\"--screenshot=/out/" SHOT_NAME "\",\"file:///shot.html\"],"
    "\"env\":[\"HOME=/tmp\",\"PATH=/usr/bin\",\"LANG=C.UTF-8\"],\"cwd\":\"/tmp\","
    "\"capabilities\":{},\"noNewPrivileges\":true,\"oomScoreAdj\":900,"
    "\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"hard\":4096,\"soft\":4096},"
    "{\"type\":\"RLIMIT_FSIZE\",\"hard\":" FILE_BYTES ",\"soft\":" FILE_BYTES "},"
    "{\"type\":\"RLIMIT_CORE\",\"hard\":0,\"soft\":0}]";

static const char mounts[] =
    "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},"
    "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"dev\"},"
    "{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"tmp\","
    "\"options\":[\"nosuid\",\"nodev\",\"mode=1777\",\"size=128m\"]}";

/* Of the machine it has what the browser loads, as packages bring it, and fonts; what the
 * app reads of that can be in its picture. */
static const char *const shared[] = {"/usr/lib", "/usr/lib64", "/usr/share/fontconfig",
    "/usr/share/fonts", "/etc/fonts", "/usr/bin/dash"};
static const char *const folders[] = {"usr/bin", "usr/share", "etc", "proc", "dev", "tmp", "out",
    "__carrel"};
static const char *const links[] = {"bin", "lib", "lib64"};

bool
shot_is(const struct launch_msg *m)
{
	return strcmp(m->id, SHOT_ID) == 0;
}

bool
shot_create_is_good(const struct launch_msg *m)
{
	return strcmp(m->template_name, SHOT_TEMPLATE) == 0 && id_is_valid(m->from) &&
	    !m->image[0] && !m->disk_mb;
}

/* A file of keep's own, so that no link to another one leads out. */
static int
copy(int dir, const char *name, const char *to, size_t *left, struct err *e)
{
	struct stat st;
	AUTO_FD int fd = beneath_file(dir, name, &st);
	AUTO_FREE char *bytes = NULL;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "open %s", name);
	if (st.st_uid != (uid_t)box_conf()->uid_base + UID_RUN || (size_t)st.st_size > *left)
		return err_set(e, ERR_INPUT, "%s is none of a frozen app", name);
	bytes = mem_new((size_t)st.st_size + 1);
	n = read(fd, bytes, (size_t)st.st_size);
	if (n < 0)
		return err_sys(e, "read %s", name);
	*left -= (size_t)n;
	return file_write(to, bytes, (size_t)n, 0644, e);
}

static int
copy_assets(int dir, const char *to, size_t *left, struct err *e)
{
	int fd = beneath_folder(dir, "assets"), files = 0, rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *at;
	char path[PATH_MAX];

	if (!d)
		return err_sys(e, "open assets");
	while (rc == 0 && (at = readdir(d))) {
		size_t n = strlen(at->d_name);

		if (at->d_name[0] == '.' || (n > 3 && strcmp(at->d_name + n - 3, ".gz") == 0))
			continue;
		snprintf(path, sizeof(path), "%s/%s", to, at->d_name);
		rc = ++files > FILES_MAX ? err_set(e, ERR_LIMIT, "too many files") :
		    copy(fd, at->d_name, path, left, e);
	}
	closedir(d);
	return rc;
}

/* As it lies at its own address. */
static int
copy_app(const struct launch_msg *m, const char *root, struct err *e)
{
	AUTO_FD int var = open("/run/carrel/var", O_PATH | O_DIRECTORY | O_CLOEXEC), dir = -1;
	char path[HOME_PATH_SIZE + 64];
	size_t left = APP_BYTES;

	snprintf(path, sizeof(path), "frozen/%s/%" PRIu32, m->from, m->epoch);
	dir = beneath_folder(var, path);
	if (dir < 0)
		return err_sys(e, "open %s", path);
	snprintf(path, sizeof(path), "%s/index.html", root);
	if (copy(dir, "index.html", path, &left, e) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/__carrel/frozen/%" PRIu32 "/assets", root, m->epoch);
	if (file_mkdirs(path, 0755, e) < 0)
		return -1;
	return copy_assets(dir, path, &left, e);
}

static int
make_root(const struct launch_msg *m, const char *root, struct err *e)
{
	char path[HOME_PATH_SIZE + 32], to[32];

	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		if (file_mkdirs(path, 0755, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < COUNT(links); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, links[i]);
		snprintf(to, sizeof(to), "usr/%s", links[i]);
		if (symlink(to, path) < 0)
			return err_sys(e, "make %s", path);
	}
	snprintf(path, sizeof(path), "%s/shot.html", root);
	if (file_write(path, page, sizeof(page) - 1, 0644, e) < 0)
		return -1;
	return copy_app(m, root, e);
}

static void
print_bind(const char *from, const char *to, const char *mode, struct buf *json)
{
	buf_fmt(json, ",{\"destination\":\"%s\",\"type\":\"bind\",\"source\":\"%s\","
	    "\"options\":[\"bind\",\"%s\",\"nosuid\",\"nodev\"]}", to, from, mode);
}

void
shot_print(const struct spec *s, const char *picture, struct buf *json)
{
	buf_fmt(json, "{\"ociVersion\":\"1.1.0\",\"hostname\":\"%s\","
	    "\"root\":{\"path\":\"%s\"},", s->id, s->root);
	buf_fmt(json, "\"process\":{\"terminal\":false,\"user\":{\"uid\":%u,\"gid\":%u},%s},",
	    (unsigned)s->workload_uid, (unsigned)s->workload_uid, process);
	buf_fmt(json, "\"mounts\":[%s", mounts);
	for (size_t i = 0; i < COUNT(shared); i++)
		if (access(shared[i], F_OK) == 0)	/* lib64 is not on every machine */
			print_bind(shared[i], shared[i], "ro", json);
	print_bind("/run/carrel/build/www/vite", "/__carrel/vite", "ro", json);
	print_bind(picture, "/out/" SHOT_NAME, "rw", json);
	buf_str(json, "],");
	spec_print_linux(s, json);
	buf_str(json, "}");
}

/* Empty; the browser's to write, keep's to read. */
static int
make_picture(const char *path, uid_t uid, struct err *e)
{
	AUTO_FD int fd = -1;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0 || fchown(fd, uid, (gid_t)box_conf()->uid_base + UID_RUN) < 0 ||
	    fchmod(fd, 0640) < 0)
		return err_sys(e, "make %s", path);
	return 0;
}

static int
make(const struct launch_msg *m, struct err *e)
{
	const struct home_life life = {.epoch = m->epoch, .memory_mb = m->memory_mb};
	char root[HOME_PATH_SIZE], dir[HOME_PATH_SIZE], file[HOME_PATH_SIZE];
	char picture[HOME_PATH_SIZE], group[128];
	AUTO_BUF struct buf json = {0};
	const struct spec s = {.id = m->id, .root = root, .group = group,
	    .memory_mb = m->memory_mb, .cpu_percent = m->cpu_percent, .pids = m->pids,
	    .cpu_shares = SPEC_SHARES / 4, .workload_uid = (uid_t)box_conf()->uid_base + UID_WORKLOAD};

	home_path(m->id, "", dir);
	home_path(m->id, "root", root);
	home_path(m->id, "config.json", file);
	snprintf(picture, sizeof(picture), "/run/carrel/ctl/%s/" SHOT_NAME, m->id);
	group_path(m->id, group, sizeof(group));
	if (home_make(m->id, &life, false, box_conf(), e) < 0 || make_root(m, root, e) < 0 ||
	    make_picture(picture, s.workload_uid, e) < 0 || runsc_choose(dir, NULL, e) < 0)
		return -1;
	buf_init(&json, 65536);
	shot_print(&s, picture, &json);
	return file_write(file, json.at, json.len, 0600, e);
}

void
shot_make(const struct launch_msg *m, struct task_end *end)
{
	struct err e = {0};

	if (make(m, &e) < 0)
		task_failed(end, &e);
}
