/*
 * POST /workspaces/{id}/fork {"title"?}
 * 200 {"id","url","token","parent","left_out"} | 404 | 413 | 429 | 503 | 507
 *
 * The copy's volume is mounted before anything runs in it, and filled; until then its notice
 * says that it is being copied, which is what is left of it should this program end.
 */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/text/secret.h"
#include "../../shared/text/utf8.h"
#include "../../shared/wire/bell.h"
#include "../lib/allow.h"
#include "files.h"

#define NOTICE "It is being copied. Should this stay here, the copying broke off: delete it, and " \
	"copy the other one again."

static int
make(struct req *r, void *arg, struct err *e)
{
	const struct work *work = r->state;
	const char *id = arg;
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE];
	struct workspace from, w = {.kind = "notebook", .owner = r->caller, .parent = r->id,
	    .created_at = clock_wall_ms()};
	struct notebook n;
	struct source files;

	secret_token(token);	/* nobody's: the one that is told is made when all is there */
	secret_hash(token, strlen(token), hash);
	if (workspace_get_kind(r->db, r->id, "notebook", &r->arena, &from, e) < 0 ||
	    notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    notebook_files(r->db, r->id, &r->arena, &files, e) < 0)
		return -1;
	memcpy(w.id, id, ID_SIZE);
	memcpy(n.id, id, ID_SIZE);
	n.is_public = n.has_terminal = false;
	w.title = work->title[0] ? work->title : arena_fmt(&r->arena, "%.*s (copy)",
	    (int)utf8_bytes(from.title, TITLE_MAX - 7), from.title);
	if (allow_creation(r, w.created_at, e) < 0 || workspace_add(r->db, &w, e) < 0 ||
	    notebook_add(r->db, &n, hash, &files, e) < 0 ||
	    notebook_set_notice(r->db, id, NOTICE, e) < 0 ||
	    notebook_set_volume_wanted(r->db, id, w.created_at, e) < 0)
		return -1;
	return event_add(r->db, r->caller, "fork", id, r->request_id, w.created_at, e);
}

static int
finish(struct req *r, void *arg, struct err *e)
{
	const struct work *w = r->state;
	unsigned char hash[SECRET_HASH_BYTES];
	char *token = arg;

	secret_token(token);
	secret_hash(token, strlen(token), hash);
	if (notebook_set_token(r->db, w->to, hash, e) < 0)
		return -1;
	return notebook_set_notice(r->db, w->to, "", e);
}

static int
drop(struct req *r, void *arg, struct err *e)
{
	return workspace_delete(r->db, arg, e);
}

/* What could not be finished does not stay. */
static int
give_up(struct req *r, struct work *w)
{
	struct err ignored;

	if (req_transaction(r, drop, w->to, &ignored) == 0)
		bell_ring(NULL, w->to);
	return -1;
}

static int
reply(struct req *r, const struct work *w, const char *token, const struct copying *c)
{
	char url[600];

	conf_app_url(&r->site->conf, w->to, url, sizeof(url));
	json_open(&r->out, '{');
	json_put_text(&r->out, "id", w->to);
	json_put_text(&r->out, "url", url);
	json_put_text(&r->out, "token", token);
	json_put_text(&r->out, "parent", r->id);
	json_put_int(&r->out, "left_out", c->left_out);
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/notebook/%s", w->to));
}

/* Both volumes are there, or waited for. */
static int
fill(struct req *r, struct err *e)
{
	struct work *w = r->state;
	AUTO_FD int from = volume_open(r->id), to = volume_open(w->to);
	char token[SECRET_TOKEN_SIZE];
	struct copying c = {0};

	if (from < 0 || to < 0) {
		if (!r->wait.is_late && !r->wait.is_stopping)
			return req_wait_on(r);
		err_set(e, ERR_BUSY, "The files of this notebook cannot be had at the moment; try again.");
		return give_up(r, w);
	}
	if (copy_all(from, to, &c, e) < 0 || req_transaction(r, finish, token, e) < 0)
		return give_up(r, w);
	bell_ring(NULL, w->to);
	return reply(r, w, token, &c);
}

static int
go(struct req *r, int dir, struct err *e)
{
	struct work *w = r->state;

	(void)dir;
	id_new(w->to);
	if (req_transaction(r, make, w->to, e) < 0)
		return -1;
	bell_ring(NULL, w->to);
	return req_wait(r, w->to, FILES_WAIT_MS, fill);
}

static int
run(struct req *r, struct err *e)
{
	const char *title = req_text(r, "title");
	struct work *w = work_new(r, go, "path", NULL, true, e);

	if (!w)
		return -1;
	snprintf(w->title, sizeof(w->title), "%s", title ? title : "");
	return work_start(r, e);
}

const struct endpoint files_fork = {
	.about = "A notebook of one's own with the files as they are at this moment, also of one that "
	    "runs; its variables, packages and links are not copied, but its lock file is, and "
	    "packages come anew from that. left_out counts links and other things that are no files.",
	.fields = FIELDS({"title", FIELD_TEXT, false, false, 1, TITLE_MAX,
	    "Its title; else that of the first with (copy) behind it."}),
	.replies = REPLIES({200, "The copy is there, asleep. Its token is told this once.",
	    "{\"id\":\"k7d2a6qphw3xm5nbtv4yzr2jce\",\"url\":\"http://k7d2a6qphw3xm5nbtv4yzr2jce"
	    ".localhost:8080/\",\"token\":\"k7d2a6qphw3xm5nbtv4yzr2jce" EXAMPLE_ID "\","
	    "\"parent\":\"" EXAMPLE_ID "\",\"left_out\":0}", NULL},
	    {413, "It has more than 20000 files or 512 MB.", NULL, NULL},
	    {507, "The machine's disk, or the copy's, is full.", NULL, NULL}, REPLY_QUOTA),
	.run = run,
};
