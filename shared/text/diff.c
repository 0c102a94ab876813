#include <stdbool.h>
#include <string.h>

#include "diff.h"

struct lines {
	struct line {
		const char *text;
		size_t n;
	} *at;
	int count;
};

static struct lines
split(const char *text, struct arena *a)
{
	struct lines l = {0};
	int room = 1;

	for (const char *p = text; *p; p++)
		room += *p == '\n';
	l.at = arena_new(a, (size_t)room * sizeof(*l.at));
	while (*text) {
		size_t n = strcspn(text, "\n");

		l.at[l.count].text = text;
		l.at[l.count++].n = n;
		text += n + (text[n] == '\n');
	}
	return l;
}

static bool
is_same(const struct lines *x, int i, const struct lines *y, int j)
{
	return x->at[i].n == y->at[j].n && memcmp(x->at[i].text, y->at[j].text, x->at[i].n) == 0;
}

struct walk {
	const struct lines *x, *y;
	int from, x_end, y_end;		/* between the common head and tail; x and y start alike */
	int **trace;			/* furthest x per diagonal, before each step */
	int steps;			/* edits needed; −1: more than the bound */
};

/* Where diagonal k is reached with one more edit. */
static int
step_to(const int *v, int d, int k)
{
	if (k == -d || (k != d && v[k - 1] < v[k + 1]))
		return v[k + 1];
	return v[k - 1] + 1;
}

static void
search(struct walk *w, struct arena *a)
{
	int n = w->x_end - w->from, m = w->y_end - w->from;
	int max = n + m < DIFF_EDITS ? n + m : DIFF_EDITS;
	int *v = (int *)arena_new(a, (size_t)(2 * max + 3) * sizeof(*v)) + max + 1;

	w->trace = arena_new(a, (size_t)(max + 1) * sizeof(*w->trace));
	for (int d = 0; d <= max; d++) {
		int *was = arena_new(a, (size_t)(2 * d + 3) * sizeof(*was));

		memcpy(was, v - d - 1, (size_t)(2 * d + 3) * sizeof(*was));
		w->trace[d] = was + d + 1;
		for (int k = -d; k <= d; k += 2) {
			int i = step_to(v, d, k), j = i - k;

			while (i < n && j < m && j >= 0 && is_same(w->x, w->from + i, w->y, w->from + j))
				i++, j++;
			v[k] = i;
			if (i >= n && j >= m) {
				w->steps = d;
				return;
			}
		}
	}
	w->steps = -1;
}

static void
put(struct diff_line *out, enum diff_kind kind, const struct lines *x, int i,
    const struct lines *y, int j)
{
	const struct line *l = kind == DIFF_ADDED ? &y->at[j] : &x->at[i];

	*out = (struct diff_line){.kind = kind, .text = l->text, .n = l->n,
	    .old_line = kind == DIFF_ADDED ? 0 : i + 1, .new_line = kind == DIFF_REMOVED ? 0 : j + 1};
}

/* Fills the middle backwards, ending before `out`; returns the first line written. */
static struct diff_line *
backtrack(const struct walk *w, struct diff_line *out)
{
	int i = w->x_end - w->from, j = w->y_end - w->from;

	for (int d = w->steps; d >= 0; d--) {
		const int *v = w->trace[d];
		int k = i - j, from_k, from_i;

		from_k = k == -d || (k != d && v[k - 1] < v[k + 1]) ? k + 1 : k - 1;
		from_i = d ? step_to(v, d, k) : 0;
		while (i > from_i && j > from_i - k)
			i--, j--, put(--out, DIFF_SAME, w->x, w->from + i, w->y, w->from + j);
		if (d == 0)
			break;
		if (from_k == k + 1)
			j--, put(--out, DIFF_ADDED, w->x, 0, w->y, w->from + j);
		else
			i--, put(--out, DIFF_REMOVED, w->x, w->from + i, w->y, 0);
	}
	return out;
}

struct diff_line *
diff_lines(const char *old_text, const char *new_text, struct arena *a, size_t *n)
{
	struct lines x = split(old_text, a), y = split(new_text, a);
	struct walk w = {.x = &x, .y = &y, .x_end = x.count, .y_end = y.count};
	size_t room = (size_t)x.count + (size_t)y.count;
	struct diff_line *all = arena_new(a, (room + 1) * sizeof(*all)), *at = all + room;

	while (w.from < x.count && w.from < y.count && is_same(&x, w.from, &y, w.from))
		w.from++;
	while (w.x_end > w.from && w.y_end > w.from && is_same(&x, w.x_end - 1, &y, w.y_end - 1))
		w.x_end--, w.y_end--;
	for (int i = x.count, j = y.count; i > w.x_end;)
		i--, j--, put(--at, DIFF_SAME, &x, i, &y, j);
	search(&w, a);
	if (w.steps >= 0) {
		at = backtrack(&w, at);
	} else {
		for (int j = w.y_end; j > w.from; j--)
			put(--at, DIFF_ADDED, &x, 0, &y, j - 1);
		for (int i = w.x_end; i > w.from; i--)
			put(--at, DIFF_REMOVED, &x, i - 1, &y, 0);
	}
	for (int i = w.from; i > 0; i--)
		put(--at, DIFF_SAME, &x, i - 1, &y, i - 1);
	*n = (size_t)(all + room - at);
	return at;
}
