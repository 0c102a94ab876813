#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "files.h"

int
files_trouble(const char *field, struct err *e)
{
	switch (errno) {
	case ENOENT:
		return err_field(e, ERR_MISSING, field, "There is nothing of this name.");
	case ENOTDIR:
	case ELOOP:
	case EXDEV:
		return err_field(e, ERR_MISSING, field,
		    "A part of this name is no folder; links are not followed here.");
	case EISDIR:
		return err_field(e, ERR_MISSING, field, "This is a folder, not a file.");
	case EINVAL:
	case ENXIO:
		return err_field(e, ERR_MISSING, field, "This is neither a file nor a folder.");
	case EEXIST:
		return err_field(e, ERR_CONFLICT, field, "There is something of this name already.");
	case ENOTEMPTY:
		return err_field(e, ERR_CONFLICT, field,
		    "The folder is not empty; with recursive all that is in it goes, too.");
	case EOVERFLOW:
		return err_field(e, ERR_CONFLICT, field,
		    "The folder is too deep to be removed from outside of the notebook.");
	case EACCES:
	case EPERM:
		return err_field(e, ERR_DENIED, field, "Its permissions do not allow this.");
	case EAGAIN:
		return err_set(e, ERR_BUSY, "There was more to do than goes at once; ask again.");
	case ENAMETOOLONG:
		return err_field(e, ERR_INPUT, field, "The name is too long.");
	case EDQUOT:
	case ENOSPC:
		return err_field(e, ERR_FULL, field,
		    "The notebook's disk is full; delete something, and try again.");
	}
	return err_sys(e, "the field %s", field);
}

int
work_check(const char *field, const char *path, struct err *e)
{
	const char *trouble = path_trouble(path), *last = strrchr(path, '/');

	if (!trouble && strncmp(last ? last + 1 : path, FILES_TEMP, strlen(FILES_TEMP)) == 0)
		trouble = "begins as Carrel's own do";
	if (trouble)
		return err_field(e, ERR_INPUT, field, "The field %s %s.", field, trouble);
	return 0;
}

static void
end(void *state)
{
	struct work *w = state;

	fd_close_at(&w->sending.fd);
}

struct work *
work_new(struct req *r, int (*go)(struct req *r, int dir, struct err *e), const char *field,
    const char *path, bool may_be_top, struct err *e)
{
	struct notebook n;
	struct work *w;

	if (!path)
		path = "";
	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    ((*path || !may_be_top) && work_check(field, path, e) < 0))
		return NULL;
	w = req_state(r, sizeof(*w));
	r->end_state = end;
	w->go = go;
	w->sending.fd = -1;
	memcpy(w->path, path, strlen(path) + 1);
	return w;
}

static int
look(struct req *r, struct err *e)
{
	struct work *w = r->state;
	AUTO_FD int dir = volume_open(r->id);

	if (dir >= 0)
		return w->go(r, dir, e);
	if (!r->wait.is_late && !r->wait.is_stopping)
		return req_wait_on(r);
	return err_set(e, ERR_BUSY,
	    "The files of this notebook cannot be had at the moment; try again.");
}

int
work_start(struct req *r, struct err *e)
{
	struct work *w = r->state;
	AUTO_FD int dir = -1;

	if (volume_want(r, e) < 0)
		return -1;
	dir = volume_open(r->id);
	return dir >= 0 ? w->go(r, dir, e) : req_wait(r, r->id, FILES_WAIT_MS, look);
}
