#include <stdio.h>
#include <stdlib.h>

#include "candidate.h"
#include "edit.h"

#define PATHS_MAX (SOURCE_FILES_MAX + ANSWER_BLOCKS_MAX)

struct tree {
	struct source_file files[PATHS_MAX];
	bool is_new[PATHS_MAX];
	int count;
};

static int
find(const struct tree *t, const char *path)
{
	for (int i = 0; i < t->count; i++)
		if (strcmp(t->files[i].path, path) == 0)
			return i;
	return -1;
}

static void
drop(struct tree *t, int i)
{
	t->count--;
	t->files[i] = t->files[t->count];
	t->is_new[i] = t->is_new[t->count];
}

static void
put(struct tree *t, const char *path, const char *text, size_t len)
{
	int i = find(t, path);

	if (i < 0)
		i = t->count++;
	t->files[i] = (struct source_file){.path = path, .text = text, .len = len};
	t->is_new[i] = true;
}

static int
put_file(struct tree *t, const struct answer_block *b, struct arena *a, struct err *e)
{
	struct span body = {b->text, b->len};
	char *text;

	if (span_trim(body).len == 0) {
		int i = find(t, b->path);

		if (i >= 0)
			drop(t, i);
		return 0;
	}
	if (b->len > SOURCE_FILE_BYTES)
		return err_set(e, ERR_INPUT, "%s has more than %u KB.", b->path,
		    SOURCE_FILE_BYTES >> 10);
	while (body.len && strchr(" \t\n", body.at[body.len - 1]) &&
	    body.at[body.len - 1])
		body.len--;
	text = arena_new(a, body.len + 2);
	memcpy(text, body.at, body.len);
	text[body.len] = '\n';
	put(t, arena_dup(a, b->path), text, body.len + 1);
	return 0;
}

static int
put_edit(struct tree *t, const struct answer_block *b, struct arena *a, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	int i = find(t, b->path);

	buf_init(&text, SOURCE_FILE_BYTES);
	if (edit_apply(i < 0 ? (struct span){"", 0} : (struct span){t->files[i].text,
	    t->files[i].len}, (struct span){b->text, b->len}, b->path, &text, e) < 0)
		return -1;
	put(t, arena_dup(a, b->path), arena_dupn(a, text.at, text.len), text.len);
	return 0;
}

/* The name by which others import a file: its own without the ending, or its folder's for
 * an index file. */
static struct span
import_name(const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	struct span name = {base, strcspn(base, ".")};

	if (span_is(name, "index") && base - path > 5) {
		const char *end = base - 1, *start = end;

		while (start > path && start[-1] != '/')
			start--;
		name = (struct span){start, (size_t)(end - start)};
	}
	return name;
}

/* Does text speak of "…/name" or "…/name.…" as an import would? */
static bool
mentions(const struct source_file *f, struct span name)
{
	struct span rest = {f->text, f->len};
	const char *hit;

	while ((hit = memmem(rest.at, rest.len, name.at, name.len))) {
		char before = hit > f->text ? hit[-1] : ' ', after = hit[name.len];

		if (before == '/' && (after == '\'' || after == '"' || after == '.' ||
		    after == '`' || after == '?'))
			return true;
		rest.len -= (size_t)(hit + 1 - rest.at);
		rest.at = hit + 1;
	}
	return false;
}

/* Leaves out old files that nothing reaches from the entry and the answer's own. */
static void
drop_orphans(struct tree *t)
{
	bool is_used[PATHS_MAX], is_moving = true;

	for (int i = 0; i < t->count; i++)
		is_used[i] = t->is_new[i] || strcmp(t->files[i].path,
		    ANSWER_ENTRY) == 0 || strcmp(t->files[i].path, "src/index.css") == 0;
	while (is_moving) {
		is_moving = false;
		for (int i = 0; i < t->count; i++)
			for (int k = 0; !is_used[i] && k < t->count; k++)
				if (is_used[k] &&
				    mentions(&t->files[k], import_name(t->files[i].path)))
					is_used[i] = is_moving = true;
	}
	for (int i = t->count - 1; i >= 0; i--)
		if (!is_used[i])
			drop(t, i);	/* what takes its place was looked at already */
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct source_file *)a)->path,
	    ((const struct source_file *)b)->path);
}

static int
check(const struct source *s, struct err *e)
{
	size_t total = 0;

	if (s->count > SOURCE_FILES_MAX)
		return err_set(e, ERR_INPUT, "The app would have %d files; %d are the "
		    "most.", s->count, SOURCE_FILES_MAX);
	for (int i = 0; i < s->count; i++) {
		size_t n = strlen(s->files[i].path);

		total += s->files[i].len;
		if (i + 1 < s->count && strncmp(s->files[i].path, s->files[i + 1].path,
		    n) == 0 && s->files[i + 1].path[n] == '/')
			return err_set(e, ERR_INPUT, "%s cannot be a file and a folder.",
			    s->files[i].path);
	}
	if (total > SOURCE_BYTES)
		return err_set(e, ERR_INPUT, "All files together have more than %u KB.",
		    SOURCE_BYTES >> 10);
	if (!source_find(s, ANSWER_ENTRY))
		return err_set(e, ERR_INPUT, "%s is missing: it must be there and export "
		    "the component LLMComponent as default.", ANSWER_ENTRY);
	return 0;
}

int
candidate_make(const struct answer *answer, const struct source *base, struct arena *a,
    struct source *out, struct err *e)
{
	struct tree *t = arena_new(a, sizeof(*t));

	for (int i = 0; i < base->count; i++)
		t->files[t->count++] = base->files[i];
	for (int i = 0; i < answer->count; i++) {
		const struct answer_block *b = &answer->blocks[i];

		if ((b->is_edit ? put_edit : put_file)(t, b, a, e) < 0)
			return -1;
	}
	if (t->count > SOURCE_FILES_MAX)
		drop_orphans(t);
	*out = (struct source){.files = t->files, .count = t->count};
	qsort(out->files, (size_t)out->count, sizeof(*out->files), by_path);
	return check(out, e);
}
