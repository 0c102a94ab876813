#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "colour.h"
#include "../../../shared/base/mem.h"
#include "title.h"

/* What stands before a title.  Those that name the thing come first: a name in the middle
 * of other words is found by the longest of them. */
static const struct {
	const char *words;
	bool is_edit_only;
} before[] = {
	{"rename it to", true}, {"rename this to", true}, {"rename the app to", true},
	{"rename the page to", true}, {"rename to", true}, {"rename it", true},
	{"rename this", true}, {"change the title to", false},
	{"change title to", false}, {"change the name to", false},
	{"change its name to", false}, {"change the heading to", false},
	{"change the headline to", false}, {"set the title to", false},
	{"set title to", false}, {"make the title say", true}, {"make the title", true},
	{"the title should be", false}, {"title should be", false},
	{"the title should say", false}, {"the title to", false},
	{"the heading to", false}, {"with the title", false}, {"with title", false},
	{"with the name", false}, {"under the name", false}, {"the name is", false},
	{"the title is", false}, {"title:", false}, {"name:", false},
	{"call it", false}, {"call this", false}, {"call the app", false},
	{"name it", false}, {"name the app", false}, {"title it", false},
	{"called", false}, {"named", false}, {"titled", false}, {"entitled", false},
};

/* What ends a title that stands without quotes. */
static const char *const after[] = {
	" and make ", " and change ", " and set ", " and use ", " and add ",
	" and turn ", " and give ", " and paint ", " and put ", " and let ",
	" and switch ", " and the ", " and a ", " with ", " that ", " which ",
	" where ", " but ", " then ", " please", " in dark", " in light", " instead",
};

/* Words after "make the title" that speak of its looks, not of its text. */
static const char *const looks[] = {
	"bigger", "larger", "smaller", "huge", "red", "blue", "green", "bold", "black",
	"white", "more", "less", "a", "in", "much", "stand",
};

static const struct {
	const char *open, *close;
} quotes[] = {
	{"\"", "\""},
	{"“", "”"},
	{"„", "“"},
	{"«", "»"},
	{"‘", "’"},
	{"'", "'"},
	{"`", "`"},
};

/* Copies at most TITLE_MAX characters, whole ones only; spaces are made single. */
static void
copy_title(char title[TITLE_BYTES], const char *from, size_t len)
{
	size_t i, n = 0, chars = 0;
	unsigned char c;

	for (i = 0; i < len; i++) {
		c = (unsigned char)from[i];
		if ((c & 0xc0) != 0x80 && ++chars > TITLE_MAX)
			break;
		if (n + 1 >= TITLE_BYTES)
			break;
		if (c <= 0x20 || c == 0x7f)
			c = ' ';
		if (c == ' ' && (n == 0 || title[n - 1] == ' ')) {
			chars--;
			continue;
		}
		title[n++] = (char)c;
	}
	while (n > 0 && title[n - 1] == ' ')
		n--;
	title[n] = '\0';
}

/* The quoted text at p: where it begins and ends inside, and what follows.  NULL if none.
 */
static const char *
read_quoted(const char *p, const char **text, size_t *len)
{
	const char *close;
	size_t i;

	for (i = 0; i < COUNT(quotes); i++) {
		if (strncmp(p, quotes[i].open, strlen(quotes[i].open)))
			continue;
		*text = p + strlen(quotes[i].open);
		/* The apostrophe of "Ada's" is no closing quote. */
		close = *text;
		do {
			close = strstr(close + 1, quotes[i].close);
		} while (close && close[0] == '\'' && isalnum((unsigned char)close[1]));
		if (!close || close == *text ||
		    memchr(*text, '\n', (size_t)(close - *text)))
			return NULL;
		*len = (size_t)(close - *text);
		return close + strlen(quotes[i].close);
	}
	return NULL;
}

/* Does " in" and a colour stand at p, as in "called Morning pages in lavender"? */
static bool
is_in_colour(const char *p)
{
	char text[40] = "", *second;
	const char *words[2] = {text, NULL};
	struct colour c;
	size_t i;

	if (strncasecmp(p, " in ", 4))
		return false;
	p += 4;
	for (i = 0; i < sizeof(text) - 1 && p[i] && !strchr(",.;!?\n", p[i]); i++)
		text[i] = (char)tolower((unsigned char)p[i]);
	text[i] = '\0';
	if ((second = strchr(text, ' '))) {
		*second++ = '\0';
		second[strcspn(second, " ")] = '\0';
		words[1] = second;
	}
	return colour_read(words, words[1] ? 2 : 1, &c) > 0;
}

/* How far a title without quotes reaches. */
static size_t
bare_length(const char *p)
{
	size_t len, i, n;

	for (len = 0; p[len]; len++) {
		if (strchr(",;!?\n", p[len]))
			break;
		if (p[len] == '.' && (!p[len + 1] || isspace((unsigned char)p[len + 1])))
			break;
		if (len > 0 && is_in_colour(p + len))
			break;
		for (i = 0; i < COUNT(after); i++) {
			n = strlen(after[i]);
			if (len > 0 && !strncasecmp(p + len, after[i], n))
				return len;
		}
	}
	return len;
}

static bool
speaks_of_looks(const char *p)
{
	size_t i, n = strcspn(p, " ,.;!?\n");

	for (i = 0; i < COUNT(looks); i++)
		if (n == strlen(looks[i]) && !strncasecmp(p, looks[i], n))
			return true;
	return false;
}

/* Reads the title that stands at p, in quotes or bare; returns what follows it or NULL.
 */
static const char *
read_title(const char *p, char title[TITLE_BYTES])
{
	const char *text, *next;
	size_t len;

	p += strspn(p, " \t:");
	if ((next = read_quoted(p, &text, &len))) {
		copy_title(title, text, len);
		return *title ? next : NULL;
	}
	len = bare_length(p);
	copy_title(title, p, len);
	if (!*title)
		return NULL;
	title[0] = (char)toupper((unsigned char)title[0]);
	return p + len;
}

/* A name in quotes is a title unless it is the text of a part: a "Reset" button. */
static bool
find_quoted_name(const char *prompt, char title[TITLE_BYTES], size_t *from, size_t *end)
{
	static const char *const parts[] = {
	    "button", "label", "tab", "field", "link", "column", "section", "and", "or"};
	const char *p, *next, *text;
	size_t len, i;

	for (p = prompt; *p; p++) {
		if (p > prompt && !strchr(" \n(", p[-1]))
			continue;
		if (!(next = read_quoted(p, &text, &len)))
			continue;
		for (i = 0; i < COUNT(parts); i++)
			if (!strncasecmp(
				next + strspn(next, " ,"), parts[i], strlen(parts[i])))
				return false;
		copy_title(title, text, len);
		*from = (size_t)(p - prompt);
		*end = (size_t)(next - prompt);
		return *title != '\0';
	}
	return false;
}

bool
title_find(
    const char *prompt, bool is_first, char title[TITLE_BYTES], size_t *from, size_t *end)
{
	const char *p, *next;
	size_t i, n;

	for (i = 0; i < COUNT(before); i++) {
		if (is_first && before[i].is_edit_only)
			continue;
		n = strlen(before[i].words);
		for (p = prompt; *p; p++) {
			if (strncasecmp(p, before[i].words, n) ||
			    (p > prompt && isalnum((unsigned char)p[-1])) ||
			    (p[n - 1] != ':' && !strchr(" \t:", p[n])) || !p[n] ||
			    (strstr(before[i].words, "the title") &&
				speaks_of_looks(p + n + strspn(p + n, " "))))
				continue;
			if (!(next = read_title(p + n, title)))
				continue;
			*from = (size_t)(p - prompt);
			*end = (size_t)(next - prompt);
			return true;
		}
	}
	return is_first && find_quoted_name(prompt, title, from, end);
}

void
title_from_wish(const char *prompt, char title[TITLE_BYTES])
{
	static const char *const leads[] = {"please", "can you", "could you", "i want",
	    "i'd like", "i would like", "i need", "to have", "to see", "make", "build",
	    "create", "write", "design", "give", "show", "me", "us", "a", "an", "the",
	    "simple", "little", "small", "nice", "page about", "page for", "page on",
	    "app about", "app for", "app to", "app that", "website about", "website for",
	    "site about", "site for", "something for", "something to", "tool for",
	    "tool to"};
	const char *p = prompt, *last;
	size_t i, n, len;

	p += strspn(p, " \t\r\n");
	for (i = 0; i < COUNT(leads); i++) {
		n = strlen(leads[i]);
		if (strncasecmp(p, leads[i], n) || !isspace((unsigned char)p[n]))
			continue;
		p += n + strspn(p + n, " \t\r\n");
		i = (size_t)-1;
	}
	len = bare_length(p);
	copy_title(title, p, len);
	if (strlen(title) < len && (last = strrchr(title, ' ')) && last > title + 20)
		snprintf(title + (last - title), 4, "…");
	if (!*title)
		snprintf(title, TITLE_BYTES, "A new page");
	title[0] = (char)toupper((unsigned char)title[0]);
}
