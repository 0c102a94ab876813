#ifndef SAMPLE_WISH_H
#define SAMPLE_WISH_H
/*
 * What a sentence asks of a component's settings, as far as it can be told without a
 * model: title, colours, sizes, corners, dark or light.  Any number of them in one
 * sentence.
 */
#include <stdbool.h>

#include "colour.h"
#include "title.h"

enum wish_dark {
	WISH_DARK_UNSAID,
	WISH_DARK_AUTO,		/* as the system */
	WISH_DARK_ON,
	WISH_DARK_OFF,
};

enum wish_corners {
	WISH_CORNERS_UNSAID,
	WISH_CORNERS_ROUNDER,
	WISH_CORNERS_SQUARER,
	WISH_CORNERS_SQUARE,	/* not rounded at all */
	WISH_CORNERS_ROUND,	/* as far as it goes */
};

struct wish {
	char title[TITLE_BYTES];	/* "" if unsaid, as the names of colours below */
	struct colour accent;
	struct colour background;
	double scale;			/* factor on all sizes, 1 if unsaid */
	double figures;			/* the same for the large digits alone */
	enum wish_corners corners;
	enum wish_dark dark;
	bool has_more;			/* more was asked than this can do */
};

/* In a first prompt colours and shades count only where they clearly speak of looks: the
 * green and black of a tea timer are teas. */
void wish_read(const char *prompt, bool is_first, struct wish *w);
bool wish_is_empty(const struct wish *w);

#endif
