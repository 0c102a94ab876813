#include <stdio.h>
#include <string.h>

#include "../../shared/base/log.h"
#include "reply.h"

static void
put_common(struct req *r, const struct err *e)
{
	json_put_text(&r->out, "detail", err_public(e));
	if (e->field[0])
		json_put_text(&r->out, "field", e->field);
	/* Clients of the API that this one follows know a 401 by its exact body. */
	if (e->kind != ERR_AUTH)
		json_put_text(&r->out, "request_id", r->request_id);
}

static void
prepare(struct req *r, const struct err *e)
{
	char secs[16];

	/* What one client does wrong is not the operator's concern; what we do wrong is. */
	if (err_status(e->kind) >= 500)
		log_error("%s %s: %s", r->method, r->path, e->text);
	buf_reset(&r->out);
	if (err_may_retry(e->kind) && e->kind != ERR_INTERNAL) {
		snprintf(secs, sizeof(secs), "%d", e->retry_after_secs ? e->retry_after_secs : 2);
		reply_header(r, "Retry-After", secs);
	}
}

/* What to do next, and the link to it, by kind. */
static const char *
advice(struct req *r, enum err_kind kind, const char **href, const char **label)
{
	bool is_notebook = reply_is_about_notebook(r);

	*href = "/";
	*label = "Go to the start page";
	switch (kind) {
	case ERR_MISSING:
		*href = is_notebook ? "/notebooks" : "/apps";
		*label = is_notebook ? "Show my notebooks" : "Show my apps";
		return "It may have been deleted, or the address was copied only in part.";
	case ERR_INPUT:
	case ERR_LIMIT:
	case ERR_TYPE:
		return "Go back, change what was sent, and send it again.";
	case ERR_HOST:
		return "Use the address that Carrel printed when it started.";
	case ERR_QUOTA:
	case ERR_BUSY:
	case ERR_READONLY:
	case ERR_TIMEOUT:
	case ERR_UPSTREAM:
		if (r->id[0] && r->route && !(r->route->flags & PAGE)) {
			*href = arena_fmt(&r->arena, is_notebook ? "/notebook/%s" : "/app/%s", r->id);
			*label = is_notebook ? "Back to the notebook" : "Back to the app";
		}
		return "Wait a moment and try again.";
	default:
		return "Go back to the page before, or begin anew.";
	}
}

static int
send_page(struct req *r, const struct err *e)
{
	const char *href, *label;
	cJSON *c = cJSON_CreateObject(), *actions = cJSON_AddArrayToObject(c, "actions");
	cJSON *action = cJSON_CreateObject();
	struct err own = {0};

	cJSON_AddStringToObject(c, "page_title", "Not done · Carrel");
	cJSON_AddStringToObject(c, "title", err_public(e));
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)
		cJSON_AddStringToObject(c, "safe", "Nothing was changed.");
	else if (e->kind == ERR_MISSING)
		cJSON_AddStringToObject(c, "safe", reply_is_about_notebook(r) ?
		    "Your notebooks and their files are untouched." :
		    "Your apps and their versions are untouched.");
	if (e->field[0])
		cJSON_AddStringToObject(c, "field", e->field);
	if (r->typed && r->typed[0])
		cJSON_AddStringToObject(c, "typed", r->typed);
	cJSON_AddStringToObject(c, "next", advice(r, e->kind, &href, &label));
	cJSON_AddStringToObject(action, "href", href);
	cJSON_AddStringToObject(action, "label", label);
	cJSON_AddTrueToObject(action, "main");
	cJSON_AddItemToArray(actions, action);
	cJSON_AddNumberToObject(c, "status", err_status(e->kind));
	cJSON_AddStringToObject(c, "request_id", r->request_id);
	return reply_page(r, err_status(e->kind), "error", c, &own);
}

void
reply_error(struct req *r, const struct err *e)
{
	prepare(r, e);
	if (req_prefers_html(r) && r->site->templates && send_page(r, e) == 0)
		return;
	buf_reset(&r->out);
	json_open(&r->out, '{');
	put_common(r, e);
	json_close(&r->out, '}');
	reply_json(r, err_status(e->kind));
}

void
reply_failure(struct req *r, const struct err *e)
{
	prepare(r, e);
	json_open(&r->out, '{');
	json_put_text(&r->out, "status", "error");
	json_put_text(&r->out, "message", err_public(e));
	put_common(r, e);
	json_close(&r->out, '}');
	reply_json(r, err_status(e->kind));
}
