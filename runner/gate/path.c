#include <string.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "path.h"

#define ROUNDS_OF_DECODING 3

enum where { START, PREFIX, ANYWHERE };
enum doors { MARIMO, TOOL };

#define SHELL (-1)	/* of path.def: a notebook's terminal */

static const struct rule {
	enum where where;
	const char *path;
	int app, notebook;
} rules[] = {
#define PATH(WHERE, path, app, notebook) {WHERE, path, app, notebook},
#include "path.def"
#undef PATH
};

static const struct quiet {
	enum doors doors;
	enum where where;
	const char *path;
} quiets[] = {
#define QUIET(DOORS, WHERE, path) {DOORS, WHERE, path},
#include "quiet.def"
#undef QUIET
};

static const char *const views[] = {
#define VIEW(path) path,
#include "view.def"
#undef VIEW
};

static size_t
decode(char *s, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '%' && i + 2 < n && num_hex(s[i + 1]) >= 0 &&
		    num_hex(s[i + 2]) >= 0) {
			s[to++] = (char)(num_hex(s[i + 1]) << 4 | num_hex(s[i + 2]));
			i += 2;
		} else {
			s[to++] = s[i];
		}
	}
	return to;
}

/* Takes the last segment off. */
static size_t
up(const char *s, size_t n)
{
	while (n && s[--n] != '/')
		;
	return n;
}

/* One slash between segments, no dot segments, small letters. */
static size_t
flatten(char *s, size_t n)
{
	size_t to = 0, i = 0;

	while (i < n) {
		size_t start = to;

		while (i < n && (s[i] == '/' || s[i] == '\\'))
			i++;
		s[to++] = '/';
		for (; i < n && s[i] != '/' && s[i] != '\\'; i++)
			s[to++] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
		if (to - start == 2 && s[start + 1] == '.')
			to = start;
		else if (to - start == 3 && memcmp(s + start, "/..", 3) == 0)
			to = up(s, start);
	}
	return to;
}

static bool
matches(enum where where, const char *path, struct text t)
{
	size_t len = strlen(path), n = t.len;
	const char *s = t.at, *found = s;

	if (n < len)
		return false;
	if (where != ANYWHERE)
		return memcmp(s, path, len) == 0 &&
		    (where == PREFIX || n == len || s[len] == '/');
	while ((found = memmem(found, n - (size_t)(found - s), path, len))) {
		found += len;
		if (found == s + n || *found == '/')
			return true;
	}
	return false;
}

static void
look_up(struct text t, struct path *p)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct rule *r = &rules[i];

		if (!matches(r->where, r->path, t))
			continue;
		p->is_shell |= r->notebook == SHELL;
		if (!p->app)
			p->app = r->app;
		if (!p->notebook && r->notebook != SHELL)
			p->notebook = r->notebook;
	}
	for (size_t i = 0; i < COUNT(quiets); i++)
		if (matches(quiets[i].where, quiets[i].path, t))
			*(quiets[i].doors == TOOL ? &p->is_quiet_tool : &p->is_quiet) = true;
	for (size_t i = 0; i < COUNT(views); i++)
		p->is_view |= matches(START, views[i], t);
}

struct path
path_judge(struct text target)
{
	const char *query = memchr(target.at, '?', target.len);
	size_t n = query ? (size_t)(query - target.at) : target.len;
	struct path p = {0};
	char s[HEAD_BYTES_MAX];

	if (n > sizeof(s))
		return (struct path){.app = 400, .notebook = 400};
	memcpy(s, target.at, n);
	for (int round = 0; round < ROUNDS_OF_DECODING; round++)
		n = decode(s, n);
	look_up((struct text){s, flatten(s, n)}, &p);
	return p;
}
