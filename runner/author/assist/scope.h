#ifndef AUTHOR_ASSIST_SCOPE_H
#define AUTHOR_ASSIST_SCOPE_H
/*
 * What there is in a notebook: its cells' code, its variables, its data frames with the
 * names and types of their columns.  All of it comes from inside a sandbox.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../../shared/base/buf.h"
#include "../../../shared/base/err.h"
#include "../../../shared/base/mem.h"

struct scope_column {
	const char *name, *type;
};

struct scope_frame {
	const char *name;
	int64_t rows;		/* −1: not known */
	const struct scope_column *columns;
	int count;
};

struct scope_variable {
	const char *name, *type, *value;
};

struct scope_cell {
	const char *name, *code;
};

struct scope {
	const struct scope_cell *cells;
	const struct scope_variable *variables;
	const struct scope_frame *frames;
	int cell_count, variable_count, frame_count;
};

/* The tool server's JSON.  UPSTREAM where it is none.  Texts are copied. */
int scope_parse(const char *json, size_t n, struct arena *a, struct scope *s, struct err *e);
/* Whether the notebook has a variable of that name. */
bool scope_has(const struct scope *s, const char *name);
/* As a model reads it, in bounded length. */
void scope_text(const struct scope *s, struct buf *to);

#endif
