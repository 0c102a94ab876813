#include <stdlib.h>

#include "../../shared/base/mem.h"
#include "edit.h"

struct hunk {
	struct span search, replace;
};

static bool
is_mark(struct span line, char c, const char *word)
{
	struct span s = span_trim(line);
	size_t n = 0;

	while (n < s.len && s.at[n] == c)
		n++;
	if (n < 5 || n > 9)
		return false;
	s.at += n;
	s.len -= n;
	return span_is(span_trim(s), word);
}

/* 1: a hunk; 0: no more; −1. */
static int
next_hunk(struct span *rest, struct hunk *h, int number, const char *path, struct err *e)
{
	enum { BEFORE, SEARCH, REPLACE } in = BEFORE;
	struct span line;

	while (span_line(rest, &line)) {
		if (in == BEFORE && is_mark(line, '<', "SEARCH")) {
			in = SEARCH;
			h->search = (struct span){rest->at, 0};
		} else if (in == SEARCH && is_mark(line, '=', "")) {
			in = REPLACE;
			h->search.len = (size_t)(line.at - h->search.at);
			h->replace = (struct span){rest->at, 0};
		} else if (in == REPLACE && is_mark(line, '>', "REPLACE")) {
			h->replace.len = (size_t)(line.at - h->replace.at);
			return 1;
		}
	}
	if (in == BEFORE)
		return 0;
	return err_set(e, ERR_INPUT, "SEARCH/REPLACE block %d for %s is not complete: it "
	    "needs the lines <<<<<<< SEARCH, ======= and >>>>>>> REPLACE.", number, path);
}

static struct span
without_ends(struct span line, bool is_loose)
{
	while (line.len && (line.at[line.len - 1] == ' ' ||
	    line.at[line.len - 1] == '\t'))
		line.len--;
	while (is_loose && line.len && (*line.at == ' ' || *line.at == '\t')) {
		line.at++;
		line.len--;
	}
	return line;
}

/* Do the lines at `at` equal those of search, but for space?  end: behind the last of
 * them. */
static bool
lines_match(struct span at, struct span search, bool is_loose, const char **end)
{
	struct span want, have;

	while (span_line(&search, &want)) {
		if (!span_line(&at, &have))
			return false;
		want = without_ends(want, is_loose);
		have = without_ends(have, is_loose);
		if (want.len != have.len || memcmp(want.at, have.at, want.len) != 0)
			return false;
	}
	*end = at.at;
	return true;
}

/* How often search stands in text, 2 meaning more than once; hit is the first place. */
static int
find_exact(struct span text, struct span search, struct span *hit)
{
	const char *first = memmem(text.at, text.len, search.at, search.len), *again;

	if (!first)
		return 0;
	*hit = (struct span){first, search.len};
	again = memmem(first + 1, (size_t)(text.at + text.len - first - 1), search.at,
	    search.len);
	return again ? 2 : 1;
}

static int
find_lines(struct span text, struct span search, bool is_loose, struct span *hit)
{
	struct span rest = text, line;
	int n = 0;

	while (rest.len && n < 2) {
		const char *end;

		if (lines_match(rest, search, is_loose, &end) && n++ == 0)
			*hit = (struct span){rest.at, (size_t)(end - rest.at)};
		span_line(&rest, &line);
	}
	return n;
}

static int
find_place(struct span text, struct span search, struct span *hit)
{
	int n = find_exact(text, search, hit);

	if (n == 0)
		n = find_lines(text, search, false, hit);
	if (n == 0)
		n = find_lines(text, search, true, hit);
	return n;
}

static int
complain(const struct hunk *h, int number, int found, const char *path, struct err *e)
{
	struct span rest = h->search, line = {"", 0};

	while (span_line(&rest, &line) && span_trim(line).len == 0)
		;
	line = span_trim(line);
	return err_set(e, ERR_INPUT, "The SEARCH text of block %d for %s %s. It begins "
	    "with: %.*s", number, path, found ? "stands there more than once; give more "
	    "lines of it" : "does not stand in the file as it is now",
	    (int)(line.len < 120 ? line.len : 120), line.at);
}

/* One hunk, done to text; the result is put into next. */
static int
do_hunk(const struct hunk *h, int number, const char *path, const struct buf *text,
    struct buf *next, struct err *e)
{
	struct span all = {text->at, text->len}, hit = {0};
	int n;

	if (span_trim(h->search).len == 0) {
		if (span_trim(all).len)
			return err_set(e, ERR_INPUT, "The SEARCH text of block %d for %s "
			    "is empty.", number, path);
		buf_add(next, h->replace.at, h->replace.len);
		return 0;
	}
	n = find_place(all, h->search, &hit);
	if (n != 1)
		return complain(h, number, n, path, e);
	buf_add(next, all.at, (size_t)(hit.at - all.at));
	buf_add(next, h->replace.at, h->replace.len);
	buf_add(next, hit.at + hit.len, (size_t)(all.at + all.len - hit.at - hit.len));
	return 0;
}

int
edit_apply(struct span source, struct span edits, const char *path, struct buf *out,
    struct err *e)
{
	AUTO_BUF struct buf text = {0}, next = {0};
	struct hunk h;
	int got, number = 0;

	buf_init(&text, out->max);
	buf_init(&next, out->max);
	buf_add(&text, source.at, source.len);
	while ((got = next_hunk(&edits, &h, number + 1, path, e)) == 1) {
		struct buf swap;

		buf_reset(&next);
		if (do_hunk(&h, ++number, path, &text, &next, e) < 0)
			return -1;
		if (next.is_over)
			return err_set(e, ERR_INPUT, "%s would become too large.", path);
		swap = text;
		text = next;
		next = swap;
	}
	if (got < 0)
		return -1;
	if (number == 0)
		return err_set(e, ERR_INPUT, "The <edit> block of %s holds no "
		    "SEARCH/REPLACE block.", path);
	buf_add(out, text.at, text.len);
	return out->is_over ? err_set(e, ERR_INPUT, "%s would become too large.", path) :
	    0;
}
