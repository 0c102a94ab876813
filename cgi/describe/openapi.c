/* OpenAPI 3.1. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../lib/guard.h"
#include "../../shared/base/mem.h"
#include "describe.h"

static void
put_parameter(struct buf *b, const char *in, const struct field *f)
{
	json_open(b, '{');
	json_put_text(b, "name", f->name);
	json_put_text(b, "in", in);
	json_put_bool(b, "required", f->is_must);
	json_put_text(b, "description", f->doc);
	json_key(b, "schema");
	schema_of_field(b, f, true);
	json_close(b, '}');
}

static bool
has_query(const struct route *r)
{
	return r->method == GET || r->method == DELETE;
}

static void
put_parameters(struct buf *b, const struct route *r)
{
	const struct field *f;
	char part[32];

	json_key(b, "parameters");
	json_open(b, '[');
	if (route_has_id(r))
		json_raw(b, "{\"$ref\":\"#/components/parameters/id\"}");
	if (route_part_name(r, part, sizeof(part))) {
		const struct field hole = {.name = part, .type = FIELD_TEXT, .is_must = true,
		    .min = 1, .max = 4096, .doc = "What the address names."};

		put_parameter(b, "path", &hole);
	}
	for (f = has_query(r) ? r->endpoint->fields : NULL; f && f->name; f++)
		put_parameter(b, "query", f);
	for (f = r->endpoint->headers; f && f->name; f++)
		put_parameter(b, "header", f);
	json_close(b, ']');
}

static void
put_body(struct buf *b, const struct route *r)
{
	static const char *const types[] = {"application/json",
	    "application/x-www-form-urlencoded", "multipart/form-data"};
	const struct field *f = r->endpoint->fields;

	if (has_query(r) || !f)
		return;
	json_key(b, "requestBody");
	json_open(b, '{');
	json_put_bool(b, "required", f[0].is_must);
	json_key(b, "content");
	json_open(b, '{');
	for (size_t i = r->flags & RAW ? 2 : 0; i < COUNT(types); i++) {
		json_key(b, types[i]);
		json_open(b, '{');
		json_key(b, "schema");
		schema_of_fields(b, f, i == 0, i == 2);
		json_close(b, '}');
	}
	json_close(b, '}');
	json_close(b, '}');
}

static void
put_content(struct buf *b, const struct reply_doc *d)
{
	bool is_json = !d->type || strcmp(d->type, "application/json") == 0;

	/* A redirect, and "no content", have none. */
	if (d->status == 204 || (d->status >= 300 && d->status < 400))
		return;
	json_key(b, "content");
	json_open(b, '{');
	json_key(b, is_json ? "application/json" : d->type);
	json_open(b, '{');
	json_key(b, "schema");
	if (is_json && d->body)
		schema_of_example(b, d->body);
	else if (is_json)
		json_raw(b, d->status >= 400 ? "{\"$ref\":\"#/components/schemas/Error\"}" : "{}");
	else
		json_raw(b, "{\"type\":\"string\"}");
	if (is_json && d->body) {
		json_key(b, "example");
		json_open(b, '{');
		/* The first form, without its braces' own. */
		buf_add(b, d->body + 1, strcspn(d->body, "\n") - 1);
	}
	json_close(b, '}');
	json_close(b, '}');
}

static void
put_replies(struct buf *b, const struct reply_doc *d)
{
	char status[8];

	for (; d && d->status; d++) {
		snprintf(status, sizeof(status), "%d", d->status);
		json_key(b, status);
		json_open(b, '{');
		json_put_text(b, "description", d->meaning);
		put_content(b, d);
		json_close(b, '}');
	}
}

static void
put_operation(struct buf *b, const struct route *r)
{
	char name[64], method[8];
	size_t i = 0;

	route_unique_name(r, name, sizeof(name));
	for (const char *m = route_methods[r->method]; *m; m++)
		method[i++] = (char)tolower((unsigned char)*m);
	method[i] = '\0';
	json_key(b, method);
	json_open(b, '{');
	json_put_text(b, "operationId", name);
	json_key(b, "tags");
	json_open(b, '[');
	json_text(b, r->plugin);
	json_close(b, ']');
	json_put_text(b, "summary", r->summary);
	if (r->endpoint->about)
		json_put_text(b, "description", r->endpoint->about);
	json_key(b, "security");
	json_raw(b, r->who == ANYONE ? "[]" : r->who == WORKSPACE || r->who >= OPERATOR ?
	    "[{\"key\":[]},{\"session\":[]},{\"token\":[]},{}]" :
	    "[{\"key\":[]},{\"session\":[]},{}]");
	put_parameters(b, r);
	put_body(b, r);
	json_key(b, "responses");
	json_open(b, '{');
	put_replies(b, r->endpoint->replies);
	put_replies(b, route_errors(r));
	json_close(b, '}');
	json_close(b, '}');
}

static void
put_paths(struct buf *b)
{
	for (int i = 0; i < route_count; i++) {
		int first = 0;

		while (strcmp(routes[first].path, routes[i].path) != 0)
			first++;
		if (first < i)
			continue;
		json_key(b, routes[i].path);
		json_open(b, '{');
		for (int k = i; k < route_count; k++)
			if (strcmp(routes[k].path, routes[i].path) == 0)
				put_operation(b, &routes[k]);
		json_close(b, '}');
	}
}

static void
put_components(struct buf *b)
{
	json_raw(b, "{\"parameters\":{\"id\":{\"name\":\"id\",\"in\":\"path\",\"required\":true,"
	    "\"description\":\"The app or notebook.\",\"schema\":{\"type\":\"string\","
	    "\"pattern\":\"^[a-z2-7]{26}$\"}}},"
	    "\"schemas\":{\"Error\":{\"type\":\"object\",\"properties\":{"
	    "\"detail\":{\"type\":\"string\",\"description\":\"A sentence for people.\"},"
	    "\"field\":{\"type\":\"string\",\"description\":\"The field at fault.\"},"
	    "\"request_id\":{\"type\":\"string\"},"
	    "\"status\":{\"const\":\"error\"},\"message\":{\"type\":\"string\"}},"
	    "\"required\":[\"detail\",\"request_id\"]}},"
	    "\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\","
	    "\"description\":\"The token that POST /workspaces gave, for that notebook.\"},"
	    "\"key\":{\"type\":\"apiKey\",\"in\":\"header\","
	    "\"name\":\"X-API-Key\",\"description\":\"Needed where VALID_API_KEYS is set.\"},"
	    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"" SESSION_COOKIE "\","
	    "\"description\":\"What POST /login gives a browser.\"}}}");
}

void
describe_openapi(struct buf *b)
{
	json_open(b, '{');
	json_put_text(b, "openapi", "3.1.0");
	json_key(b, "info");
	json_open(b, '{');
	json_put_text(b, "title", "Carrel");
	json_put_text(b, "version", CARREL_VERSION);
	json_put_text(b, "description", "A private home for generated apps. A prompt becomes a "
	    "running app; further sentences change it. HEAD is answered wherever GET is.");
	json_close(b, '}');
	json_key(b, "servers");
	json_raw(b, "[{\"url\":\"/\"}]");
	json_key(b, "tags");
	json_raw(b, "[{\"name\":\"apps\",\"description\":\"The API of apps.\"},"
	    "{\"name\":\"notebooks\",\"description\":\"The API of notebooks.\"},"
	    "{\"name\":\"files\",\"description\":\"The files of notebooks.\"},"
	    "{\"name\":\"system\",\"description\":\"Health, and signing in.\"},"
	    "{\"name\":\"pages\",\"description\":\"What people see.\"}]");
	json_key(b, "paths");
	json_open(b, '{');
	put_paths(b);
	json_close(b, '}');
	json_key(b, "components");
	put_components(b);
	json_close(b, '}');
	buf_char(b, '\n');
}
