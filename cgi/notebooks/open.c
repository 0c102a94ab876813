/*
 * GET /open/{id}[?as=app]
 * 303 to the notebook's own address, with a ticket that lets this browser in | 404
 */
#include <stdio.h>
#include <string.h>

#include "notebooks.h"

struct opening {
	struct pass pass;
	char ticket[SECRET_TOKEN_SIZE];
};

static int
admit(struct req *r, void *arg, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	struct opening *o = arg;

	notebooks_token(o->ticket, hash);
	o->pass.expires_at = clock_wall_ms() + TICKET_MS;
	return pass_add(r->db, &o->pass, true, hash, e);
}

static int
run(struct req *r, struct err *e)
{
	const char *as = req_text(r, "as");
	struct opening o = {0};
	struct workspace w;

	if (as && strcmp(as, "app") != 0 && strcmp(as, "edit") != 0)
		return err_field(e, ERR_INPUT, "as", "A notebook is opened as edit or as app.");
	if (notebooks_get(r, &w, e) < 0)
		return -1;
	memcpy(o.pass.workspace, r->id, ID_SIZE);
	snprintf(o.pass.kind, sizeof(o.pass.kind), "%s", as ? as : "edit");
	/* Who asks for the head alone does not come in. */
	if (!r->is_head && req_transaction(r, admit, &o, e) < 0)
		return -1;
	reply_header(r, "Location", notebooks_url(r, r->id, r->is_head ? "" :
	    arena_fmt(&r->arena, "?ticket=%s", o.ticket)));
	r->may_be_framed = true;
	return reply_send(r, 303, NULL);
}

const struct endpoint notebooks_open = {
	.about = "For who is signed in here, in a browser: the ticket is good once, for 30 s.",
	.fields = FIELDS({"as", FIELD_TEXT, false, false, 0, 10,
	    "edit (where nothing is said), or app: as who has an app link sees it."}),
	.replies = REPLIES({303, "To the notebook's own address.", NULL, NULL}),
	.run = run,
};
