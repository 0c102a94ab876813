/*
 * POST /workspaces/{id}/share {"kind"}
 * 200 {"id","kind","url"} | 404 | 409 there are too many
 */
#include <string.h>

#include "notebooks.h"

struct sharing {
	struct share share;
	char token[SECRET_TOKEN_SIZE];
};

static int
share(struct req *r, void *arg, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	struct sharing *s = arg;
	struct workspace w;
	struct share *rows;
	int n;

	if (notebooks_get(r, &w, e) < 0 || (n = share_list(r->db, r->id, &r->arena, &rows, e)) < 0)
		return -1;
	if (n >= SHARES_MAX)
		return err_set(e, ERR_CONFLICT, "There are %d links, which is the most; revoke one "
		    "first.", SHARES_MAX);
	id_new(s->share.id);
	memcpy(s->share.workspace, r->id, ID_SIZE);
	s->share.created_at = clock_wall_ms();
	notebooks_token(s->token, hash);
	if (share_add(r->db, &s->share, hash, e) < 0)
		return -1;
	return notebooks_note(r, r->id, "share", s->share.created_at, e);
}

static int
run(struct req *r, struct err *e)
{
	struct sharing s = {.share.kind = req_text(r, "kind")};
	const char *kind = s.share.kind, *url;

	if (strcmp(kind, "view") && strcmp(kind, "app") && strcmp(kind, "edit"))
		return err_field(e, ERR_INPUT, "kind", "A link is of the kind view, app or edit.");
	if (req_transaction(r, share, &s, e) < 0)
		return -1;
	if (strcmp(kind, "view") == 0)
		url = arena_fmt(&r->arena, "%s://%s/view/%s", r->site->conf.scheme,
		    r->site->conf.site, s.token);
	else
		url = notebooks_url(r, r->id, arena_fmt(&r->arena, "?access_token=%s", s.token));
	json_open(&r->out, '{');
	json_put_text(&r->out, "id", s.share.id);
	json_put_text(&r->out, "kind", kind);
	json_put_text(&r->out, "url", url);
	json_close(&r->out, '}');
	/* A form's page shows the link, this once: it is kept nowhere.  What is behind # is sent
	 * to no server and is in no log. */
	return reply_result(r, 200, arena_fmt(&r->arena, "%s#link=%s", notebooks_page(r), url));
}

const struct endpoint notebooks_share = {
	.about = "Makes a link to give away. view shows the last saved outputs, and wakes nothing; "
	    "app is the running notebook without its code, where nothing can be changed but what "
	    "its own controls set; edit is all that the owner's link allows but the API. It is "
	    "shown this once, as only its hash is kept.",
	.fields = FIELDS({"kind", FIELD_TEXT, true, false, 1, 10, "view, app or edit."}),
	.replies = REPLIES({200, "The link.", "{\"id\":\"" EXAMPLE_OTHER "\",\"kind\":\"app\",\"url\":\""
	    EXAMPLE_URL "?access_token=" EXAMPLE_TOKEN "\"}", NULL},
	    {409, "There are a hundred links already.", NULL, NULL}),
	.run = run,
};
