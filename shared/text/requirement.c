#include <string.h>

#include "requirement.h"

/* What is left of a line. */
struct rest {
	const char *at;
	size_t len;
};

static bool
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void
skip_blanks(struct rest *r)
{
	while (r->len && (*r->at == ' ' || *r->at == '\t'))
		r->at++, r->len--;
}

static bool
take_char(struct rest *r, char c)
{
	if (!r->len || *r->at != c)
		return false;
	r->at++, r->len--;
	skip_blanks(r);
	return true;
}

/* Letters, digits and some others; the number of bytes taken. */
static size_t
take_word(struct rest *r, const char *others)
{
	size_t n = 0;

	while (n < r->len && (is_alnum(r->at[n]) || strchr(others, r->at[n])))
		n++;
	r->at += n, r->len -= n;
	return n;
}

/* Begins and ends with a letter or digit. */
static bool
take_name(struct rest *r)
{
	const char *name = r->at;
	size_t n = r->len && is_alnum(*name) ? take_word(r, "._-") : 0;

	skip_blanks(r);
	return n > 0 && is_alnum(name[n - 1]);
}

/* "[all, plot]", if it is there. */
static bool
take_extras(struct rest *r)
{
	if (!take_char(r, '['))
		return true;
	do {
		if (!take_name(r))
			return false;
	} while (take_char(r, ','));
	return take_char(r, ']');
}

static bool
take_operator(struct rest *r)
{
	static const char *const all[] = {"===", "==", "!=", "<=", ">=", "~=", "<", ">"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t n = strlen(all[i]);

		if (r->len < n || memcmp(r->at, all[i], n) != 0)
			continue;
		r->at += n, r->len -= n;
		skip_blanks(r);
		return true;
	}
	return false;
}

/* ">=1.2, <2" with or without round brackets, if it is there. */
static bool
take_versions(struct rest *r)
{
	bool is_bracketed = take_char(r, '(');

	if (!r->len || *r->at == ';')
		return !is_bracketed;
	do {
		if (!take_operator(r) || take_word(r, ".*+!_-") == 0)
			return false;
		skip_blanks(r);
	} while (take_char(r, ','));
	return !is_bracketed || take_char(r, ')');
}

/* "; python_version < '3.13'", if it is there: only its characters are looked at. */
static bool
take_marker(struct rest *r)
{
	if (!take_char(r, ';'))
		return true;
	return take_word(r, " \t._-+*'\"()<>=!~,") > 0;
}

static int
refuse(const char *field, int line, const char *why, struct err *e)
{
	return err_field(e, ERR_INPUT, field, "Line %d of %s %s.", line, field, why);
}

static int
check_line(struct rest r, const char *field, int line, struct err *e)
{
	if (*r.at == '-')
		return refuse(field, line, "is an option; only packages can be named", e);
	if (*r.at == '.' || *r.at == '/' || *r.at == '~' || memmem(r.at, r.len, "://", 3))
		return refuse(field, line, "is a path or an address; packages are named, and come "
		    "from the index", e);
	if (!take_name(&r) || !take_extras(&r))
		return refuse(field, line, "does not begin with a package's name", e);
	if (r.len && (*r.at == '@' || *r.at == '/'))
		return refuse(field, line, "is a path or an address; packages are named, and come "
		    "from the index", e);
	if (!take_versions(&r) || !take_marker(&r) || r.len)
		return refuse(field, line, "is no requirement such as polars>=1.2", e);
	return 0;
}

/* [tool.uv.sources] and [[tool.uv.index]] lead to other places; so does [tool.uv] pip. */
static int
check_table(struct rest r, const char *field, int line, struct err *e)
{
	while (r.len && (*r.at == '[' || *r.at == ' ' || *r.at == '\t'))
		r.at++, r.len--;
	if (r.len >= 7 && memcmp(r.at, "tool.uv", 7) == 0 && (r.len == 7 || !is_alnum(r.at[7])))
		return refuse(field, line, "sets up uv, which Carrel does", e);
	return 0;
}

/* The next line without its comment and the blanks around it; false at the end. */
static bool
next_line(const char **text, bool has_comments, struct rest *line)
{
	size_t n = strcspn(*text, "\n");

	if (!**text)
		return false;
	*line = (struct rest){*text, n};
	*text += n + ((*text)[n] == '\n');
	for (size_t i = 0; has_comments && i < line->len; i++)
		if (line->at[i] == '#' && (i == 0 || line->at[i - 1] == ' ' || line->at[i - 1] == '\t'))
			line->len = i;
	skip_blanks(line);
	while (line->len && strchr(" \t\r", line->at[line->len - 1]))
		line->len--;
	return true;
}

/* No requirement begins with a square bracket, and every pyproject.toml has a table. */
static bool
looks_like_project(const char *text)
{
	struct rest line;

	while (next_line(&text, true, &line))
		if (line.len && *line.at == '[')
			return true;
	return false;
}

int
requirement_check(const char *text, const char *field, bool *is_project, struct err *e)
{
	struct rest line;
	int n = 0;

	if (strlen(text) > REQUIREMENT_BYTES)
		return err_field(e, ERR_LIMIT, field, "The field %s is larger than %u KB.", field,
		    REQUIREMENT_BYTES >> 10);
	*is_project = looks_like_project(text);
	while (next_line(&text, !*is_project, &line)) {
		n++;
		if (line.len == 0 || (*is_project && *line.at != '['))
			continue;
		if (line.len > REQUIREMENT_LINE_MAX)
			return refuse(field, n, "is too long", e);
		if ((*is_project ? check_table(line, field, n, e) :
		    check_line(line, field, n, e)) < 0)
			return -1;
	}
	return 0;
}
