#include "../base/num.h"
#include "chunk.h"

#define DIGITS_MAX 15	/* so that no size overflows */

enum {
	SIZE,		/* digits */
	EXTENSION,	/* behind the semicolon */
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER,
	TRAILER_LF,
};

static int
refuse(struct err *e)
{
	return err_set(e, ERR_UPSTREAM, "The answer is cut into pieces in a wrong way.");
}

static int
count_word(struct chunk *c, struct err *e)
{
	return ++c->words > CHUNK_WORDS_MAX ? refuse(e) : 0;
}

static int
take_size(struct chunk *c, char byte, struct err *e)
{
	int digit = num_hex(byte);

	if (digit >= 0 && c->digits < DIGITS_MAX) {
		c->left = c->left << 4 | (unsigned)digit;
		c->digits++;
		return 0;
	}
	if (c->digits == 0 || digit >= 0)
		return refuse(e);
	c->state = byte == '\r' ? SIZE_LF : EXTENSION;
	return byte == '\r' || byte == ';' ? 0 : refuse(e);
}

/* One byte outside of the data.  1: the end. */
static int
take(struct chunk *c, char byte, struct err *e)
{
	switch (c->state) {
	case SIZE:
		return take_size(c, byte, e);
	case EXTENSION:
		if (byte == '\r')
			c->state = SIZE_LF;
		return byte == '\n' ? refuse(e) : count_word(c, e);
	case SIZE_LF:
		c->state = c->left ? DATA : TRAILER;
		c->digits = c->line = 0;
		return byte == '\n' ? 0 : refuse(e);
	case DATA_CR:
		c->state = DATA_LF;
		return byte == '\r' ? 0 : refuse(e);
	case DATA_LF:
		c->state = SIZE;
		return byte == '\n' ? 0 : refuse(e);
	case TRAILER:
		if (byte == '\r')
			c->state = TRAILER_LF;
		else
			c->line++;
		return byte == '\n' ? refuse(e) : count_word(c, e);
	default:	/* TRAILER_LF */
		if (byte != '\n')
			return refuse(e);
		if (c->line == 0)
			return 1;
		c->line = 0;
		c->state = TRAILER;
		return 0;
	}
}

int
chunk_feed(struct chunk *c, const char *bytes, size_t n, chunk_fn *fn, void *arg,
    struct err *e)
{
	while (n > 0) {
		size_t some = 1;
		int got = 0;

		if (c->state == DATA) {
			some = c->left < n ? (size_t)c->left : n;
			c->left -= some;
			if (c->left == 0)
				c->state = DATA_CR;
			if (fn(arg, bytes, some, e) < 0)
				return -1;
		} else {
			got = take(c, *bytes, e);
		}
		if (got != 0)
			return got;
		bytes += some;
		n -= some;
	}
	return 0;
}
