#include <string.h>

#include "walk.h"

static void
skip_space(struct walk *w)
{
	while (w->at < w->end && strchr(" \t\r\n", *w->at) && *w->at)
		w->at++;
}

static bool
fail(struct walk *w)
{
	w->is_bad = true;
	return false;
}

bool
walk_open(struct walk *w, struct text json)
{
	*w = (struct walk){.at = json.at, .end = json.at + json.len, .is_first = true};
	skip_space(w);
	if (w->at == w->end || (*w->at != '{' && *w->at != '['))
		return fail(w);
	w->close = *w->at++ == '{' ? '}' : ']';
	return true;
}

static bool
skip_text(struct walk *w)
{
	for (w->at++; w->at < w->end; w->at++) {
		if (*w->at == '\\')
			w->at++;
		else if (*w->at == '"') {
			w->at++;
			return true;
		}
	}
	w->at = w->end;		/* an escape may have led beyond it */
	return fail(w);
}

/* Brackets are only counted: whoever reads the value finds those that do not match. */
static bool
skip_value(struct walk *w)
{
	const char *start = w->at;
	int depth = 0;

	while (w->at < w->end) {
		if (*w->at == '"') {
			if (!skip_text(w))
				return false;
			continue;
		}
		if (*w->at == '{' || *w->at == '[') {
			depth++;
		} else if (*w->at == '}' || *w->at == ']') {
			if (!depth)
				break;
			depth--;
		} else if (*w->at == ',' && !depth) {
			break;
		}
		w->at++;
	}
	return (depth || w->at == start) ? fail(w) : true;
}

static bool
take(struct walk *w, char c)
{
	skip_space(w);
	if (w->at == w->end || *w->at != c)
		return false;
	w->at++;
	return true;
}

bool
walk_next(struct walk *w, struct text *key, struct text *value)
{
	if (w->is_bad)
		return false;
	if (take(w, w->close)) {
		skip_space(w);
		w->is_bad = w->at != w->end;
		return false;
	}
	if (!w->is_first && !take(w, ','))
		return fail(w);
	w->is_first = false;
	skip_space(w);
	*key = (struct text){w->at, 0};
	if (w->close == '}') {
		if (w->at == w->end || *w->at != '"' || !skip_text(w))
			return fail(w);
		key->len = (size_t)(w->at - key->at);
		if (!take(w, ':'))
			return fail(w);
		skip_space(w);
	}
	value->at = w->at;
	if (!skip_value(w))
		return false;
	value->len = (size_t)(w->at - value->at);
	return true;
}

bool
walk_key_is(struct text key, const char *name)
{
	size_t n = strlen(name);

	return key.len == n + 2 && memcmp(key.at + 1, name, n) == 0;
}
