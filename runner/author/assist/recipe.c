#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../../shared/text/json.h"
#include "recipe.h"

#define MANY_ROWS 20000		/* more make a drawing slow */
#define COLUMNS_MAX 12

/* What a recipe works on. */
struct kitchen {
	const struct scope *scope;
	const struct scope_frame *frame;
	const struct scope_column *number, *other_number, *time, *group;
	const struct scope_column *named[COLUMNS_MAX];	/* in the request */
	int named_count;
	struct buf *out;
};

/* ---- words ---- */

static bool
is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Whether text has the word, whole, in any case. */
static bool
has_word(const char *text, const char *word, size_t n)
{
	for (const char *at = text; n && *at; at++)
		if (strncasecmp(at, word, n) == 0 && !is_letter(at[n]) &&
		    (at == text || !is_letter(at[-1])))
			return true;
	return false;
}

static bool
has_any(const char *text, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, "|");

		if (has_word(text, words, n))
			return true;
		words += n + (words[n] == '|');
	}
	return false;
}

/* ---- columns ---- */

static bool
has_type(const struct scope_column *c, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(c->type, *words))
			return true;
	return false;
}

static bool
is_time(const struct scope_column *c)
{
	static const char *const words[] = {"date", "time", NULL};

	return has_type(c, words);
}

static bool
is_number(const struct scope_column *c)
{
	static const char *const words[] = {"int", "float", "double", "decimal", "number",
	    NULL};

	return has_type(c, words) && !is_time(c);
}

static bool
is_plain_name(const char *name)
{
	if (!*name || isdigit((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

/* How well the request fits the frame: its name counts more than those of columns. */
static int
fits(const struct scope_frame *f, const char *request)
{
	int n = has_word(request, f->name, strlen(f->name)) ? 1000 : 0;

	for (int i = 0; i < f->count; i++)
		n += has_word(request, f->columns[i].name, strlen(f->columns[i].name));
	return n;
}

static const struct scope_frame *
choose_frame(const struct scope *s, const char *request)
{
	const struct scope_frame *best = NULL;

	for (int i = 0; i < s->frame_count; i++) {
		const struct scope_frame *f = &s->frames[i];

		if (is_plain_name(f->name) && f->count &&
		    (!best || fits(f, request) > fits(best, request)))
			best = f;
	}
	return best;
}

static void
take_column(struct kitchen *k, const struct scope_column *c)
{
	if (is_time(c))
		k->time = k->time ? k->time : c;
	else if (!is_number(c))
		k->group = k->group ? k->group : c;
	else if (!k->number)
		k->number = c;
	else if (!k->other_number && c != k->number)
		k->other_number = c;
}

/* Those that are named first, then the others as they come. */
static void
choose_columns(struct kitchen *k, const char *request)
{
	const struct scope_frame *f = k->frame;

	for (int i = 0; f && i < f->count; i++)
		if (has_word(request, f->columns[i].name, strlen(f->columns[i].name)) &&
		    k->named_count < COLUMNS_MAX)
			k->named[k->named_count++] = &f->columns[i];
	for (int i = 0; i < k->named_count; i++)
		take_column(k, k->named[i]);
	for (int i = 0; f && i < f->count; i++)
		take_column(k, &f->columns[i]);
}

static bool
is_named(const struct kitchen *k, const struct scope_column *c)
{
	for (int i = 0; c && i < k->named_count; i++)
		if (k->named[i] == c)
			return true;
	return false;
}

/* ---- code ---- */

static void
put_string(struct buf *to, const char *text)
{
	AUTO_BUF struct buf json = {0};

	buf_init(&json, 1u << 20);
	json_text(&json, text);
	buf_str(to, json.at);
}

/* A field of Vega, to which dots and brackets mean something. */
static void
put_field(struct buf *to, const char *axis, const struct scope_column *c, const char *type)
{
	AUTO_BUF struct buf name = {0};

	buf_init(&name, 1u << 20);
	for (const char *p = c->name; *p; p++) {
		if (strchr(".[]\\", *p))
			buf_char(&name, '\\');
		buf_char(&name, *p);
	}
	buf_fmt(to, "    %s=_alt.%c(field=", axis, toupper((unsigned char)axis[0]));
	put_string(to, name.at);
	buf_str(to, ", title=");
	put_string(to, c->name);
	buf_fmt(to, ", type=\"%s\"", type);
}

static void
begin(struct kitchen *k, const char *sentence)
{
	buf_fmt(k->out, "%s\n\n```python\n", sentence);
}

static void
end(struct kitchen *k)
{
	buf_str(k->out, "```\n");
}

static void
begin_chart(struct kitchen *k, const char *mark)
{
	buf_str(k->out, "import altair as _alt\n\n");
	if (k->frame->rows > MANY_ROWS)
		buf_fmt(k->out, "# All %lld rows would make a slow drawing.\n"
		    "_rows = %s.sample(%d)\n", (long long)k->frame->rows, k->frame->name,
		    MANY_ROWS);
	buf_fmt(k->out, "_alt.Chart(%s).mark_%s().encode(\n", k->frame->rows > MANY_ROWS ?
	    "_rows" : k->frame->name, mark);
}

static void
end_chart(struct kitchen *k)
{
	buf_str(k->out, ").properties(width=\"container\")\n");
	end(k);
}

static bool
histogram(struct kitchen *k)
{
	if (!k->number)
		return false;
	begin(k, "A histogram of one column.");
	begin_chart(k, "bar");
	put_field(k->out, "x", k->number, "quantitative");
	buf_str(k->out, ", bin=_alt.Bin(maxbins=30)),\n"
	    "    y=_alt.Y(aggregate=\"count\", type=\"quantitative\", title=\"rows\"),\n");
	end_chart(k);
	return true;
}

static bool
scatter(struct kitchen *k)
{
	if (!k->other_number)
		return histogram(k);
	begin(k, "Each row as a point, by two of its numbers.");
	begin_chart(k, "point");
	put_field(k->out, "x", k->number, "quantitative");
	buf_str(k->out, "),\n");
	put_field(k->out, "y", k->other_number, "quantitative");
	buf_str(k->out, "),\n");
	if (is_named(k, k->group)) {
		put_field(k->out, "color", k->group, "nominal");
		buf_str(k->out, "),\n");
	}
	end_chart(k);
	return true;
}

static bool
line(struct kitchen *k)
{
	const struct scope_column *along = k->time ? k->time : k->number;
	const struct scope_column *up = k->time ? k->number : k->other_number;

	if (!along || !up)
		return false;
	begin(k, "A line of one column along another.");
	begin_chart(k, "line");
	put_field(k->out, "x", along, k->time ? "temporal" : "quantitative");
	buf_str(k->out, "),\n");
	put_field(k->out, "y", up, "quantitative");
	buf_str(k->out, "),\n");
	end_chart(k);
	return true;
}

static bool
bars(struct kitchen *k)
{
	bool has_value = is_named(k, k->number);

	if (!k->group)
		return histogram(k);
	begin(k, has_value ? "The mean of a column for each group." :
	    "How many rows there are of each kind.");
	begin_chart(k, "bar");
	put_field(k->out, "x", k->group, "nominal");
	buf_str(k->out, "),\n");
	if (has_value) {
		put_field(k->out, "y", k->number, "quantitative");
		buf_str(k->out, ", aggregate=\"mean\"),\n");
	} else {
		buf_str(k->out, "    y=_alt.Y(aggregate=\"count\", type=\"quantitative\", "
		    "title=\"rows\"),\n");
	}
	end_chart(k);
	return true;
}

/* What suits the columns that are named, or else what there is. */
static bool
plot(struct kitchen *k)
{
	bool is_any = k->named_count == 0;

	if ((is_any || is_named(k, k->time)) && k->time && k->number)
		return line(k);
	if (is_named(k, k->group) && !is_named(k, k->other_number))
		return bars(k);
	if (is_any || is_named(k, k->other_number))
		return (k->other_number ? scatter(k) : false) || bars(k);
	return histogram(k) || bars(k);
}

static bool
describe(struct kitchen *k)
{
	begin(k, "The usual figures of each column.");
	buf_fmt(k->out, "%s.describe()\n", k->frame->name);
	end(k);
	return true;
}

static bool
head(struct kitchen *k)
{
	begin(k, "The first ten rows.");
	buf_fmt(k->out, "%s.head(10)\n", k->frame->name);
	end(k);
	return true;
}

/* What marimo is called here, imported if need be. */
static const char *
marimo_name(struct kitchen *k)
{
	if (scope_has(k->scope, "mo"))
		return "mo";
	buf_str(k->out, "import marimo as _mo\n\n");
	return "_mo";
}

static bool
table(struct kitchen *k)
{
	const char *mo;

	begin(k, "A table that can be sorted and searched.");
	mo = marimo_name(k);
	buf_fmt(k->out, "%s.ui.table(%s", mo, k->frame->name);
	for (int i = 0; i < k->named_count; i++) {
		buf_str(k->out, i ? ", " : "[[");
		put_string(k->out, k->named[i]->name);
	}
	buf_str(k->out, k->named_count ? "]])\n" : ")\n");
	end(k);
	return true;
}

/* Needs no frame. */
static bool
slider(struct kitchen *k)
{
	char name[20] = "slider";
	const char *mo;

	for (int i = 2; i < 1000 && scope_has(k->scope, name); i++)
		snprintf(name, sizeof(name), "slider_%d", i);
	begin(k, "A slider; its value is read in another cell as .value.");
	mo = marimo_name(k);
	buf_fmt(k->out, "%s = %s.ui.slider(0, 100, value=50, label=\"Value\", "
	    "show_value=True)\n%s\n", name, mo, name);
	end(k);
	return true;
}

static const struct {
	const char *words;
	bool (*make)(struct kitchen *k);
} recipes[] = {
#define RECIPE(name, words) {words, name},
#include "recipe.def"
#undef RECIPE
};

void
recipe_answer(const char *request, const struct scope *s, struct buf *answer)
{
	struct kitchen k = {.scope = s, .frame = choose_frame(s, request), .out = answer};
	bool is_known = false;

	choose_columns(&k, request);
	for (size_t i = 0; i < COUNT(recipes) && !is_known; i++) {
		if (!has_any(request, recipes[i].words))
			continue;
		is_known = true;
		if ((k.frame || recipes[i].make == slider) && recipes[i].make(&k))
			return;
	}
	if (!is_known)
		buf_str(answer, "No model is set up here, and the built-in sample assistant "
		    "knows only a few requests: plot, histogram, scatter, line, bars, describe, "
		    "table, head, slider.");
	else if (!k.frame)
		buf_str(answer, "The built-in sample assistant works with data frames, and "
		    "this notebook has none yet. Run a cell that makes one, and ask again.");
	else
		buf_fmt(answer, "The data frame %s has no columns that would fit this request.",
		    k.frame->name);
}
