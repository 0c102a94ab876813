/*
 * GET /workspaces/{id}/preview
 * GET /view/{token}: of a share of kind "view", or the id of a public notebook
 * 200 text/html: the notebook with its last outputs, as it wrote it itself | 404
 *
 * Nothing is woken.  The page is the notebook's, so it runs without an origin, and can load
 * nothing but marimo's own scripts.
 */
#include <errno.h>
#include <string.h>

#include "../../shared/base/beneath.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "files.h"

#define PREVIEW "__marimo__/preview.html"
#define ASSETS "/__carrel/marimo/"	/* the web server's, see runner/carreld */
#define HTML "text/html; charset=utf-8"

static const char *
policy(struct req *r)
{
	const char *from = "";

	for (int i = 0; i < r->site->names; i++)
		from = arena_fmt(&r->arena, "%s %s" ASSETS, from, r->site->origins[i]);
	return arena_fmt(&r->arena, "sandbox allow-scripts allow-popups; default-src 'none'; "
	    "script-src 'unsafe-inline' 'unsafe-eval' blob:%s; style-src 'unsafe-inline'%s; "
	    "font-src data:%s; img-src data: blob:%s; media-src data: blob:; "
	    "connect-src data: blob:%s; worker-src blob:%s; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'self'", from, from, from, from, from, from);
}

static int
say_nothing_yet(struct req *r, struct err *e)
{
	static const char page[] = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
	    "<title>No preview</title>\n<p>Nothing has been run yet.</p>\n";

	if (!req_prefers_html(r))
		return err_set(e, ERR_MISSING, "Nothing has been run yet.");
	buf_str(&r->out, page);
	return reply_send(r, 404, HTML);
}

int
preview_go(struct req *r, int dir, struct err *e)
{
	struct stat st;
	int fd = beneath_file(dir, PREVIEW, &st);

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP && errno != EISDIR &&
	    errno != EINVAL && errno != ENXIO)
		return err_sys(e, "open a preview");
	reply_header(r, "Content-Security-Policy", policy(r));
	reply_header(r, "X-Frame-Options", "SAMEORIGIN");
	/* Browsers refuse a page that is in a sandbox and asks for this. */
	reply_header(r, "Cross-Origin-Opener-Policy", "unsafe-none");
	reply_header(r, "Referrer-Policy", "no-referrer");
	reply_header(r, "X-Robots-Tag", "noindex");
	if (fd < 0)
		return say_nothing_yet(r, e);
	return files_send(r, fd, 200, HTML, 0, st.st_size, e);
}

static int
run(struct req *r, struct err *e)
{
	return work_new(r, preview_go, "path", NULL, true, e) ? work_start(r, e) : -1;
}

/* The notebook that the link shows, as the request's id. */
static int
find(struct req *r, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	struct notebook n;
	struct err ignored;
	struct share s;

	secret_hash(r->part, strlen(r->part), hash);
	if (share_get(r->db, hash, &r->arena, &s, e) == 0) {
		if (strcmp(s.kind, "view") == 0) {
			memcpy(r->id, s.workspace, ID_SIZE);
			return 0;
		}
	} else if (e->kind != ERR_MISSING) {
		return -1;
	} else if (id_is_valid(r->part) &&
	    notebook_get(r->db, r->part, &r->arena, &n, &ignored) == 0 && n.is_public) {
		memcpy(r->id, n.id, ID_SIZE);
		return 0;
	}
	return err_set(e, ERR_MISSING, "This link is not valid any more.");
}

static int
run_view(struct req *r, struct err *e)
{
	return find(r, e) < 0 ? -1 : run(r, e);
}

#define SHOWN REPLIES({200, "The page.", NULL, "text/html"}, \
	{404, "There is no such notebook, or nothing has been run yet.", NULL, NULL})

const struct endpoint files_preview = {
	.about = "The notebook with its last outputs, without waking it.",
	.replies = SHOWN,
	.run = run,
};

const struct endpoint files_view = {
	.about = "What a link that was shared for viewing shows; or, by its id, a public notebook.",
	.replies = SHOWN,
	.run = run_view,
};
