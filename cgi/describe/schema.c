#include <string.h>

#include "../../shared/base/rand.h"
#include "describe.h"

static void schema_of(struct buf *b, const cJSON *j);

/* An object whose names are data (ids, paths) rather than fields. */
static bool
is_map(const cJSON *j)
{
	return j->child && (id_is_valid(j->child->string) || strchr(j->child->string, '/'));
}

static void
schema_of_object(struct buf *b, const cJSON *j)
{
	const cJSON *child;

	json_put_text(b, "type", "object");
	if (is_map(j)) {
		json_key(b, "additionalProperties");
		schema_of(b, j->child);
		return;
	}
	json_key(b, "properties");
	json_open(b, '{');
	cJSON_ArrayForEach(child, j) {
		json_key(b, child->string);
		schema_of(b, child);
	}
	json_close(b, '}');
	json_key(b, "required");
	json_open(b, '[');
	cJSON_ArrayForEach(child, j)
		json_text(b, child->string);
	json_close(b, ']');
}

static void
schema_of_list(struct buf *b, const cJSON *j)
{
	const cJSON *child;

	json_put_text(b, "type", "array");
	json_key(b, "items");
	json_open(b, '{');
	json_key(b, "anyOf");
	json_open(b, '[');
	cJSON_ArrayForEach(child, j)
		schema_of(b, child);
	json_close(b, ']');
	json_close(b, '}');
}

static void
schema_of(struct buf *b, const cJSON *j)
{
	json_open(b, '{');
	if (cJSON_IsObject(j))
		schema_of_object(b, j);
	else if (cJSON_IsArray(j))
		schema_of_list(b, j);
	else if (cJSON_IsNumber(j))
		json_put_text(b, "type", "integer");
	else if (cJSON_IsBool(j))
		json_put_text(b, "type", "boolean");
	else if (cJSON_IsString(j))
		json_put_text(b, "type", "string");
	else
		json_key(b, "type"), json_raw(b, "[\"string\",\"null\"]");
	json_close(b, '}');
}

/* One example on each line; a reply is like any of them. */
void
schema_of_example(struct buf *b, const char *example)
{
	json_open(b, '{');
	json_key(b, "anyOf");
	json_open(b, '[');
	while (*example) {
		size_t n = strcspn(example, "\n");
		struct err e;
		AUTO_JSON cJSON *j = json_parse(example, n, &e);

		if (!j)
			BUG("an example is no JSON: %s: %s", e.text, example);
		schema_of(b, j);
		example += n + (example[n] == '\n');
	}
	json_close(b, ']');
	json_close(b, '}');
}

void
schema_of_field(struct buf *b, const struct field *f, bool is_json)
{
	json_open(b, '{');
	json_put_text(b, "type", f->type == FIELD_NUMBER ? "integer" : "string");
	json_put_text(b, "description", f->doc);
	switch (f->type) {
	case FIELD_TEXT:
		if (f->min > 0)
			json_put_int(b, "minLength", f->min);
		json_put_int(b, "maxLength", f->max);
		break;
	case FIELD_NUMBER:
		json_put_int(b, "minimum", f->min);
		json_put_int(b, "maximum", f->max);
		break;
	case FIELD_FILE:
		json_put_text(b, "format", "binary");
		break;
	case FIELD_IMAGE:
		json_put_text(b, is_json ? "pattern" : "format", is_json ?
		    "^data:image/[a-z]+;base64,[A-Za-z0-9+/]+=*$" : "binary");
		break;
	}
	if (f->is_secret)
		json_put_text(b, "format", "password");
	json_close(b, '}');
}

void
schema_of_fields(struct buf *b, const struct field *fields, bool is_json, bool has_files)
{
	bool has_must = false;

	json_open(b, '{');
	json_put_text(b, "type", "object");
	json_key(b, "properties");
	json_open(b, '{');
	for (const struct field *f = fields; f && f->name; f++) {
		if (f->type == FIELD_IMAGE && !is_json && !has_files)
			continue;
		json_key(b, f->name);
		schema_of_field(b, f, is_json);
		has_must |= f->is_must;
	}
	json_close(b, '}');
	if (has_must) {
		json_key(b, "required");
		json_open(b, '[');
		for (const struct field *f = fields; f->name; f++)
			if (f->is_must)
				json_text(b, f->name);
		json_close(b, ']');
	}
	json_put_bool(b, "additionalProperties", false);
	json_close(b, '}');
}
