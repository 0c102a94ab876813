/*
 * DELETE /workspaces/{id}/files/{path}[?recursive=1]
 * POST   /workspaces/{id}/files/delete {"path","recursive"?}, for forms
 * 200 {"status":"deleted"} | 404 | 409 the folder is not empty
 */
#include "../../shared/base/beneath.h"
#include "files.h"

#define ENTRIES_MAX 100000	/* removed at once */

static int
go(struct req *r, int dir, struct err *e)
{
	const struct work *w = r->state;

	if (beneath_remove(dir, w->path, w->is_set, ENTRIES_MAX) < 0)
		return files_trouble("path", e);
	if (volume_note(r, dir, "delete file", e) < 0)
		return -1;
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "deleted");
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/notebook/%s", r->id));
}

static int
start(struct req *r, const char *path, struct err *e)
{
	struct work *w = work_new(r, go, "path", path, false, e);

	if (!w)
		return -1;
	w->is_set = req_number(r, "recursive", 0);
	return work_start(r, e);
}

static int
run(struct req *r, struct err *e)
{
	return start(r, r->part, e);
}

static int
run_form(struct req *r, struct err *e)
{
	return start(r, req_text(r, "path"), e);
}

#define FIELD_RECURSIVE {"recursive", FIELD_NUMBER, false, false, 0, 1, \
	"1: a folder goes with all that is in it."}
#define DELETED REPLIES({200, "It is gone.", "{\"status\":\"deleted\"}", NULL}, \
	{403, "Its permissions do not allow this, or a page of another site asked.", NULL, NULL}, \
	{409, "The folder is not empty.", NULL, NULL})

const struct endpoint files_delete = {
	.about = "A link goes, not what it points to.",
	.fields = FIELDS(FIELD_RECURSIVE),
	.replies = DELETED,
	.run = run,
};

const struct endpoint files_delete_form = {
	.fields = FIELDS(FIELD_PATH("path", true, "What to delete."), FIELD_RECURSIVE),
	.replies = DELETED,
	.run = run_form,
};
