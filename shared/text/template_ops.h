#ifndef TEXT_TEMPLATE_OPS_H
#define TEXT_TEMPLATE_OPS_H
/*
 * A compiled template: a flat list of steps.  For template.c and template_render.c only.
 */
#include "template.h"

enum template_kind {
	TEMPLATE_TEXT,
	TEMPLATE_VALUE,
	TEMPLATE_RAW,
	TEMPLATE_SECTION,	/* up to the step `end` */
	TEMPLATE_INVERTED,
	TEMPLATE_PARTIAL,
	TEMPLATE_END,
};

struct template_op {
	enum template_kind kind;
	const char *at;		/* text or name, within the template's own copy */
	size_t len;
	size_t end;
};

struct template {
	char *name, *text;
	struct template_op *ops;
	size_t count, room;
};

struct template_set {
	struct template *all;
	size_t count;
};

/* The template called prefix + name, or NULL. */
const struct template *template_find(const struct template_set *set, const char *prefix,
    const char *name, size_t len);

#endif
