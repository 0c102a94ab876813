#include <math.h>
#include <string.h>

#include "../base/mem.h"
#include "../base/num.h"
#include "json.h"
#include "utf8.h"

#define NUMBER_MAX 63	/* bytes; cJSON's own limit, beyond which it reads only a part */
#define SAFE_INT 9007199254740992.0	/* 2^53 */

struct scan {
	const char *at, *end;
	int values;
	const char *why;
};

static bool scan_value(struct scan *s, int depth);

static bool
bad(struct scan *s, const char *why)
{
	s->why = why;
	return false;
}

static void
skip_space(struct scan *s)
{
	while (s->at < s->end && memchr(" \t\r\n", *s->at, 4))
		s->at++;
}

static int
take_hex4(struct scan *s)
{
	int v = 0;

	if (s->end - s->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = num_hex(*s->at++);

		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

/* Behind the backslash. */
static bool
scan_escape(struct scan *s)
{
	int u;

	if (s->at == s->end)
		return bad(s, "it ends within a text");
	if (*s->at != 'u') {
		if (!*s->at || !strchr("\"\\/bfnrt", *s->at))
			return bad(s, "it holds an unknown escape");
		s->at++;
		return true;
	}
	s->at++;
	u = take_hex4(s);
	if (u < 0)
		return bad(s, "it holds a broken \\u escape");
	if (u == 0)
		return bad(s, "a text holds a NUL character");
	if (u >= 0xdc00 && u <= 0xdfff)
		return bad(s, "a text holds half a surrogate pair");
	if (u < 0xd800 || u > 0xdbff)
		return true;
	if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
		return bad(s, "a text holds half a surrogate pair");
	s->at += 2;
	u = take_hex4(s);
	return (u >= 0xdc00 && u <= 0xdfff) || bad(s, "a text holds half a surrogate pair");
}

static bool
scan_text(struct scan *s)
{
	if (s->at == s->end || *s->at != '"')
		return bad(s, "a text in double quotes was expected");
	s->at++;
	while (s->at < s->end && *s->at != '"') {
		size_t step;

		if (*s->at == '\\') {
			s->at++;
			if (!scan_escape(s))
				return false;
			continue;
		}
		if ((unsigned char)*s->at < 0x20)
			return bad(s, "a text holds a control character");
		step = utf8_step(s->at, (size_t)(s->end - s->at));
		if (step == 0)
			return bad(s, "it is not valid UTF-8");
		s->at += step;
	}
	if (s->at == s->end)
		return bad(s, "it ends within a text");
	s->at++;
	return true;
}

static bool
scan_digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > from || bad(s, "a number is malformed");
}

static bool
scan_number(struct scan *s)
{
	const char *from = s->at;

	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0')
		s->at++;
	else if (!scan_digits(s))
		return false;
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (s->at < s->end && (*s->at | 32) == 'e') {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (!scan_digits(s))
			return false;
	}
	return s->at - from <= NUMBER_MAX || bad(s, "a number is too long");
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return bad(s, "it is not JSON");
	s->at += n;
	return true;
}

static bool
scan_member(struct scan *s, int depth)
{
	if (!scan_text(s))
		return false;
	skip_space(s);
	if (s->at == s->end || *s->at != ':')
		return bad(s, "a colon was expected behind a name");
	s->at++;
	return scan_value(s, depth);
}

static bool
scan_list(struct scan *s, int depth, char closing)
{
	int count = 0;

	if (depth > JSON_DEPTH)
		return bad(s, "it is nested too deeply");
	s->at++;
	skip_space(s);
	if (s->at < s->end && *s->at == closing) {
		s->at++;
		return true;
	}
	for (;; s->at++) {
		skip_space(s);
		if (closing == '}' && ++count > JSON_KEYS)
			return bad(s, "an object has too many members");
		if (closing == '}' ? !scan_member(s, depth) : !scan_value(s, depth))
			return false;
		skip_space(s);
		if (s->at == s->end)
			return bad(s, "it ends too early");
		if (*s->at == closing)
			break;
		if (*s->at != ',')
			return bad(s, "a comma was expected");
	}
	s->at++;
	return true;
}

static bool
scan_value(struct scan *s, int depth)
{
	if (++s->values > JSON_VALUES)
		return bad(s, "it holds too many values");
	skip_space(s);
	if (s->at == s->end)
		return bad(s, "it ends too early");
	switch (*s->at) {
	case '{':
		return scan_list(s, depth + 1, '}');
	case '[':
		return scan_list(s, depth + 1, ']');
	case '"':
		return scan_text(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	case '-': case '0': case '1': case '2': case '3': case '4':
	case '5': case '6': case '7': case '8': case '9':
		return scan_number(s);
	default:
		return bad(s, "it is not JSON");
	}
}

/* Depth is bounded by the scan, keys per object too, so this is short. */
static const char *
find_repeated(const cJSON *j)
{
	const cJSON *child, *other;

	cJSON_ArrayForEach(child, j) {
		const char *inner = find_repeated(child);

		if (inner)
			return inner;
		if (!cJSON_IsObject(j))
			continue;
		for (other = child->next; other; other = other->next)
			if (strcmp(other->string, child->string) == 0)
				return child->string;
	}
	return NULL;
}

cJSON *
json_parse(const char *text, size_t n, struct err *e)
{
	struct scan s = {.at = text, .end = text + n};
	AUTO_JSON cJSON *j = NULL;
	const char *name;

	if (!scan_value(&s, 0)) {
		err_set(e, ERR_INPUT, "The JSON could not be read: %s.", s.why);
		return NULL;
	}
	skip_space(&s);
	if (s.at != s.end) {
		err_set(e, ERR_INPUT, "The JSON could not be read: there is text behind it.");
		return NULL;
	}
	j = cJSON_ParseWithLength(text, n);
	if (!j) {
		err_set(e, ERR_INPUT, "The JSON could not be read.");
		return NULL;
	}
	name = find_repeated(j);
	if (name) {
		err_field(e, ERR_INPUT, name, "The field is given twice.");
		return NULL;
	}
	return KEEP_PTR(j);
}

void
json_delete_at(cJSON **j)
{
	cJSON_Delete(*j);
}

cJSON *
json_get(const cJSON *o, const char *name)
{
	return cJSON_IsObject(o) ? cJSON_GetObjectItemCaseSensitive(o, name) : NULL;
}

const char *
json_get_text(const cJSON *o, const char *name)
{
	return cJSON_GetStringValue(json_get(o, name));
}

const char *
json_get_words(const cJSON *o, const char *name)
{
	const char *text = json_get_text(o, name);

	return text ? text : "";
}

bool
json_to_int(const cJSON *j, int64_t *out)
{
	if (!cJSON_IsNumber(j) || !(fabs(j->valuedouble) <= SAFE_INT) ||
	    j->valuedouble != floor(j->valuedouble))
		return false;
	*out = (int64_t)j->valuedouble;
	return true;
}

int64_t
json_get_int(const cJSON *o, const char *name, int64_t fallback)
{
	int64_t v;

	return json_to_int(json_get(o, name), &v) ? v : fallback;
}

bool
json_get_bool(const cJSON *o, const char *name)
{
	return cJSON_IsTrue(json_get(o, name));
}
