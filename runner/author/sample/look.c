#include <string.h>

#include "look.h"

#define LOOK_START "const look = {\n"
#define LOOK_END "\n};"
#define LOOK_MAX 8192

bool
look_find(const char *source, const char **at, size_t *len)
{
	const char *start = strstr(source, LOOK_START);
	const char *end;

	if (!start || strstr(start + 1, LOOK_START))
		return false;
	if (!(end = strstr(start, LOOK_END)))
		return false;
	*at = start;
	*len = (size_t)(end - start) + strlen(LOOK_END);
	return *len <= LOOK_MAX;
}

/* The value of a setting: what stands between "\n  name: " and the ",\n" of its line. */
static bool
find_value(const struct buf *object, const char *name, size_t *from, size_t *len)
{
	const char *line, *value, *end;
	size_t n = strlen(name);

	for (line = object->at; (line = strchr(line, '\n')); line++) {
		if (strncmp(line, "\n  ", 3) || strncmp(line + 3, name, n) ||
		    strncmp(line + 3 + n, ": ", 2))
			continue;
		value = line + 3 + n + 2;
		end = strchr(value, '\n');
		if (!end || end == value || end[-1] != ',')
			return false;
		*from = (size_t)(value - object->at);
		*len = (size_t)(end - 1 - value);
		return true;
	}
	return false;
}

bool
look_get(const struct buf *object, const char *name, char *value, size_t size)
{
	size_t from, len;

	if (!find_value(object, name, &from, &len))
		return false;
	if (len >= 2 && object->at[from] == '\'') {
		from++;
		len -= 2;
	}
	if (len >= size)
		return false;
	memcpy(value, object->at + from, len);
	value[len] = '\0';
	return true;
}

bool
look_set(struct buf *object, const char *name, const char *value)
{
	AUTO_BUF struct buf rest = {0};
	size_t from, len;

	if (!find_value(object, name, &from, &len))
		return false;
	if (len == strlen(value) && !memcmp(object->at + from, value, len))
		return false;
	buf_init(&rest, object->len);
	buf_str(&rest, object->at + from + len);
	object->len = from;
	object->at[from] = '\0';
	buf_str(object, value);
	buf_add(object, rest.at, rest.len);
	return true;
}

bool
look_set_text(struct buf *object, const char *name, const char *text)
{
	AUTO_BUF struct buf quoted = {0};

	buf_init(&quoted, LOOK_MAX);
	look_quote(&quoted, text);
	return !quoted.is_over && look_set(object, name, quoted.at);
}

void
look_quote(struct buf *to, const char *text)
{
	const unsigned char *p;

	buf_char(to, '\'');
	for (p = (const unsigned char *)text; *p; p++) {
		if (*p == '\\' || *p == '\'')
			buf_fmt(to, "\\%c", *p);
		else if (*p == '\n')
			buf_str(to, "\\n");
		/* < and > as well: the answer's own blocks are made of them. */
		else if (*p < 0x20 || *p == 0x7f || *p == '<' || *p == '>')
			buf_fmt(to, "\\u%04x", *p);
		else
			buf_char(to, (char)*p);
	}
	buf_char(to, '\'');
}
