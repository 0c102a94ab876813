#include <string.h>

#include "../../shared/store/access.h"
#include "../../shared/text/secret.h"
#include "../../shared/wire/bell.h"
#include "notebooks.h"

int
notebooks_get(struct req *r, struct workspace *w, struct err *e)
{
	return workspace_get_kind(r->db, r->id, "notebook", &r->arena, w, e);
}

const char *
notebooks_title(struct req *r, const char *text)
{
	char *title = arena_dup(&r->arena, text);

	for (char *p = title; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return title;
}

const char *
notebooks_page(struct req *r)
{
	return arena_fmt(&r->arena, "/notebook/%s", r->id);
}

const char *
notebooks_url(struct req *r, const char *id, const char *rest)
{
	char url[URL_SIZE];

	conf_app_url(&r->site->conf, id, url, sizeof(url));
	return arena_fmt(&r->arena, "%s%s", url, rest);
}

void
notebooks_ring(struct req *r)
{
	bell_ring(NULL, r->id);
}

int
notebooks_note(struct req *r, const char *id, const char *verb, int64_t now, struct err *e)
{
	return event_add(r->db, r->caller, verb, id, r->request_id, now, e);
}

void
notebooks_put_time(struct buf *b, const char *name, int64_t ms)
{
	char iso[21];

	if (ms)
		clock_iso(ms, iso);
	json_put_text(b, name, ms ? iso : NULL);
}

int
notebooks_reply_state(struct req *r, const char *status, struct err *e)
{
	struct buf *b = &r->out;
	struct notebook n;
	struct sandbox s;

	if (notebook_get(r->db, r->id, &r->arena, &n, e) < 0 ||
	    sandbox_get(r->db, r->id, &r->arena, &s, e) < 0)
		return -1;
	json_open(b, '{');
	json_put_text(b, "id", r->id);
	json_put_text(b, "status", status);
	json_put_text(b, "state", notebook_state(s.state, s.last_activity_at, clock_wall_ms()));
	json_put_text(b, "reason", s.reason);
	json_put_text(b, "notice", n.notice);
	json_close(b, '}');
	return reply_json(r, 200);
}

/* 202 to who did not want to wait. */
static int
reply_later(struct req *r)
{
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "accepted");
	json_put_text(&r->out, "id", r->id);
	json_close(&r->out, '}');
	reply_header(r, "Location", arena_fmt(&r->arena, "/workspaces/%s", r->id));
	reply_header(r, "Preference-Applied", "respond-async");
	return reply_json(r, 202);
}

int
notebooks_ask_keep(struct req *r, int (*ask)(struct req *r, void *unused, struct err *e),
    int (*look)(struct req *r, struct err *e), struct err *e)
{
	if (req_transaction(r, ask, NULL, e) < 0)
		return -1;
	notebooks_ring(r);
	if (reply_is_redirect(r))
		return reply_result(r, 303, notebooks_page(r));
	return req_prefers_async(r) ? reply_later(r) : req_wait(r, r->id, WAIT_MS, look);
}

int
notebooks_wait_on(struct req *r, const char *what, struct err *e)
{
	if (r->wait.is_late)
		return err_set(e, ERR_TIMEOUT, "The notebook is still being %s after %d s.", what,
		    WAIT_MS / 1000);
	if (r->wait.is_stopping)
		return err_set(e, ERR_BUSY, "Carrel is being restarted. The notebook is being %s all "
		    "the same.", what);
	return req_wait_on(r);
}

void
notebooks_token(char token[SECRET_TOKEN_SIZE], unsigned char hash[SECRET_HASH_BYTES])
{
	secret_token(token);
	secret_hash(token, strlen(token), hash);
}
