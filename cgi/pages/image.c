/*
 * GET /app/{id}/image: the picture that came with a prompt.
 */
#include <string.h>

#include "view.h"

static int
run(struct req *r, struct err *e)
{
	const char *id = req_text(r, "job");
	struct job_image image;
	struct job j;

	if (!id_is_valid(id) || job_get(r->db, id, &r->arena, &j, NULL) < 0 ||
	    strcmp(j.workspace, r->id) != 0 ||
	    job_get_image(r->db, id, &r->arena, &image, e) < 0 || image.len == 0)
		return err_set(e, ERR_MISSING, "There is no picture here.");
	buf_add(&r->out, image.bytes, image.len);
	reply_header(r, "Cache-Control", "private, max-age=86400, immutable");
	return reply_send(r, 200, image.type);
}

const struct endpoint pages_image = {
	.fields = FIELDS({"job", FIELD_TEXT, true, false, 26, 26, "The job it came with."}),
	.replies = REPLIES({200, "The picture.", NULL, "image/png"},
	    {404, "There is no picture.", NULL, NULL}),
	.run = run,
};
