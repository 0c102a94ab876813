#include <string.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "path.h"

#define ROUNDS_OF_DECODING 3

enum where { START, PREFIX, ANYWHERE };

static const struct rule {
	enum where where;
	const char *path;
	int status;
} rules[] = {
#define PATH(WHERE, path, status) {WHERE, path, status},
#include "path.def"
#undef PATH
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
matches(const struct rule *r, const char *s, size_t n)
{
	size_t len = strlen(r->path);
	const char *found = s;

	if (n < len)
		return false;
	if (r->where != ANYWHERE)
		return memcmp(s, r->path, len) == 0 &&
		    (r->where == PREFIX || n == len || s[len] == '/');
	while ((found = memmem(found, n - (size_t)(found - s), r->path, len))) {
		found += len;
		if (found == s + n || *found == '/')
			return true;
	}
	return false;
}

int
path_refusal(struct text target)
{
	const char *query = memchr(target.at, '?', target.len);
	size_t n = query ? (size_t)(query - target.at) : target.len;
	char s[HEAD_BYTES_MAX];

	if (n > sizeof(s))
		return 400;
	memcpy(s, target.at, n);
	for (int round = 0; round < ROUNDS_OF_DECODING; round++)
		n = decode(s, n);
	n = flatten(s, n);
	for (size_t i = 0; i < COUNT(rules); i++)
		if (matches(&rules[i], s, n))
			return rules[i].status;
	return 0;
}
