/*
 * Covers: drawn from the id, only integers.  v[i] is the value 0..31 of the id's i-th
 * character.  A picture is 250 × 150; colours are not in it: class tN of the svg chooses one
 * of the palettes in main.css, a shape is p(ale), m(iddle), d(eep) or leaf, so that covers
 * follow light and dark by themselves.
 */
#include "view.h"

static const char *const tints[] = {"p", "m", "d"};

static void
rect(struct buf *b, const char *tint, int x, int y, int w, int h, int r)
{
	buf_fmt(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>", tint,
	    x, y, w, h, r);
}

static void
disc(struct buf *b, const char *tint, int x, int y, int r)
{
	buf_fmt(b, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"%d\"/>", tint, x, y, r);
}

/* Books on a board. */
static void
shelf(struct buf *b, const int *v)
{
	int x = 27;

	for (int i = 2; i < 25; i += 2) {
		int w = 9 + v[i] % 4 * 5, h = 42 + v[i + 1] % 8 * 7;

		if (x + w > 222)
			break;
		rect(b, tints[(v[i] + v[i + 1]) % 3], x, 122 - h, w, h, 2);
		x += w + (v[i] % 5 == 0 ? 12 : 3);
	}
	rect(b, "d", 19, 122, 212, 3, 1);
}

/* Rings of light around a lamp. */
static void
rings(struct buf *b, const int *v)
{
	int x = 65 + v[2] * 4, y = 45 + v[3] * 2;

	disc(b, "p", x, y, 96 + v[4]);
	disc(b, "m", x, y, 52 + v[5]);
	disc(b, "d", x, y, 14 + v[6] / 2);
}

/* Five by three tiles, each a quarter disc in one of its corners, or empty. */
static void
tiles(struct buf *b, const int *v)
{
	for (int i = 0; i < 15; i++) {
		int a = v[2 + i], x = i % 5 * 50, y = i / 5 * 50;
		int cx = x + (a % 4 == 1 || a % 4 == 2 ? 50 : 0), cy = y + (a % 4 >= 2 ? 50 : 0);
		int dx = a % 4 == 0 ? 50 : a % 4 == 2 ? -50 : 0;
		int dy = a % 4 == 1 ? 50 : a % 4 == 3 ? -50 : 0;

		if (a >= 6)
			buf_fmt(b, "<path class=\"%s\" d=\"M%d %dl%d %da50 50 0 0 1 %d %dz\"/>",
			    tints[(a >> 2) % 3], cx, cy, dx, dy, -dx - dy, dx - dy);
	}
}

/* A sheet of paper with lines on it, another one behind. */
static void
sheet(struct buf *b, const int *v)
{
	int x = 60 + v[2] % 8 * 4;

	rect(b, "p", x + 18, 20 + v[3] % 8, 112, 160, 5);
	rect(b, "leaf", x, 32, 112, 150, 5);
	rect(b, "d", x + 14, 48, 30 + v[4], 8, 2);
	for (int i = 0; i < 6; i++)
		rect(b, v[5 + i] > 27 ? "m" : "p", x + 14, 70 + i * 14, 44 + v[5 + i] % 20 * 2, 4, 2);
}

/* Hills, and a sun or moon above them. */
static void
hills(struct buf *b, const int *v)
{
	disc(b, "m", 40 + v[2] * 5, 34 + v[3] % 16, 12 + v[4] % 8);
	disc(b, "p", 20 + v[5] * 3, 190, 96 + v[6]);
	disc(b, "m", 130 + v[7] * 4, 210, 90 + v[8]);
	disc(b, "d", v[9] * 8, 236, 96 + v[10]);
}

void
cover_draw(const char *id, struct buf *out)
{
	static void (*const drawings[])(struct buf *, const int *) =
	    {shelf, rings, tiles, sheet, hills};
	int v[ID_LEN];

	for (int i = 0; i < ID_LEN; i++)
		v[i] = id[i] >= 'a' ? id[i] - 'a' : id[i] - '2' + 26;
	buf_fmt(out, "<svg class=\"cover t%d\" viewBox=\"0 0 250 150\" "
	    "preserveAspectRatio=\"xMidYMid slice\" aria-hidden=\"true\">", v[0] % 8);
	drawings[v[1] % 5](out, v);
	buf_str(out, "</svg>");
}
