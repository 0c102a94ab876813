/*
 * GET /workspaces/{id}/files[?path=folder]
 * 200 {"path","files":[…],"more","disk":{…}} | 404
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "files.h"

#define ENTRIES_MAX 10000

struct listing {
	const char **names;
	int count;
	bool has_more;
};

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_shown(const char *name)
{
	return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    strncmp(name, FILES_TEMP, strlen(FILES_TEMP)) != 0;
}

static void
read_names(struct req *r, DIR *d, struct listing *l)
{
	struct dirent *entry;

	l->names = arena_new(&r->arena, ENTRIES_MAX * sizeof(*l->names));
	while ((entry = readdir(d))) {
		if (!is_shown(entry->d_name))
			continue;
		l->has_more = l->count == ENTRIES_MAX;
		if (l->has_more)
			break;
		l->names[l->count++] = arena_dup(&r->arena, entry->d_name);
	}
	qsort(l->names, (size_t)l->count, sizeof(*l->names), by_name);
}

static void
put_entry(struct buf *b, int dir, const char *name)
{
	struct stat st;
	char iso[21];

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;		/* gone already */
	clock_iso(st.st_mtim.tv_sec * 1000LL, iso);
	json_open(b, '{');
	json_put_text(b, "name", name);
	json_put_text(b, "type", S_ISREG(st.st_mode) ? "file" :
	    S_ISDIR(st.st_mode) ? "folder" : "other");
	json_put_int(b, "size", S_ISREG(st.st_mode) ? st.st_size : 0);
	json_put_text(b, "modified_at", iso);
	json_close(b, '}');
}

static int
put_disk(struct buf *b, int dir, struct err *e)
{
	struct statvfs v;
	int64_t used, files;

	if (fstatvfs(dir, &v) < 0)
		return err_sys(e, "ask for the room on a volume");
	used = (int64_t)(v.f_blocks - v.f_bfree);
	files = (int64_t)(v.f_files - v.f_ffree);
	json_key(b, "disk");
	json_open(b, '{');
	json_put_int(b, "used_bytes", used * (int64_t)v.f_frsize);
	json_put_int(b, "limit_bytes", (used + (int64_t)v.f_bavail) * (int64_t)v.f_frsize);
	json_put_int(b, "files", files);
	json_put_int(b, "files_limit", (int64_t)v.f_files);
	json_close(b, '}');
	return 0;
}

static int
go(struct req *r, int dir, struct err *e)
{
	const struct work *w = r->state;
	struct listing l = {0};
	int fd = beneath_folder(dir, w->path);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return files_trouble("path", e);
	read_names(r, d, &l);
	json_open(&r->out, '{');
	json_put_text(&r->out, "path", w->path);
	json_key(&r->out, "files");
	json_open(&r->out, '[');
	for (int i = 0; i < l.count; i++)
		put_entry(&r->out, fd, l.names[i]);
	json_close(&r->out, ']');
	closedir(d);
	json_put_bool(&r->out, "more", l.has_more);
	if (put_disk(&r->out, dir, e) < 0 || volume_note(r, dir, NULL, e) < 0)
		return -1;
	json_close(&r->out, '}');
	return reply_json(r, 200);
}

static int
run(struct req *r, struct err *e)
{
	return work_new(r, go, "path", req_text(r, "path"), true, e) ? work_start(r, e) : -1;
}

const struct endpoint files_list = {
	.about = "What is in a folder, by name; of more than 10000 entries, some, and more is true. "
	    "The disk holds the notebook's packages, too.",
	.fields = FIELDS(FIELD_PATH("path", false, "The folder; without it the top one.")),
	.replies = REPLIES({200, "The list.", "{\"path\":\"data\",\"files\":[{\"name\":\"a.csv\","
	    "\"type\":\"file\",\"size\":120,\"modified_at\":\"2026-11-22T07:28:00Z\"}],"
	    "\"more\":false,\"disk\":{\"used_bytes\":1048576,\"limit_bytes\":1073741824,"
	    "\"files\":12,\"files_limit\":65536}}", NULL}),
	.run = run,
};
