#include <string.h>

#include "../../../shared/text/json.h"
#include "../../../shared/text/utf8.h"
#include "scope.h"

#define CELLS_BYTES (24u << 10)
#define CELL_LEAST 200		/* bytes that each cell gets at least */
#define VARIABLES_BYTES (6u << 10)
#define FRAMES_BYTES (12u << 10)
#define WORD_CHARS 100		/* of a name, a type or a value */

static const char *
word(const cJSON *o, const char *name, struct arena *a)
{
	const char *s = json_get_words(o, name);

	return arena_dupn(a, s, utf8_bytes(s, WORD_CHARS));
}

static void *
array(struct arena *a, const cJSON *list, size_t each)
{
	return arena_new(a, (size_t)(cJSON_GetArraySize(list) + 1) * each);
}

static void
read_cells(const cJSON *list, struct arena *a, struct scope *s)
{
	struct scope_cell *cells = array(a, list, sizeof(*cells));
	const cJSON *at;

	cJSON_ArrayForEach(at, list)
		cells[s->cell_count++] = (struct scope_cell){word(at, "name", a),
		    arena_dup(a, json_get_words(at, "code"))};
	s->cells = cells;
}

static void
read_variables(const cJSON *list, struct arena *a, struct scope *s)
{
	struct scope_variable *all = array(a, list, sizeof(*all));
	const cJSON *at;

	cJSON_ArrayForEach(at, list)
		all[s->variable_count++] = (struct scope_variable){word(at, "name", a),
		    word(at, "type", a), word(at, "value", a)};
	s->variables = all;
}

static void
read_frames(const cJSON *list, struct arena *a, struct scope *s)
{
	struct scope_frame *all = array(a, list, sizeof(*all));
	const cJSON *at, *column;

	cJSON_ArrayForEach(at, list) {
		const cJSON *columns = json_get(at, "columns");
		struct scope_column *to = array(a, columns, sizeof(*to));
		struct scope_frame *f = &all[s->frame_count++];

		*f = (struct scope_frame){.name = word(at, "name", a),
		    .rows = json_get_int(at, "rows", -1), .columns = to};
		cJSON_ArrayForEach(column, columns)
			to[f->count++] = (struct scope_column){
			    arena_dup(a, json_get_words(column, "name")),
			    word(column, "type", a)};
	}
	s->frames = all;
}

int
scope_parse(const char *json, size_t n, struct arena *a, struct scope *s, struct err *e)
{
	AUTO_JSON cJSON *root = json_parse(json, n, NULL);

	memset(s, 0, sizeof(*s));
	if (!cJSON_IsObject(root))
		return err_set(e, ERR_UPSTREAM, "What is in the notebook could not be read.");
	read_cells(json_get(root, "cells"), a, s);
	read_variables(json_get(root, "variables"), a, s);
	read_frames(json_get(root, "frames"), a, s);
	return 0;
}

bool
scope_has(const struct scope *s, const char *name)
{
	for (int i = 0; i < s->variable_count; i++)
		if (strcmp(s->variables[i].name, name) == 0)
			return true;
	return false;
}

static void
add_cell(struct buf *to, const struct scope_cell *c, size_t max)
{
	size_t n = strlen(c->code), kept = n;

	if (n > max)
		for (kept = max; kept && ((unsigned char)c->code[kept] & 0xc0) == 0x80; kept--)
			;
	buf_str(to, "<cell>\n");
	buf_add(to, c->code, kept);
	buf_str(to, kept < n ? "\n# … shortened\n</cell>\n" : "\n</cell>\n");
}

/* Where they are too long together, each is shortened to its part of the room. */
static void
add_cells(const struct scope *s, struct buf *to)
{
	size_t total = 0, end = to->len + CELLS_BYTES, each = CELLS_BYTES;
	int i;

	for (i = 0; i < s->cell_count; i++)
		total += strlen(s->cells[i].code) + 16;
	if (total > CELLS_BYTES)
		each = CELLS_BYTES / (size_t)s->cell_count - 40;
	if (each < CELL_LEAST || each > CELLS_BYTES)
		each = CELL_LEAST;
	buf_str(to, s->cell_count ? "The notebook's cells, in their order:\n" :
	    "The notebook has no cells yet.\n");
	for (i = 0; i < s->cell_count && to->len < end; i++)
		add_cell(to, &s->cells[i], each);
	if (i < s->cell_count)
		buf_fmt(to, "(%d more cells are not shown)\n", s->cell_count - i);
}

static void
add_variables(const struct scope *s, struct buf *to)
{
	size_t end = to->len + VARIABLES_BYTES;
	int i;

	if (s->variable_count)
		buf_str(to, "\nVariables (name: type = value):\n");
	for (i = 0; i < s->variable_count && to->len < end; i++)
		buf_fmt(to, "%s: %s = %s\n", s->variables[i].name, s->variables[i].type,
		    s->variables[i].value);
	if (i < s->variable_count)
		buf_fmt(to, "(and %d more)\n", s->variable_count - i);
}

static void
add_frames(const struct scope *s, struct buf *to)
{
	size_t end = to->len + FRAMES_BYTES;

	for (int i = 0; i < s->frame_count && to->len < end; i++) {
		const struct scope_frame *f = &s->frames[i];
		int k;

		buf_fmt(to, "\nThe data frame %s", f->name);
		if (f->rows >= 0)
			buf_fmt(to, " has %lld rows and", (long long)f->rows);
		else
			buf_str(to, " has");
		buf_fmt(to, " %d columns:\n", f->count);
		for (k = 0; k < f->count && to->len < end; k++)
			buf_fmt(to, "- %.*s: %s\n", (int)utf8_bytes(f->columns[k].name,
			    WORD_CHARS), f->columns[k].name, f->columns[k].type);
		if (k < f->count)
			buf_fmt(to, "(and %d more)\n", f->count - k);
	}
}

void
scope_text(const struct scope *s, struct buf *to)
{
	add_cells(s, to);
	add_variables(s, to);
	add_frames(s, to);
}
