/*
 * GET /api/app/{id}/export
 * 200 application/gzip: a tar archive with the folder <id>/, a complete Vite project | 404
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "../../shared/base/file.h"
#include "../../shared/text/tar.h"
#include "apps.h"

#define PROJECT "/run/carrel/build/www/project"
#define DEPTH_MAX 8
#define TAR_BYTES (16u << 20)

struct packing {
	struct req *r;
	struct buf tar;
	const struct source *source;
	int64_t mtime;
};

static int
add_file(struct packing *p, const char *full, const char *path, struct err *e)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, TAR_BYTES);
	/* The app's own files take the place of the project's. */
	if (source_find(p->source, path))
		return 0;
	if (file_read(full, &b, e) < 0)
		return -1;
	tar_add(&p->tar, arena_fmt(&p->r->arena, "%s/%s", p->r->id, path), b.at, b.len, p->mtime);
	return 0;
}

/* The files of the project's folder `path` ("": all), without what npm makes. */
static int
add_project(struct packing *p, const char *path, int depth, struct err *e)
{
	const char *dir = arena_fmt(&p->r->arena, PROJECT "/%s", path);
	DIR *d = opendir(dir);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return err_sys(e, "open %s", dir);
	while (rc == 0 && (entry = readdir(d))) {
		const char *name = entry->d_name, *full, *below;
		struct stat st;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    strcmp(name, "node_modules") == 0)
			continue;
		full = arena_fmt(&p->r->arena, "%s/%s", dir, name);
		below = arena_fmt(&p->r->arena, "%s%s%s", path, *path ? "/" : "", name);
		if (lstat(full, &st) < 0)
			rc = err_sys(e, "look at %s", full);
		else if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
			rc = add_project(p, below, depth + 1, e);
		else if (S_ISREG(st.st_mode))
			rc = add_file(p, full, below, e);
	}
	closedir(d);
	return rc;
}

static int
compress_into(struct buf *out, const struct buf *in, struct err *e)
{
	z_stream z = {.next_in = (Bytef *)in->at, .avail_in = (uInt)in->len};
	char *to;
	int rc;

	/* 16 more than the window's bits: gzip instead of zlib's own header. */
	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_INTERNAL, "gzip does not start");
	z.avail_out = (uInt)deflateBound(&z, in->len);
	to = buf_room(out, z.avail_out);
	z.next_out = (Bytef *)to;
	rc = to ? deflate(&z, Z_FINISH) : Z_BUF_ERROR;
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return err_set(e, ERR_INTERNAL, "gzip failed (%d)", rc);
	buf_grew(out, z.total_out);
	return 0;
}

static int
pack(struct req *r, const struct source *s, int64_t mtime, struct err *e)
{
	struct packing p = {.r = r, .source = s, .mtime = mtime};
	int rc;

	buf_init(&p.tar, TAR_BYTES);
	rc = add_project(&p, "", 0, e);
	for (int i = 0; i < s->count && rc == 0; i++)
		tar_add(&p.tar, arena_fmt(&r->arena, "%s/%s", r->id, s->files[i].path),
		    s->files[i].text, s->files[i].len, mtime);
	tar_end(&p.tar);
	if (rc == 0 && p.tar.is_over)
		rc = err_set(e, ERR_INTERNAL, "the archive is too large");
	if (rc == 0)
		rc = compress_into(&r->out, &p.tar, e);
	buf_free(&p.tar);
	return rc;
}

static int
run(struct req *r, struct err *e)
{
	struct workspace w;
	struct source s;

	if (apps_get(r, &w, e) < 0)
		return -1;
	if (!w.current)
		return err_set(e, ERR_MISSING, "This app has no version yet that could be exported.");
	if (source_get(r->db, r->id, w.current, &r->arena, &s, e) < 0 ||
	    pack(r, &s, w.updated_at / 1000, e) < 0)
		return -1;
	reply_header(r, "Content-Disposition", arena_fmt(&r->arena,
	    "attachment; filename=\"carrel-%.8s-v%lld.tar.gz\"", r->id, (long long)w.current));
	return reply_send(r, 200, "application/gzip");
}

const struct endpoint apps_export = {
	.about = "A tar.gz with one folder, a complete Vite project: npm install, npm run build.",
	.replies = REPLIES({200, "The archive.", NULL, "application/gzip"}),
	.run = run,
};
