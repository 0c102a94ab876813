#include <string.h>

#include "../../shared/wire/bell.h"
#include "../../shared/store/account.h"
#include "assisting.h"

int
assisting_get(struct req *r, struct assist *a, struct err *e)
{
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0 || assist_get(r->db, r->part, &r->arena, a, e) < 0)
		return -1;
	if (strcmp(a->workspace, r->id) != 0)
		return err_set(e, ERR_MISSING, "There is no request to the assistant with this "
		    "id.");
	return 0;
}

const char *
assisting_address(struct req *r, const char *assist)
{
	return arena_fmt(&r->arena, "/workspaces/%s/assists/%s", r->id, assist);
}

static int
add(struct req *r, void *arg, struct err *e)
{
	struct assist *wanted = arg;
	struct workspace w;

	if (notebooks_get(r, &w, e) < 0)
		return -1;
	memcpy(wanted->workspace, r->id, ID_SIZE);
	wanted->caller = r->caller;
	wanted->created_at = clock_wall_ms();
	if (account_limit_tokens(r->db, &r->site->conf, w.owner, ASSIST_TOKENS_MIN,
	    wanted->created_at, &wanted->tokens_max, e) < 0 ||
	    assist_ask(r->db, wanted, wanted->id, e) < 0)
		return -1;
	return notebooks_note(r, r->id, wanted->kind, wanted->created_at, e);
}

int
assisting_ask(struct req *r, struct assist *wanted, struct err *e)
{
	if (req_transaction(r, add, wanted, e) < 0)
		return -1;
	bell_ring(NULL, wanted->id);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "accepted");
	json_put_text(&r->out, "assist", wanted->id);
	json_close(&r->out, '}');
	if (!reply_is_redirect(r))
		reply_header(r, "Location", assisting_address(r, wanted->id));
	return reply_result(r, 202, notebooks_page(r));
}
