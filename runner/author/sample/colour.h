#ifndef SAMPLE_COLOUR_H
#define SAMPLE_COLOUR_H
/*
 * Colours as people name them (colour.def), with light, pale, dark, deep and bright
 * before them, and hex codes.
 */
#include <stdbool.h>
#include <stddef.h>

struct colour {
	char hex[8];	/* "#rrggbb" */
	char name[40];	/* as it was said: "pale blue" */
};

/* Reads a colour at the start of words (each lower case).  Returns how many of the count
 * words it takes, 0 if there is none. */
size_t colour_read(const char *const *words, size_t count, struct colour *c);
/* 0 is black, 1 is white; anything that is no hex code counts as white. */
double colour_brightness(const char *hex);

#endif
