#ifndef SAMPLE_TITLE_H
#define SAMPLE_TITLE_H
/*
 * The title that a prompt asks for: "called X", "rename it to X", "title: X", a name in
 * quotes.  Titles are UTF-8, at most TITLE_MAX characters, without control characters.
 */
#include <stdbool.h>
#include <stddef.h>

#define TITLE_MAX 60
#define TITLE_BYTES (4 * TITLE_MAX + 4)

/* Finds a title; from and end say which bytes of the prompt asked for it.  In a first
 * prompt a name in quotes is enough. */
bool title_find(const char *prompt, bool is_first, char title[TITLE_BYTES], size_t *from,
    size_t *end);
/* A title made of the wish itself, for a page that fits no component. */
void title_from_wish(const char *prompt, char title[TITLE_BYTES]);

#endif
