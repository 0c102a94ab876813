/*
 * POST /workspaces/{id}/files/rename {"from","to"}
 * 200 {"status":"renamed","path"} | 404 | 409 there is something of that name
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/mem.h"
#include "files.h"

static int
move(int dir, const struct work *w, struct err *e)
{
	const char *from, *to;
	AUTO_FD int old = beneath_parent(dir, w->path, false, &from, NULL), new = -1;
	size_t made;
	int why;

	if (old < 0)
		return files_trouble("from", e);
	if (faccessat(old, from, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return files_trouble("from", e);
	new = beneath_parent(dir, w->to, true, &to, &made);
	if (new < 0)
		return files_trouble("to", e);
	if (renameat2(old, from, new, to, RENAME_NOREPLACE) == 0)
		return 0;
	why = errno;
	beneath_unmake(dir, w->to, made);
	if (why == EINVAL)
		return err_field(e, ERR_CONFLICT, "to", "A folder cannot go into itself.");
	errno = why;
	return files_trouble(why == ENOENT ? "from" : "to", e);
}

static int
go(struct req *r, int dir, struct err *e)
{
	const struct work *w = r->state;

	if (move(dir, w, e) < 0 || volume_note(r, dir, "rename file", e) < 0)
		return -1;
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "renamed");
	json_put_text(&r->out, "path", w->to);
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/notebook/%s", r->id));
}

static int
run(struct req *r, struct err *e)
{
	const char *to = req_text(r, "to");
	struct work *w;

	if (work_check("to", to, e) < 0 ||
	    !(w = work_new(r, go, "from", req_text(r, "from"), false, e)))
		return -1;
	memcpy(w->to, to, strlen(to) + 1);
	return work_start(r, e);
}

const struct endpoint files_rename = {
	.about = "Folders of the new name are made where they are missing.",
	.fields = FIELDS(FIELD_PATH("from", true, "The file or folder."),
	    FIELD_PATH("to", true, "Its new name, with its folders.")),
	.replies = REPLIES({200, "It has its new name.",
	    "{\"status\":\"renamed\",\"path\":\"data/b.csv\"}", NULL},
	    {403, "Its permissions do not allow this, or a page of another site asked.", NULL, NULL},
	    {409, "There is something of that name already.", NULL, NULL},
	    {507, "The notebook's disk is full.", NULL, NULL}),
	.run = run,
};
