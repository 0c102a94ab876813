#include <stdio.h>

#include "../../shared/base/buf.h"
#include "answer.h"
#include "fence.h"
#include "span.h"

bool
answer_path_is_good(const char *path)
{
	static const char *const ends[] = {".tsx", ".ts", ".jsx", ".js", ".css", ".json",
	    ".svg", ".md"};
	size_t n = strlen(path);
	char before = '/';

	if (n > SOURCE_PATH_MAX || strncmp(path, "src/", 4) != 0)
		return false;
	for (const char *p = path; *p; before = *p++) {
		bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || *p == '.' || *p == '_' || *p == '-';

		if ((!is_plain && *p != '/') ||
		    (before == '/' && (*p == '/' || *p == '.')))
			return false;
	}
	for (size_t i = 0; i < COUNT(ends); i++)
		if (n > strlen(ends[i]) && strcmp(path + n - strlen(ends[i]),
		    ends[i]) == 0)
			return true;
	return false;
}

/* The value of path in `<file path="…" …>`; false if the line opens no block.  rest: what
 * follows the tag. */
static bool
read_tag(struct span line, const char *name, struct span *path, const char **rest)
{
	struct span s = span_trim(line), attributes;
	const char *end, *at, *stop;

	if (!span_starts(s, "<") || !span_starts((struct span){s.at + 1, s.len - 1},
	    name))
		return false;
	s.at += 1 + strlen(name);
	s.len -= 1 + strlen(name);
	end = memchr(s.at, '>', s.len);
	if (!end || (*s.at != ' ' && *s.at != '\t'))
		return false;
	attributes = (struct span){s.at, (size_t)(end - s.at)};
	at = span_find(attributes, "path=");
	if (!at || at + 5 >= end || (at[5] != '"' && at[5] != '\''))
		return false;
	at += 6;
	stop = memchr(at, at[-1], (size_t)(end - at));
	if (!stop)
		return false;
	*path = (struct span){at, (size_t)(stop - at)};
	*rest = end + 1;
	return true;
}

static struct answer_block *
add_block(struct answer *out, struct span path, bool is_edit, struct span text,
    struct err *e)
{
	struct answer_block *b = &out->blocks[out->count];

	if (out->count == ANSWER_BLOCKS_MAX) {
		err_set(e, ERR_INPUT, "The answer has more than %d blocks.",
		    ANSWER_BLOCKS_MAX);
		return NULL;
	}
	if (span_starts(path, "./")) {
		path.at += 2;
		path.len -= 2;
	}
	*b = (struct answer_block){.is_edit = is_edit, .text = text.at, .len = text.len};
	snprintf(b->path, sizeof(b->path), "%.*s", (int)(path.len < sizeof(b->path) ?
	    path.len : sizeof(b->path) - 1), path.at);
	if (path.len > SOURCE_PATH_MAX || !answer_path_is_good(b->path)) {
		err_set(e, ERR_INPUT, "The path \"%.80s\" cannot be used. Files are "
		    "below src/, named with letters, digits, dots, _ and -, and end in "
		    ".tsx .ts .jsx .js .css .json .svg or .md.", b->path);
		return NULL;
	}
	/* The page's own frame; an app cannot bring another. */
	if (strcmp(b->path, "src/main.tsx") != 0)
		out->count++;
	return b;
}

/* The place right behind the last `close` before the next block opens; text is what
 * stands before it.  Code may well contain the closing tag in a string. */
static const char *
block_end(struct span rest, const char *close, struct span *text)
{
	const char *last = NULL, *hit, *start = rest.at;
	struct span line, left = rest, path;

	while (span_line(&left, &line)) {
		const char *after;

		if (line.at != start && last && (read_tag(line, "file", &path, &after) ||
		    read_tag(line, "edit", &path, &after)))
			break;
		while ((hit = span_find(line, close))) {
			last = hit;
			line.len -= (size_t)(hit + 1 - line.at);
			line.at = hit + 1;
		}
	}
	if (!last)
		return NULL;
	*text = (struct span){start, (size_t)(last - start)};
	return last + strlen(close);
}

/* Blocks of tags.  What stands around them is added to words. */
static int
parse_tags(struct span all, struct answer *out, struct buf *words, struct err *e)
{
	struct span line, path, text;

	while (span_line(&all, &line)) {
		bool is_file;
		const char *after;
		size_t skip;

		is_file = read_tag(line, "file", &path, &after);
		if (!is_file && !read_tag(line, "edit", &path, &after)) {
			buf_add(words, line.at, line.len);
			buf_char(words, '\n');
			continue;
		}
		all = (struct span){after, (size_t)(all.at + all.len - after)};
		after = block_end(all, is_file ? "</file>" : "</edit>", &text);
		if (!after)
			return err_set(e, ERR_INPUT, "The <%s> block of \"%.*s\" has no "
			    "end: close it with </%s>.", is_file ? "file" : "edit",
			    (int)(path.len < 80 ? path.len : 80), path.at,
			    is_file ? "file" : "edit");
		skip = (size_t)(after - all.at);
		all.at += skip;
		all.len -= skip;
		if (!add_block(out, path, !is_file, fence_strip(text), e))
			return -1;
	}
	return 0;
}

static int
parse_fences(struct span all, struct answer *out, struct buf *words, struct err *e)
{
	struct fence found[FENCES_MAX];
	int n = fence_find(all, found, words);

	for (int i = 0; i < n; i++)
		if (!add_block(out, found[i].path.len ? found[i].path :
		    (struct span){ANSWER_ENTRY, strlen(ANSWER_ENTRY)},
		    fence_is_edit(found[i].text), found[i].text, e))
			return -1;
	return 0;
}

/* Could the line be the first one of a component's source? */
static bool
begins_code(struct span line)
{
	static const char *const starts[] = {"import ", "import{", "'use client'",
	    "\"use client\"", "export ", "const ", "let ", "function ", "type ",
	    "interface ", "enum ", "class ", "//", "/*"};

	for (size_t i = 0; i < COUNT(starts); i++)
		if (span_starts(line, starts[i]))
			return !span_starts(line, "import ") || span_find(line, "'") ||
			    span_find(line, "\"") || span_find(line, "{");
	return false;
}

/* Code without any mark, words before it allowed; or SEARCH/REPLACE blocks without a
 * tag. */
static int
parse_bare(struct span all, struct answer *out, struct buf *words, struct err *e)
{
	const struct span entry = {ANSWER_ENTRY, strlen(ANSWER_ENTRY)};
	bool is_edit = fence_is_edit(all);
	struct span line, rest = all;

	if (!is_edit && !span_find(all, "export default")) {
		buf_add(words, all.at, all.len);
		return 0;
	}
	while (span_line(&rest, &line)) {
		struct span code = {line.at, (size_t)(all.at + all.len - line.at)};

		if (is_edit ? span_starts(line, "<<<<<<< ") : begins_code(line) &&
		    span_find(code, "export default"))
			return add_block(out, entry, is_edit, code, e) ? 0 : -1;
		buf_add(words, line.at, line.len);
		buf_char(words, '\n');
	}
	return 0;
}

int
answer_parse(const char *text, size_t n, struct arena *a, struct answer *out,
    struct err *e)
{
	AUTO_BUF struct buf words = {0};
	struct span all = fence_normal(text, n, a);
	int result;

	memset(out, 0, sizeof(*out));
	buf_init(&words, n + n + 16);
	result = parse_tags(all, out, &words, e);
	if (result == 0 && out->count == 0 && !span_find(all, "<file ")) {
		buf_reset(&words);
		result = parse_fences(all, out, &words, e);
	}
	if (result == 0 && out->count == 0) {
		buf_reset(&words);
		result = parse_bare(all, out, &words, e);
	}
	out->words = arena_dupn(a, words.at, words.len);
	answer_summarize(out->words, out->summary, sizeof(out->summary));
	return result;
}
