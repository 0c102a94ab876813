#include "../../shared/store/access.h"
#include "../../shared/wire/bell.h"
#include "apps.h"

int
apps_get(struct req *r, struct workspace *w, struct err *e)
{
	return workspace_get_kind(r->db, r->id, "app", &r->arena, w, e);
}

const char *
apps_page(struct req *r)
{
	return arena_fmt(&r->arena, "/app/%s", r->id);
}

void
apps_ring(const char *workspace, const char *job)
{
	if (job)
		bell_ring(NULL, job);
	bell_ring(NULL, workspace);
}

int
apps_note(struct req *r, const char *workspace, const char *verb, int64_t now, struct err *e)
{
	return event_add(r->db, r->caller, verb, workspace, r->request_id, now, e);
}

void
apps_open(struct req *r, const char *status)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", status);
}

const struct job_image *
apps_image(struct req *r)
{
	const struct value *given = req_image(r, "image");
	struct job_image *image;

	if (!given)
		return NULL;
	image = arena_new(&r->arena, sizeof(*image));
	*image = (struct job_image){given->text, given->bytes, given->len};
	return image;
}

int
apps_created(struct req *r, const char *workspace)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "app_id", workspace);
	json_put_text(&r->out, "status", "created");
	json_close(&r->out, '}');
	return reply_result(r, 200, arena_fmt(&r->arena, "/app/%s", workspace));
}
