#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "field.h"
#include "frozen.h"

static const struct refusal fine = {0, NULL};

static bool
is_port(struct text t)
{
	if (t.len < 2 || t.len > 6 || t.at[0] != ':')
		return false;
	for (size_t i = 1; i < t.len; i++)
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
	return true;
}

bool
ask_host_id(struct text host, const char *domain, char id[ID_SIZE])
{
	size_t n = strlen(domain), used = ID_LEN + 1 + n;

	if (host.len < used || host.at[ID_LEN] != '.' ||
	    strncasecmp(host.at + ID_LEN + 1, domain, n) != 0)
		return false;
	if (host.len > used && !is_port((struct text){host.at + used, host.len - used}))
		return false;
	for (size_t i = 0; i < ID_LEN; i++)
		id[i] = host.at[i] >= 'A' && host.at[i] <= 'Z' ? (char)(host.at[i] + 32) :
		    host.at[i];
	id[ID_LEN] = '\0';
	return id_is_valid(id);
}

static bool
changes_state(struct text method)
{
	return !text_is(method, "get") && !text_is(method, "head") &&
	    !text_is(method, "options");
}

/* "" where the field is absent, or there more than once. */
static struct text
value_of(const struct head *h, const char *name)
{
	const struct head_field *f = head_find(h, name, NULL);

	return f ? f->value : (struct text){"", 0};
}

static bool
is_own_origin(struct text origin, struct text host, const struct site *s)
{
	size_t n = strlen(s->scheme);

	return text_starts(origin, s->scheme) && origin.len == n + 3 + host.len &&
	    memcmp(origin.at + n, "://", 3) == 0 &&
	    strncasecmp(origin.at + n + 3, host.at, host.len) == 0;
}

/*
 * A page of somebody else must not act here.  Browsers say where a request comes from;
 * programs say nothing and pass.  Without a referrer (our own Referrer-Policy) a form's
 * Origin is "null", so that one needs the other witness.
 */
static bool
comes_from_elsewhere(const struct head *h, const struct site *s)
{
	int origins, sites;
	struct text site, origin;

	head_find(h, "origin", &origins);
	head_find(h, "sec-fetch-site", &sites);
	site = value_of(h, "sec-fetch-site");
	origin = value_of(h, "origin");
	if (origins > 1 || sites > 1)
		return true;
	if (sites && !text_is(site, "same-origin") && !text_is(site, "none"))
		return true;
	if (!origins || is_own_origin(origin, value_of(h, "host"), s))
		return false;
	return !(text_is(origin, "null") && text_is(site, "same-origin"));
}

static bool
wants_upgrade(const struct head *h)
{
	bool says_so = false;

	for (int i = 0; i < h->count; i++)
		if (text_is(h->fields[i].name, "connection"))
			says_so |= text_lists(h->fields[i].value, "upgrade");
	return says_so && h->minor == 1 && text_is(h->method, "get") &&
	    text_is(value_of(h, "upgrade"), "websocket");
}

static bool
is_page(const struct head *h)
{
	struct text mode = value_of(h, "sec-fetch-mode"), accept = value_of(h, "accept");

	if (!text_is(h->method, "get") && !text_is(h->method, "head") &&
	    !text_is(h->method, "post"))
		return false;
	if (mode.len)
		return text_is(mode, "navigate");
	return memmem(accept.at, accept.len, "text/html", strlen("text/html"));
}

static bool
is_top(struct text target)
{
	return target.len && target.at[0] == '/' && (target.len == 1 || target.at[1] == '?');
}

static void
describe(const struct head *h, struct ask *a)
{
	*a = (struct ask){
		.is_upgrade = wants_upgrade(h),
		.is_head = text_is(h->method, "head"),
		.is_page = is_page(h),
		.is_part = !is_page(h) && !is_top(h->target),
		.is_asset = frozen_is_asset(h->target),
		.is_change = changes_state(h->method),
		.path = path_judge(h->target),
		.is_read = text_is(h->method, "get") || text_is(h->method, "head"),
		.body = h->is_chunked ? -1 : h->length > 0 ? h->length : 0,
	};
	if (!a->is_upgrade)
		return;
	a->is_page = a->is_read = false;
	a->is_ping = text_is(value_of(h, "sec-websocket-protocol"), "vite-ping");
}

static struct refusal
closed(int status)
{
	return (struct refusal){status, status == 404 ?
	    "There is nothing at this address." :
	    "This address is not open to visitors."};
}

struct refusal
ask_judge(const struct head *h, const struct site *s, struct ask *a)
{
	describe(h, a);
	if (!ask_host_id(value_of(h, "host"), s->apps_domain, a->id))
		return (struct refusal){421, "No app is served under this name."};
	if (text_is(h->method, "connect") || text_is(h->method, "trace"))
		return (struct refusal){405, "Apps do not answer that method."};
	if (field_connection_is_bad(h))
		return (struct refusal){400, "Connection names a field that must stay."};
	if (a->is_upgrade && a->body)
		return (struct refusal){400, "A request for a WebSocket has no body."};
	if (a->path.app && a->path.app == a->path.notebook && !a->is_asset)
		return closed(a->path.app);
	if ((a->is_upgrade || a->is_change) && comes_from_elsewhere(h, s))
		return (struct refusal){403, "Only the app's own pages may do this."};
	if (a->is_upgrade)
		a->body = -1;
	return fine;
}

struct refusal
ask_judge_door(struct ask *a, enum door door, bool has_terminal)
{
	const struct path *p = &a->path;

	if (!a->is_notebook) {
		a->is_quiet = a->is_ping;
		return p->app && !a->is_asset ? closed(p->app) : fine;
	}
	a->is_quiet = door == DOOR_TOOL ? p->is_quiet_tool : p->is_quiet;
	if (p->notebook)
		return closed(p->notebook);
	if (p->is_shell && (door != DOOR_APP || !has_terminal))
		return (struct refusal){403, door != DOOR_APP ?
		    "This link does not open the notebook's terminal." :
		    "This notebook's terminal is closed; its owner can open it in Carrel."};
	if (door == DOOR_RUN && a->is_change && !p->is_view)
		return (struct refusal){403,
		    "This link shows the notebook as an app; it changes nothing in it."};
	return fine;
}
