/* What the template docs.html is filled with; see its head. */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "describe.h"

#define EXAMPLE_BASE "http://localhost:8080"
#define EXAMPLE_ID "34upkvhjpas2kd26wirwj5gdkc"

struct group {
	const char *slug, *name, *about;
	const char *plugin;
	bool is_admin;
};

static const struct group groups[] = {
	{"apps", "Apps", "An app is made by a sentence and changed by further ones. Each has its "
	    "own address and its own sandbox.", "apps", false},
	{"files", "Files of notebooks", "They can be had also while the notebook sleeps. What is "
	    "in /tmp there is not kept, and not among them.", "files", false},
	{"admin", "Administration", "These need the ADMIN_SECRET of this Carrel.", "apps", true},
	{"notebooks", "Notebooks", "A notebook is a live marimo kernel in a sandbox of its own. Its "
	    "token opens it, and all of its addresses here, as Authorization: Bearer.",
	    "notebooks", false},
	{"system", "This Carrel", NULL, "system", false},
	{"pages", "Pages", "What people see in a browser.", "pages", false},
};

static void
put_slug(struct buf *b, const struct route *r)
{
	char name[64];

	route_unique_name(r, name, sizeof(name));
	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = '-';
	json_put_text(b, "slug", name);
}

static void
put_limit(struct buf *b, const struct field *f)
{
	char words[64];

	if (f->type == FIELD_FILE)
		snprintf(words, sizeof(words), "up to the room that is left");
	else if (f->type == FIELD_IMAGE)
		snprintf(words, sizeof(words), "up to %lld MB", (long long)f->max >> 20);
	else if (f->type == FIELD_NUMBER && f->max == INT32_MAX)
		snprintf(words, sizeof(words), "from %lld", (long long)f->min);
	else if (f->type == FIELD_NUMBER)
		snprintf(words, sizeof(words), "%lld to %lld", (long long)f->min, (long long)f->max);
	else if (f->min > 0)
		snprintf(words, sizeof(words), "%lld to %lld characters", (long long)f->min,
		    (long long)f->max);
	else
		snprintf(words, sizeof(words), "up to %lld characters", (long long)f->max);
	json_put_text(b, "limit", words);
}

static void
put_field(struct buf *b, const struct field *f, const char *where)
{
	static const char *const types[] = {[FIELD_TEXT] = "text", [FIELD_NUMBER] = "number",
	    [FIELD_IMAGE] = "picture", [FIELD_FILE] = "file"};

	json_open(b, '{');
	json_put_text(b, "name", f->name);
	json_put_text(b, "where", where);
	json_put_text(b, "type", types[f->type]);
	json_put_bool(b, "must", f->is_must);
	put_limit(b, f);
	json_put_text(b, "doc", f->doc);
	json_close(b, '}');
}

static void
put_fields(struct buf *b, const struct route *r)
{
	const struct field *f;

	json_put_bool(b, "has_fields", route_has_id(r) || r->endpoint->fields ||
	    r->endpoint->headers);
	json_key(b, "fields");
	json_open(b, '[');
	if (route_has_id(r))
		json_raw(b, "{\"name\":\"id\",\"where\":\"path\",\"type\":\"id\",\"must\":true,"
		    "\"limit\":\"26 characters\",\"doc\":\"Which app or notebook.\"}");
	for (f = r->endpoint->fields; f && f->name; f++)
		put_field(b, f, r->method == GET || r->method == DELETE ?
		    "query" : "body");
	for (f = r->endpoint->headers; f && f->name; f++)
		put_field(b, f, "header");
	json_close(b, ']');
}

static void
put_replies(struct buf *b, const struct reply_doc *d)
{
	char class[2] = "";

	for (; d && d->status; d++) {
		class[0] = (char)('0' + d->status / 100);
		json_open(b, '{');
		json_put_int(b, "status", d->status);
		json_put_text(b, "class", class);
		json_put_text(b, "meaning", d->meaning);
		json_put_text(b, "body", d->body);
		json_close(b, '}');
	}
}

/* A call that works when the id is put in. */
static void
put_curl(struct buf *b, const struct route *r)
{
	const struct field *f = r->endpoint->fields;
	const char *hole = strstr(r->path, "{id}");
	AUTO_BUF struct buf text;

	buf_init(&text, 4096);
	if (r->flags & PAGE) {
		json_put_text(b, "curl", NULL);
		return;
	}
	buf_str(&text, "curl ");
	if (r->flags & RAW) {
		buf_fmt(&text, EXAMPLE_BASE "%.*s" EXAMPLE_ID " -F file=@data.csv",
		    (int)(hole - r->path), r->path);
		json_put_text(b, "curl", text.at);
		return;
	}
	if (r->method == PATCH || r->method == DELETE || (r->method == POST && !f))
		buf_fmt(&text, "-X %s ", route_methods[r->method]);
	if (r->flags & STREAM)
		buf_str(&text, "-N ");
	buf_fmt(&text, EXAMPLE_BASE "%.*s%s%s", hole ? (int)(hole - r->path) : 200, r->path,
	    hole ? EXAMPLE_ID : "", hole ? hole + 4 : "");
	if (r->method != GET && r->method != DELETE && f) {
		buf_str(&text, " \\\n  -H 'Content-Type: application/json' -d '{");
		buf_fmt(&text, f->type == FIELD_NUMBER ? "\"%s\":1}'" : "\"%s\":\"…\"}'", f->name);
	}
	json_put_text(b, "curl", text.at);
}

static void
put_route(struct buf *b, const struct route *r)
{
	json_open(b, '{');
	put_slug(b, r);
	json_put_text(b, "method", route_methods[r->method]);
	json_put_text(b, "path", r->path);
	json_put_text(b, "summary", r->summary);
	json_put_text(b, "details", r->endpoint->about);
	json_put_text(b, "auth", r->who == ADMIN ? "admin secret" : r->who == OPERATOR ? "admin" :
	    r->who == SCRAPER ? "metrics_token" : r->who == CALLER ? "key" :
	    r->who == WORKSPACE ? "key or token" : NULL);
	put_fields(b, r);
	json_key(b, "replies");
	json_open(b, '[');
	put_replies(b, r->endpoint->replies);
	put_replies(b, route_errors(r));
	json_close(b, ']');
	put_curl(b, r);
	json_close(b, '}');
}

void
describe_docs(struct buf *b)
{
	json_open(b, '{');
	json_key(b, "groups");
	json_open(b, '[');
	for (size_t g = 0; g < COUNT(groups); g++) {
		json_open(b, '{');
		json_put_text(b, "slug", groups[g].slug);
		json_put_text(b, "name", groups[g].name);
		json_put_text(b, "about", groups[g].about);
		json_key(b, "routes");
		json_open(b, '[');
		for (int i = 0; i < route_count; i++)
			if (strcmp(routes[i].plugin, groups[g].plugin) == 0 &&
			    (routes[i].who == ADMIN) == groups[g].is_admin)
				put_route(b, &routes[i]);
		json_close(b, ']');
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	buf_char(b, '\n');
}
