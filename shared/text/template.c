#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "template_ops.h"

#define TEMPLATE_BYTES (1u << 20)
#define NESTING_MAX 32

/* One template while it is being compiled. */
struct reading {
	struct template *t;
	const char *from, *at, *end;
	size_t open[NESTING_MAX];	/* sections not closed yet, as indexes of ops */
	int depth;
};

struct template_set *
template_new(void)
{
	return mem_new(sizeof(struct template_set));
}

void
template_free(struct template_set *set)
{
	for (size_t i = 0; set && i < set->count; i++) {
		free(set->all[i].text);
		free(set->all[i].name);
		free(set->all[i].ops);
	}
	if (set)
		free(set->all);
	free(set);
}

static struct template_op *
add_op(struct template *t, enum template_kind kind, const char *at, size_t len)
{
	struct template_op *op;

	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->ops = mem_resize(t->ops, t->room * sizeof(*t->ops));
	}
	op = &t->ops[t->count++];
	*op = (struct template_op){.kind = kind, .at = at, .len = len};
	return op;
}

static int
complain(const struct reading *r, const char *at, const char *what, struct err *e)
{
	int line = 1;

	for (const char *p = r->from; p < at; p++)
		line += *p == '\n';
	return err_set(e, ERR_INPUT, "template %s, line %d: %s", r->t->name, line, what);
}

static int
close_section(struct reading *r, const char *name, size_t len, const char *at, struct err *e)
{
	struct template_op *open;

	if (r->depth == 0)
		return complain(r, at, "a section is closed that was not opened", e);
	open = &r->t->ops[r->open[--r->depth]];
	if (open->len != len || memcmp(open->at, name, len) != 0)
		return complain(r, at, "another section is closed than was opened last", e);
	add_op(r->t, TEMPLATE_END, name, len);
	r->t->ops[r->open[r->depth]].end = r->t->count - 1;
	return 0;
}

static int
take_tag(struct reading *r, char mark, const char *name, size_t len, const char *at,
    struct err *e)
{
	static const struct {
		char mark;
		enum template_kind kind;
	} kinds[] = {
		{'#', TEMPLATE_SECTION}, {'^', TEMPLATE_INVERTED}, {'>', TEMPLATE_PARTIAL},
		{'{', TEMPLATE_RAW}, {'\0', TEMPLATE_VALUE},
	};
	size_t i = 0;

	if (mark == '!')
		return 0;
	if (len == 0 || memchr(name, ' ', len) || memchr(name, '{', len))
		return complain(r, at, "a tag has no proper name", e);
	if (mark == '/')
		return close_section(r, name, len, at, e);
	while (kinds[i].mark != mark)
		i++;
	if (mark == '#' || mark == '^') {
		if (r->depth == NESTING_MAX)
			return complain(r, at, "sections are nested too deeply", e);
		r->open[r->depth++] = r->t->count;
	}
	add_op(r->t, kinds[i].kind, name, len);
	return 0;
}

static bool
is_blank(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t' || *from == '\r'))
		from++;
	return from == to;
}

/* Where the line of a lone tag begins and ends, so that the whole of it can be left out. */
static void
widen(const struct reading *r, const char **text_end, const char **tag_end)
{
	const char *begin = *text_end, *end = *tag_end;

	while (begin > r->from && begin[-1] != '\n')
		begin--;
	while (end < r->end && *end != '\n')
		end++;
	if (begin < r->at || !is_blank(begin, *text_end) || !is_blank(*tag_end, end))
		return;
	*text_end = begin;
	*tag_end = end < r->end ? end + 1 : end;
}

/* The next tag and the text before it; false where there is none. */
static int
read_tag(struct reading *r, const char *tag, struct err *e)
{
	char mark = '\0';
	const char *name = tag + 2, *close, *text_end = tag, *after;
	size_t len;

	if (name < r->end && *name && strchr("#^/>!{", *name))
		mark = *name++;
	close = memmem(name, (size_t)(r->end - name), mark == '{' ? "}}}" : "}}",
	    mark == '{' ? 3 : 2);
	if (!close)
		return complain(r, tag, "a tag does not end", e);
	after = close + (mark == '{' ? 3 : 2);
	while (name < close && memchr(" \t\r\n", *name, 4))
		name++;
	len = (size_t)(close - name);
	while (len > 0 && memchr(" \t\r\n", name[len - 1], 4))
		len--;
	if (mark && mark != '{')
		widen(r, &text_end, &after);
	if (text_end > r->at)
		add_op(r->t, TEMPLATE_TEXT, r->at, (size_t)(text_end - r->at));
	if (take_tag(r, mark, name, len, tag, e) < 0)
		return -1;
	r->at = after;
	return 0;
}

int
template_add(struct template_set *set, const char *name, const char *text, size_t n,
    struct err *e)
{
	struct template *t;
	struct reading r;
	const char *tag;

	set->all = mem_resize(set->all, (set->count + 1) * sizeof(*set->all));
	t = &set->all[set->count++];
	*t = (struct template){.name = mem_dup(name), .text = mem_new(n + 1)};
	memcpy(t->text, text, n);
	r = (struct reading){.t = t, .from = t->text, .at = t->text, .end = t->text + n};
	while ((tag = memmem(r.at, (size_t)(r.end - r.at), "{{", 2)))
		if (read_tag(&r, tag, e) < 0)
			return -1;
	if (r.depth > 0)
		return complain(&r, t->ops[r.open[r.depth - 1]].at, "a section does not end", e);
	if (r.at < r.end)
		add_op(t, TEMPLATE_TEXT, r.at, (size_t)(r.end - r.at));
	return 0;
}

static int
load_one(struct template_set *set, const char *dir, const char *file, struct err *e)
{
	AUTO_BUF struct buf b = {0};
	char path[512], name[128];
	size_t n = strlen(file) - strlen(".html");

	buf_init(&b, TEMPLATE_BYTES);
	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (n >= sizeof(name))
		return err_set(e, ERR_INPUT, "template %s: the name is too long", file);
	memcpy(name, file, n);
	name[n] = '\0';
	if (file_read(path, &b, e) < 0)
		return -1;
	return template_add(set, name, b.at, b.len, e);
}

/* Everything that a template names must be there before the first page is asked for. */
static int
check_partials(const struct template_set *set, struct err *e)
{
	for (size_t i = 0; i < set->count; i++)
		for (size_t k = 0; k < set->all[i].count; k++) {
			const struct template_op *op = &set->all[i].ops[k];

			if (op->kind == TEMPLATE_PARTIAL && !template_find(set, "_", op->at, op->len))
				return err_set(e, ERR_INPUT, "template %s: there is no _%.*s.html",
				    set->all[i].name, (int)op->len, op->at);
		}
	return 0;
}

struct template_set *
template_load(const char *dir, struct err *e)
{
	struct template_set *set = template_new();
	DIR *d = opendir(dir);
	struct dirent *entry;
	int rc = d ? 0 : err_sys(e, "open %s", dir);

	while (rc == 0 && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name);

		if (n > 5 && strcmp(entry->d_name + n - 5, ".html") == 0)
			rc = load_one(set, dir, entry->d_name, e);
	}
	if (d)
		closedir(d);
	if (rc == 0)
		rc = check_partials(set, e);
	if (rc == 0)
		return set;
	template_free(set);
	return NULL;
}
