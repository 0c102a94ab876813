#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pick.h"
#include "../../../shared/base/mem.h"
#include "wish.h"

#define CLAUSE_WORDS 48

/* A part of a sentence: what stands between commas, full stops and "and". */
struct clause {
	const char *words[CLAUSE_WORDS];
	size_t count;
	bool is_first;
	bool is_known;		/* some of it was understood */
};

static const char *const accent_words[] = {"theme", "themed", "accent", "accents",
	"button", "buttons", "colour", "colours", "color", "colors", "coloured",
	"colored", "style", "look", "tones", "tone", "design", "palette", "scheme", "version",
	"highlights", "app", NULL};
static const char *const ground_words[] = {
	"background", "backdrop", "backgrounds", "paper", "bg", NULL};
static const char *const text_words[] = {
	"text", "font", "letters", "writing", "words", NULL};
static const char *const thing_words[] = {"tea", "teas", "coffee", "juice", "bean",
	"beans", "pepper", "bread", "wine", "card", "cards", "belt", "list", NULL};
static const char *const figure_words[] = {"number", "numbers", "digit", "digits",
	"figure", "figures", "numeral", "numerals", "display", "clock", "time", "score",
	"countdown", "result", NULL};
static const char *const corner_words[] = {"corner", "corners", "edge", "edges", "button",
	"buttons", "cards", "card", "border", "borders", "boxes", "box", "keys", NULL};
static const char *const mode_words[] = {"mode", "theme", "themed", "background",
	"version", "style", "look", "design", "ui", "interface", "colours", "colors",
	"palette", NULL};
static const char *const larger_words[] = {"bigger", "larger", "large", "big", "huge",
	"increase", "enlarge", "grow", "zoom", NULL};
static const char *const smaller_words[] = {"smaller", "small", "tiny", "tinier",
	"shrink", "reduce", "decrease", "compact", NULL};
static const char *const much_words[] = {
	"much", "lot", "way", "double", "twice", "huge", "enormous", "far", NULL};
static const char *const little_words[] = {"bit", "little", "slightly", "tad", NULL};
static const char *const new_words[] = {"add", "include", "insert", "implement", "create",
	"show", "let", "allow", "remove", "delete", "when", "if", NULL};
static const char *const filler_words[] = {"please", "thanks", "thank", "ok", "okay",
	"hi", "hello", "cool", "nice", "great", "perfect", "it", "you", NULL};

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; word && *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

static const char *
word_at(const struct clause *c, size_t i)
{
	return i < c->count ? c->words[i] : NULL;
}

/* The first place of any of the words before end; c->count if there is none. */
static size_t
find_any(const struct clause *c, const char *const *list, size_t end)
{
	size_t i;

	for (i = 0; i < end; i++)
		if (is_one_of(c->words[i], list))
			return i;
	return c->count;
}

static bool
has_any(const struct clause *c, const char *const *list)
{
	return find_any(c, list, c->count) < c->count;
}

static bool
has_word(const struct clause *c, const char *word)
{
	const char *const list[] = {word, NULL};

	return has_any(c, list);
}

/* Does a colour between from and end of a first prompt speak of looks? */
static bool
is_about_looks(const struct clause *c, size_t from, size_t end)
{
	static const char *const leads[] = {
	    "in", "colour", "color", "accent", "all", NULL};
	const char *next = word_at(c, end);
	char one[32];
	size_t n;

	if (c->words[from][0] == '#' || is_one_of(next, accent_words) ||
	    (from > 0 && is_one_of(c->words[from - 1], leads)) ||
	    (from > 1 && !strcmp(c->words[from - 1], "it") &&
		!strcmp(c->words[from - 2], "make")))
		return true;
	if (!next || (n = strlen(next)) >= sizeof(one))
		return false;
	memcpy(one, next, n + 1);
	return pick_knows(one);
}

/* Puts a colour where it belongs: on the background or on what acts. */
static void
take_colour(struct clause *c, size_t from, size_t end, const struct colour *colour,
    struct wish *w)
{
	static const char *const no[] = {"not", "no", "less", "from", "on", NULL};
	const char *next = word_at(c, end);
	size_t ground = find_any(c, ground_words, from);
	bool is_ground = is_one_of(next, ground_words) || ground < from ||
	    (from > 0 && !strcmp(c->words[from - 1], "on"));

	if (from > 0 && is_one_of(c->words[from - 1], no) && !is_ground)
		return;
	if (is_one_of(next, thing_words) ||
	    (from > 0 && is_one_of(c->words[from - 1], thing_words) && c->is_first))
		return;
	if (is_ground) {
		w->background = *colour;
		c->is_known = true;
		return;
	}
	/* Text takes its colour from what it stands on, so that it stays readable. */
	if (is_one_of(next, text_words) || find_any(c, text_words, from) < from)
		return;
	if (c->is_first && !is_about_looks(c, from, end))
		return;
	if (!c->is_first && has_any(c, new_words) && !is_one_of(next, accent_words))
		return;
	/* "Add a red button" asks for a button, not for red. */
	if (!c->is_first && has_any(c, new_words) && next && !strncmp(next, "button", 6))
		return;
	w->accent = *colour;
	c->is_known = true;
}

static void
read_colours(struct clause *c, struct wish *w)
{
	struct colour colour;
	size_t i, n;

	for (i = 0; i < c->count; i++) {
		if (!(n = colour_read(c->words + i, c->count - i, &colour)))
			continue;
		take_colour(c, i, i + n, &colour, w);
		i += n - 1;
	}
}

static void
read_dark(struct clause *c, struct wish *w)
{
	static const char *const darks[] = {"dark", "darker", "night", "darkmode", NULL};
	static const char *const lights[] = {
	    "light", "lighter", "brighter", "day", "lightmode", NULL};
	static const char *const systems[] = {"system", "automatic", "auto", NULL};
	static const char *const asks[] = {
	    "toggle", "switcher", "option", "button", NULL};
	static const char *const of_words[] = {"of", "by", "with", "at", NULL};
	struct colour colour;
	const char *next;
	size_t i;

	if (has_any(c, asks))
		return;
	if (has_any(c, systems) && (has_any(c, mode_words) || has_word(c, "follow"))) {
		w->dark = WISH_DARK_AUTO;
		c->is_known = true;
		return;
	}
	for (i = 0; i < c->count; i++) {
		next = word_at(c, i + 1);
		if (colour_read(c->words + i, c->count - i, &colour) ||
		    is_one_of(next, text_words) ||
		    /* "A bridge of light" speaks of a thing. */
		    (i > 0 && is_one_of(c->words[i - 1], of_words)) ||
		    ((c->is_first || !strcmp(c->words[i], "day")) &&
			!is_one_of(next, mode_words)))
			continue;
		if (is_one_of(c->words[i], darks))
			w->dark = WISH_DARK_ON;
		else if (is_one_of(c->words[i], lights))
			w->dark = WISH_DARK_OFF;
		else
			continue;
		c->is_known = true;
	}
}

/* A percentage of the clause, such as 20 of "20 %"; 0 if there is none. */
static int
read_percent(const struct clause *c)
{
	const char *next;
	size_t i;
	int n;

	for (i = 0; i < c->count; i++) {
		next = word_at(c, i + 1);
		if (!strchr(c->words[i], '%') && (!next || next[0] != '%'))
			continue;
		n = atoi(c->words[i]);
		if (n > 0 && n <= 200)
			return n;
	}
	return 0;
}

static void
read_size(struct clause *c, struct wish *w)
{
	bool is_larger = has_any(c, larger_words);
	bool is_smaller = has_any(c, smaller_words);
	double factor = 1.2;
	int percent = read_percent(c);

	if (is_larger == is_smaller || has_any(c, new_words))
		return;
	/* "Too big" asks for smaller. */
	if (has_word(c, "too") || has_word(c, "less"))
		is_larger = !is_larger;
	if (percent > 0)
		factor = 1 + percent / 100.0;
	else if (has_any(c, much_words))
		factor = 1.5;
	else if (has_any(c, little_words))
		factor = 1.1;
	if (!is_larger)
		factor = percent > 0 && percent < 100 ? 1 - percent / 100.0 : 1 / factor;
	if (has_any(c, figure_words))
		w->figures *= factor;
	else
		w->scale *= factor;
	c->is_known = true;
}

static void
read_corners(struct clause *c, struct wish *w)
{
	static const char *const rounder[] = {
	    "rounder", "rounded", "roundish", "curvier", NULL};
	static const char *const soft[] = {"round", "softer", "soft", "more", NULL};
	static const char *const square[] = {
	    "square", "sharp", "straight", "angular", NULL};
	static const char *const squarer[] = {
	    "squarer", "sharper", "boxier", "less", NULL};
	bool is_shape = has_any(c, corner_words);
	bool is_round = has_any(c, rounder) || (is_shape && has_word(c, "round"));
	bool is_not = has_word(c, "not") || has_word(c, "no") || has_word(c, "without") ||
	    has_word(c, "less");

	if (is_round && is_not)
		w->corners = has_word(c, "less") ? WISH_CORNERS_SQUARER :
						   WISH_CORNERS_SQUARE;
	else if (has_word(c, "pill") || (is_round && has_word(c, "fully")))
		w->corners = WISH_CORNERS_ROUND;
	else if (is_round || (is_shape && has_any(c, soft) && !has_any(c, larger_words)))
		w->corners = WISH_CORNERS_ROUNDER;
	else if (is_shape && has_any(c, square))
		w->corners = WISH_CORNERS_SQUARE;
	else if (has_word(c, "squarer") || (is_shape && has_any(c, squarer)))
		w->corners = WISH_CORNERS_SQUARER;
	else
		return;
	c->is_known = true;
}

static void
read_clause(struct clause *c, struct wish *w)
{
	if (c->count == 0)
		return;
	read_colours(c, w);
	read_dark(c, w);
	if (!c->is_first) {
		read_size(c, w);
		read_corners(c, w);
	}
	if (!c->is_known && !is_one_of(c->words[0], filler_words))
		w->has_more = true;
}

/* Takes the next word of text, in place and in lower case; NULL at the end.  *ends says
 * whether the clause ends after it. */
static char *
next_word(char **text, bool *ends)
{
	char *p = *text, *word;

	p += strspn(p, " \t\r-_()[]{}:\"");
	if (!*p)
		return NULL;
	word = p;
	while (*p && !strchr(" \t\r\n-_()[]{}:,;!?\"", *p) &&
	    !(*p == '.' && (!p[1] || isspace((unsigned char)p[1])))) {
		*p = (char)tolower((unsigned char)*p);
		p++;
	}
	*ends = strchr(",;!?.\n", *p) != NULL;
	if (*p)
		*p++ = '\0';
	*text = p;
	return word;
}

static void
read_clauses(char *text, bool is_first, struct wish *w)
{
	static const char *const joints[] = {"and", "then", "but", "also", "plus", NULL};
	struct clause c = {.is_first = is_first};
	bool ends = false;
	char *word;

	while ((word = next_word(&text, &ends))) {
		if (is_one_of(word, joints))
			ends = true;
		else if (*word && c.count < CLAUSE_WORDS)
			c.words[c.count++] = word;
		if (!ends)
			continue;
		read_clause(&c, w);
		c = (struct clause){.is_first = is_first};
	}
	read_clause(&c, w);
}

void
wish_read(const char *prompt, bool is_first, struct wish *w)
{
	AUTO_FREE char *text = mem_dup(prompt);
	size_t from, end;

	*w = (struct wish){.scale = 1, .figures = 1};
	if (title_find(prompt, is_first, w->title, &from, &end)) {
		/* What a title says is not a wish about looks: "call it Red October". */
		memset(text + from, ' ', end - from);
		if (end > from)
			text[from] = ',';
	} else {
		w->title[0] = '\0';
	}
	read_clauses(text, is_first, w);
}

bool
wish_is_empty(const struct wish *w)
{
	return !w->title[0] && !w->accent.hex[0] && !w->background.hex[0] &&
	    w->scale == 1 && w->figures == 1 && !w->corners && !w->dark;
}
