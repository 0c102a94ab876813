#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "../../../shared/base/mem.h"

static const struct {
	const char *name;
	unsigned rgb;
} colours[] = {
#define COLOUR(name, rgb) {name, rgb},
#include "colour.def"
#undef COLOUR
};

/* How much white or black a word before a colour adds, in percent. */
static const struct {
	const char *word;
	unsigned white, black;
} shades[] = {
	{"light", 45, 0}, {"lighter", 45, 0}, {"pale", 70, 0}, {"pastel", 55, 0},
	{"soft", 35, 0}, {"dark", 0, 45}, {"darker", 0, 45}, {"deep", 0, 35},
	{"bright", 0, 0}, {"vivid", 0, 0}, {"plain", 0, 0},
};

static unsigned
mix(unsigned rgb, unsigned white, unsigned black)
{
	unsigned out = 0, shift, part;

	for (shift = 0; shift < 24; shift += 8) {
		part = (rgb >> shift) & 255;
		part += (255 - part) * white / 100;
		part -= part * black / 100;
		out |= part << shift;
	}
	return out;
}

static bool
read_hex(const char *word, unsigned *rgb)
{
	const char *digits = word + 1;
	size_t n = strlen(word);
	unsigned v;

	if (word[0] != '#' || (n != 4 && n != 7) ||
	    strspn(digits, "0123456789abcdef") != n - 1)
		return false;
	v = (unsigned)strtoul(digits, NULL, 16);
	if (n == 4)
		v = (v & 0xf00) * 0x1100 | (v & 0xf0) * 0x110 | (v & 0xf) * 0x11;
	*rgb = v;
	return true;
}

/* A name of the table, of two words or of one. */
static size_t
read_name(const char *const *words, size_t count, unsigned *rgb)
{
	char two[40] = "";
	size_t i;

	if (count > 1)
		snprintf(two, sizeof(two), "%.19s %.19s", words[0], words[1]);
	for (i = 0; i < COUNT(colours); i++) {
		if (strcmp(colours[i].name, two) && strcmp(colours[i].name, words[0]))
			continue;
		*rgb = colours[i].rgb;
		return strchr(colours[i].name, ' ') ? 2 : 1;
	}
	return 0;
}

size_t
colour_read(const char *const *words, size_t count, struct colour *c)
{
	unsigned rgb = 0, white = 0, black = 0;
	size_t used = 0, shade = 0, i;

	if (count == 0)
		return 0;
	for (i = 0; i < COUNT(shades) && count > 1; i++) {
		if (strcmp(shades[i].word, words[0]))
			continue;
		shade = 1;
		white = shades[i].white;
		black = shades[i].black;
	}
	if (read_hex(words[shade], &rgb))
		used = 1;
	else
		used = read_name(words + shade, count - shade, &rgb);
	if (used == 0)
		return 0;
	used += shade;
	snprintf(c->hex, sizeof(c->hex), "#%06x", mix(rgb, white, black) & 0xffffff);
	c->name[0] = '\0';
	for (i = 0; i < used; i++)
		snprintf(c->name + strlen(c->name), sizeof(c->name) - strlen(c->name),
		    "%s%s", i ? " " : "", words[i]);
	return used;
}

double
colour_brightness(const char *hex)
{
	unsigned rgb;

	if (strlen(hex) != 7 || !read_hex(hex, &rgb))
		return 1;
	return (0.299 * (rgb >> 16) + 0.587 * ((rgb >> 8) & 255) +
	    0.114 * (rgb & 255)) / 255;
}
