#include <math.h>
#include <string.h>

#include "html.h"
#include "template_ops.h"

#define STACK_MAX 64
#define PARTIALS_MAX 16		/* a template that includes itself must end somewhere */

struct rendering {
	const struct template_set *set;
	const cJSON *stack[STACK_MAX];
	int depth, partials;
	struct buf *out;
	struct err *e;
};

static int run(struct rendering *r, const struct template *t, size_t from, size_t to);

const struct template *
template_find(const struct template_set *set, const char *prefix, const char *name,
    size_t len)
{
	size_t skip = strlen(prefix);

	for (size_t i = 0; i < set->count; i++) {
		const char *have = set->all[i].name;

		if (strncmp(have, prefix, skip) == 0 && strlen(have) == skip + len &&
		    memcmp(have + skip, name, len) == 0)
			return &set->all[i];
	}
	return NULL;
}

static const cJSON *
member(const cJSON *o, const char *name, size_t len)
{
	const cJSON *child;

	if (!cJSON_IsObject(o))
		return NULL;
	cJSON_ArrayForEach(child, o)
		if (strlen(child->string) == len && memcmp(child->string, name, len) == 0)
			return child;
	return NULL;
}

/* The innermost object that has the first part decides; the other parts lead down from it. */
static const cJSON *
lookup(const struct rendering *r, const char *name, size_t len)
{
	const char *dot = memchr(name, '.', len);
	size_t first = dot ? (size_t)(dot - name) : len;
	const cJSON *found = NULL;

	if (len == 1 && *name == '.')
		return r->stack[r->depth - 1];
	for (int i = r->depth; i-- > 0 && !found; )
		found = member(r->stack[i], name, first);
	while (found && dot) {
		const char *part = dot + 1, *end = name + len;

		dot = memchr(part, '.', (size_t)(end - part));
		found = member(found, part, (size_t)((dot ? dot : end) - part));
	}
	return found;
}

static bool
is_something(const cJSON *v)
{
	if (!v || cJSON_IsNull(v) || cJSON_IsFalse(v))
		return false;
	if (cJSON_IsString(v))
		return v->valuestring[0] != '\0';
	if (cJSON_IsNumber(v))
		return v->valuedouble != 0;
	return !cJSON_IsArray(v) || v->child;
}

static void
put_value(struct rendering *r, const cJSON *v, bool is_raw)
{
	if (cJSON_IsString(v) && is_raw)
		buf_str(r->out, v->valuestring);
	else if (cJSON_IsString(v))
		html_escape(r->out, v->valuestring, strlen(v->valuestring));
	else if (cJSON_IsNumber(v) && v->valuedouble == floor(v->valuedouble) &&
	    fabs(v->valuedouble) < 1e15)
		buf_fmt(r->out, "%.0f", v->valuedouble);
	else if (cJSON_IsNumber(v))
		buf_fmt(r->out, "%.15g", v->valuedouble);
	else if (cJSON_IsBool(v))
		buf_str(r->out, cJSON_IsTrue(v) ? "true" : "false");
}

static int
run_within(struct rendering *r, const cJSON *v, const struct template *t, size_t from,
    size_t to)
{
	int rc;

	if (r->depth == STACK_MAX)
		return err_set(r->e, ERR_INTERNAL, "template %s: nested too deeply", t->name);
	r->stack[r->depth++] = v;
	rc = run(r, t, from, to);
	r->depth--;
	return rc;
}

static int
run_section(struct rendering *r, const struct template *t, size_t at)
{
	const struct template_op *op = &t->ops[at];
	const cJSON *v = lookup(r, op->at, op->len), *item;

	if (op->kind == TEMPLATE_INVERTED)
		return is_something(v) ? 0 : run(r, t, at + 1, op->end);
	if (!is_something(v))
		return 0;
	if (cJSON_IsTrue(v))
		return run(r, t, at + 1, op->end);
	if (!cJSON_IsArray(v))
		return run_within(r, v, t, at + 1, op->end);
	cJSON_ArrayForEach(item, v)
		if (r->out->is_over || run_within(r, item, t, at + 1, op->end) < 0)
			return -1;
	return 0;
}

static int
run_partial(struct rendering *r, const struct template_op *op)
{
	const struct template *t = template_find(r->set, "_", op->at, op->len);
	int rc;

	if (!t || r->partials == PARTIALS_MAX)
		return err_set(r->e, ERR_INTERNAL, "template _%.*s: %s", (int)op->len, op->at,
		    t ? "includes itself" : "there is none");
	r->partials++;
	rc = run(r, t, 0, t->count);
	r->partials--;
	return rc;
}

static int
run(struct rendering *r, const struct template *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const struct template_op *op = &t->ops[i];

		switch (op->kind) {
		case TEMPLATE_TEXT:
			buf_add(r->out, op->at, op->len);
			break;
		case TEMPLATE_VALUE:
		case TEMPLATE_RAW:
			put_value(r, lookup(r, op->at, op->len), op->kind == TEMPLATE_RAW);
			break;
		case TEMPLATE_SECTION:
		case TEMPLATE_INVERTED:
			if (run_section(r, t, i) < 0)
				return -1;
			i = op->end;
			break;
		case TEMPLATE_PARTIAL:
			if (run_partial(r, op) < 0)
				return -1;
			break;
		case TEMPLATE_END:
			break;
		}
	}
	return 0;
}

int
template_render(const struct template_set *set, const char *name, const cJSON *context,
    struct buf *out, struct err *e)
{
	const struct template *t = template_find(set, "", name, strlen(name));
	struct rendering r = {.set = set, .out = out, .e = e, .stack = {context}, .depth = 1};
	struct err own = {0};

	if (!t)
		return err_set(e, ERR_MISSING, "there is no template %s", name);
	r.e = e ? e : &own;
	r.e->kind = ERR_NONE;
	if (run(&r, t, 0, t->count) < 0 && r.e->kind != ERR_NONE)
		return -1;
	if (out->is_over)
		return err_set(e, ERR_LIMIT, "template %s: the page is too large", name);
	return 0;
}
