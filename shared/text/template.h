#ifndef TEXT_TEMPLATE_H
#define TEXT_TEMPLATE_H
/*
 * Templates: a subset of mustache, filled from a cJSON object.
 *
 *	{{name}}  {{a.b}}  {{.}}	the value, escaped for HTML; nothing where it is absent
 *	{{{name}}}			as it is: only for HTML that C code made
 *	{{#name}}…{{/name}}		for each item of a list; once for an object, a text, a
 *					number or true; not for false, null, "", 0 and []
 *	{{^name}}…{{/name}}		where {{#name}} would give nothing
 *	{{>name}}			the file _name.html
 *	{{! comment }}
 *
 * In a section the item's fields hide outer ones, also when they are null.  A line that holds
 * one tag other than a value, and else only space, leaves no line behind.
 *
 * A set is compiled once and then only read, by any number of threads.
 */
#include "json.h"

struct template_set;

/* Compiles every .html file of a folder; INPUT with file and line where one is wrong. */
struct template_set *template_load(const char *dir, struct err *e);
void template_free(struct template_set *set);	/* NULL is fine */
/* For tests: an empty set, and one template more ("_name" is what {{>name}} finds).  Templates
 * may be added until the first rendering. */
struct template_set *template_new(void);
int template_add(struct template_set *set, const char *name, const char *text, size_t n,
    struct err *e);

/* name without ".html".  MISSING where there is none; LIMIT where out is full. */
int template_render(const struct template_set *set, const char *name, const cJSON *context,
    struct buf *out, struct err *e);

#endif
