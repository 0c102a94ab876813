#include <string.h>

#include "../../shared/base/mem.h"
#include "field.h"

enum fate { PASS, DROP, VITAL, COOKIE, SET };

static const struct rule {
	const char *name;
	size_t len;		/* without the star */
	bool has_star;
	enum fate request, response;
} rules[] = {
#define FIELD(name, REQUEST, RESPONSE) \
	{name, sizeof(name) - 1 - (name[sizeof(name) - 2] == '*'), \
	    name[sizeof(name) - 2] == '*', REQUEST, RESPONSE},
#include "field.def"
#undef FIELD
};

/* Also other cookies of that strictest kind: they are never a server's in a sandbox. */
static const char *const our_cookies[] = {"carrel", "__host-", "__secure-carrel"};

static const struct rule *
find_rule(struct text name)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct rule *r = &rules[i];

		if ((r->has_star ? name.len >= r->len : name.len == r->len) &&
		    strncasecmp(name.at, r->name, r->len) == 0)
			return r;
	}
	return NULL;
}

/* Does a Connection field list this one as being of one hop only? */
static bool
is_of_one_hop(const struct head *h, struct text name)
{
	for (int i = 0; i < h->count; i++) {
		struct text list = h->fields[i].value, item;

		if (!text_is(h->fields[i].name, "connection"))
			continue;
		while (text_item(&list, ',', &item))
			if (item.len == name.len &&
			    strncasecmp(item.at, name.at, name.len) == 0)
				return true;
	}
	return false;
}

bool
field_connection_is_bad(const struct head *h)
{
	for (int i = 0; i < h->count; i++) {
		const struct rule *r = find_rule(h->fields[i].name);

		if (r && r->request == VITAL && is_of_one_hop(h, h->fields[i].name))
			return true;
	}
	return false;
}

static void
add(struct buf *to, struct text t)
{
	buf_add(to, t.at, t.len);
}

static void
add_field(struct buf *to, struct text name, struct text value)
{
	add(to, name);
	buf_str(to, ": ");
	add(to, value);
	buf_str(to, "\r\n");
}

static bool
is_ours(struct text name)
{
	for (size_t i = 0; i < COUNT(our_cookies); i++)
		if (text_starts(name, our_cookies[i]))
			return true;
	return false;
}

static void
add_cookies(struct buf *to, const struct head_field *f)
{
	struct text rest = f->value, item;
	bool is_first = true;

	while (text_item(&rest, ';', &item)) {
		if (!item.len || is_ours(item))
			continue;
		if (is_first)
			add(to, f->name);
		buf_str(to, is_first ? ": " : "; ");
		add(to, item);
		is_first = false;
	}
	if (!is_first)
		buf_str(to, "\r\n");
}

/* What stands before "=", if anything does. */
static bool
split_name(struct text item, struct text *name)
{
	const char *equals = memchr(item.at, '=', item.len);

	if (!equals)
		return false;
	*name = text_trim((struct text){item.at, (size_t)(equals - item.at)});
	return name->len > 0;
}

/* A cookie without a name reaches servers as if its value were "name=value". */
static void
add_set_cookie(struct buf *to, const struct head_field *f)
{
	struct text rest = f->value, item, name = {"", 0};

	text_item(&rest, ';', &item);
	if (!split_name(item, &name) || is_ours(name))
		return;
	add(to, f->name);
	buf_str(to, ": ");
	add(to, item);
	while (text_item(&rest, ';', &item)) {
		name = item;
		split_name(item, &name);
		if (!item.len || text_is(name, "domain"))
			continue;
		buf_str(to, "; ");
		add(to, item);
	}
	buf_str(to, "\r\n");
}

static void
add_fields(const struct head *h, bool is_request, struct buf *to)
{
	bool has_hops = false;

	for (int i = 0; i < h->count; i++)
		has_hops |= text_is(h->fields[i].name, "connection");
	for (int i = 0; i < h->count; i++) {
		const struct head_field *f = &h->fields[i];
		const struct rule *r = find_rule(f->name);
		enum fate fate = !r ? PASS : is_request ? r->request : r->response;

		if (fate == DROP)
			continue;
		if (has_hops && fate != VITAL && is_of_one_hop(h, f->name))
			continue;
		if (fate == COOKIE)
			add_cookies(to, f);
		else if (fate == SET)
			add_set_cookie(to, f);
		else
			add_field(to, f->name, f->value);
	}
}

void
field_request(const struct head *h, const struct ask *a, struct buf *to)
{
	add(to, h->method);
	buf_char(to, ' ');
	add(to, h->target);
	buf_str(to, h->minor ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
	add_fields(h, true, to);
	if (a->request[0])
		buf_fmt(to, "X-Request-Id: %s\r\n", a->request);
	buf_str(to, a->is_upgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" :
	    "Connection: close\r\n\r\n");
}

bool
field_response_is_fine(const struct head *h, const struct ask *a)
{
	const struct head_field *f;

	if (h->status != 101)
		return true;
	f = head_find(h, "upgrade", NULL);
	return a->is_upgrade && f && text_is(f->value, "websocket") && h->minor == 1 &&
	    h->length < 0 && !h->is_chunked;
}

void
field_safety(struct buf *to)
{
#define SAFETY(name, value) buf_str(to, name ": " value "\r\n");
#include "safety.def"
#undef SAFETY
}

static const char notebook_policy[] =
#define POLICY(what, from) what " " from "; "
#include "policy.def"
#undef POLICY
;

void
field_response(const struct head *h, const struct ask *a, const struct site *s,
    struct buf *to)
{
	buf_fmt(to, "HTTP/1.%d %d ", h->minor, h->status);
	add(to, h->reason);
	buf_str(to, "\r\n");
	add_fields(h, false, to);
	if (a->request[0])
		buf_fmt(to, "X-Request-Id: %s\r\n", a->request);
	if (h->status == 101) {
		buf_str(to, "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
		return;
	}
	field_safety(to);
	buf_fmt(to, "Content-Security-Policy: %sframe-ancestors 'self' %s\r\n"
	    "Connection: close\r\n\r\n", a->is_notebook ? notebook_policy : "", s->control);
}
