#include "../../shared/base/mem.h"
#include "fence.h"

struct span
fence_normal(const char *text, size_t n, struct arena *a)
{
	char *copy, *to;
	size_t i = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	copy = to = arena_new(a, n + 1);
	for (; i < n; i++) {
		if (text[i] == '\r') {
			if (i + 1 == n || text[i + 1] != '\n')
				*to++ = '\n';
		} else {
			*to++ = text[i];
		}
	}
	return (struct span){copy, (size_t)(to - copy)};
}

/* Length of the run of marks that a fence line begins with; 0: no fence line. */
static size_t
mark_len(struct span line, struct span *info)
{
	size_t indent = 0, n = 0;

	while (indent < line.len && indent < 4 && line.at[indent] == ' ')
		indent++;
	if (indent == line.len || indent == 4 ||
	    (line.at[indent] != '`' && line.at[indent] != '~'))
		return 0;
	while (indent + n < line.len && line.at[indent + n] == line.at[indent])
		n++;
	if (n < 3)
		return 0;
	*info = span_trim((struct span){line.at + indent + n, line.len - indent - n});
	/* `code` in a sentence is no fence. */
	return line.at[indent] == '`' && memchr(info->at, '`', info->len) ? 0 : n;
}

bool
fence_is_edit(struct span text)
{
	return span_find(text, "<<<<<<< SEARCH") && span_find(text, ">>>>>>> REPLACE");
}

struct span
fence_strip(struct span text)
{
	struct span inner = span_trim(text), line, info, last = {0};
	const char *body;

	if (span_line(&inner, &line) && mark_len(line, &info)) {
		body = inner.at;
		while (span_line(&inner, &line))
			last = line;
		if (last.at && mark_len(last, &info) && info.len == 0)
			return (struct span){body, (size_t)(last.at - body)};
	}
	if (text.len && *text.at == '\n') {
		text.at++;
		text.len--;
	}
	return text;
}

/* The first src/… in a piece of one line. */
static struct span
path_in(struct span line)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-/";
	const char *at = span_find(line, "src/");
	size_t n = 0;

	if (!at)
		return (struct span){0};
	while (at + n < line.at + line.len && at[n] && strchr(plain, at[n]))
		n++;
	while (n && (at[n - 1] == '.' || at[n - 1] == '/'))
		n--;
	return (struct span){at, memchr(at, '.', n) ? n : 0};
}

static bool
has_language(struct span info, const char *const *names)
{
	size_t n = 0;

	while (n < info.len && info.at[n] != ' ' && info.at[n] != ':' &&
	    info.at[n] != '{')
		n++;
	for (; *names; names++)
		if (strlen(*names) == n && strncasecmp(*names, info.at, n) == 0)
			return true;
	return false;
}

/* Nothing that an app is written in: commands, results. */
static bool
is_foreign(struct span info)
{
	static const char *const names[] = {"bash", "sh", "shell", "console", "text",
	    "txt", "diff", "python", "yaml", NULL};

	return has_language(info, names);
}

static bool
is_script(struct span info)
{
	static const char *const names[] = {"tsx", "jsx", "ts", "js", "typescript",
	    "javascript", "react", "typescriptreact", NULL};

	return has_language(info, names);
}

static struct span
path_of(struct span info, struct span text, struct span above)
{
	struct span path = path_in(info), line;

	if (!path.len && span_line(&text, &line) && (span_starts(line, "//") ||
	    span_starts(line, "/*")))
		path = path_in(line);
	if (!path.len && above.len < 120 && !is_foreign(info))
		path = path_in(above);
	return path;
}

int
fence_all(struct span all, struct fence found[FENCES_MAX], struct buf *words)
{
	struct span line, info, above = {0}, rest = all;
	int n = 0;

	while (span_line(&rest, &line)) {
		size_t marks = mark_len(line, &info), closing;
		struct fence *f = &found[n];
		struct span other;

		if (marks == 0 || n == FENCES_MAX) {
			buf_add(words, line.at, line.len);
			buf_char(words, '\n');
			if (span_trim(line).len)
				above = line;
			continue;
		}
		*f = (struct fence){.info = info, .text = {rest.at, rest.len}};
		while (span_line(&rest, &line)) {
			closing = mark_len(line, &other);
			if (closing >= marks && other.len == 0) {
				f->text.len = (size_t)(line.at - f->text.at);
				break;
			}
		}
		f->path = path_of(f->info, f->text, above);
		above = (struct span){0};
		buf_char(words, '\n');
		n++;
	}
	return n;
}

static bool
is_component(const struct fence *f)
{
	return span_find(f->text, "export default") || fence_is_edit(f->text);
}

/* Code that shows fences itself ends its own too early: where the first fence names its
 * language, no other names one, and the component is not whole in the first, it is the
 * only one and goes on to the last mark.  The number of fences then. */
static int
mend_inner_fences(struct span all, struct fence *f, int n)
{
	struct span line, info, rest = {f->text.at,
	    (size_t)(all.at + all.len - f->text.at)};
	const char *last = NULL;

	if (!is_script(f->info) || is_component(f) || !span_find(rest, "export default"))
		return n;
	for (int i = 1; i < n; i++)
		if (f[i].info.len)
			return n;
	while (span_line(&rest, &line))
		if (mark_len(line, &info) && info.len == 0)
			last = line.at;
	if (last)
		f->text.len = (size_t)(last - f->text.at);
	return 1;
}

int
fence_find(struct span all, struct fence found[FENCES_MAX], struct buf *words)
{
	int n = fence_all(all, found, words), kept = 0, best = -1;
	bool has_paths = false;

	if (n > 1)
		n = mend_inner_fences(all, found, n);
	for (int i = 0; i < n; i++) {
		if (found[i].path.len) {
			has_paths = true;
			continue;
		}
		if (!is_component(&found[i]) && !is_script(found[i].info))
			continue;
		if (best < 0 || is_component(&found[i]) > is_component(&found[best]) ||
		    (is_component(&found[i]) == is_component(&found[best]) &&
		    found[i].text.len > found[best].text.len))
			best = i;
	}
	if (best >= 0 && has_paths && !is_component(&found[best]))
		best = -1;	/* an example of how to use the files */
	for (int i = 0; i < n; i++)
		if (found[i].path.len || i == best)
			found[kept++] = found[i];
	return kept;
}
