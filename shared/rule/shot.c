#include <string.h>

#include "shot.h"

#define QUIET_MS 3000
#define FREE_MB 1536		/* it takes 256, for a few seconds */
#define LOAD_PERCENT 400	/* beyond it, it would take too long itself */
#define HEADER_BYTES 30
#define ANIMATED 2

bool
shot_may_go_on(const struct shot_facts *f)
{
	return !f->waiting && !f->is_stopping;
}

bool
shot_may_begin(const struct shot_facts *f)
{
	return shot_may_go_on(f) && !f->starting && !f->freezing && f->quiet_ms > QUIET_MS &&
	    f->free_mb > FREE_MB && f->load_percent < LOAD_PERCENT;
}

static unsigned
number(const unsigned char *at, int bytes)
{
	unsigned n = 0;

	while (bytes--)
		n = n << 8 | at[bytes];
	return n;
}

/* Lossy alone, or in the form that says what else is in the file, such as a colour profile. */
static bool
has_size(const unsigned char *at)
{
	if (memcmp(at + 12, "VP8X", 4) == 0)
		return !(at[20] & ANIMATED) && number(at + 24, 3) == SHOT_WIDTH - 1 &&
		    number(at + 27, 3) == SHOT_HEIGHT - 1;
	return memcmp(at + 12, "VP8 ", 4) == 0 && memcmp(at + 23, "\x9d\x01\x2a", 3) == 0 &&
	    number(at + 26, 2) == SHOT_WIDTH && number(at + 28, 2) == SHOT_HEIGHT;
}

bool
shot_is_good(const void *bytes, size_t n)
{
	const unsigned char *at = bytes;

	return n >= SHOT_BYTES_MIN && n <= SHOT_BYTES_MAX && n >= HEADER_BYTES &&
	    memcmp(at, "RIFF", 4) == 0 && number(at + 4, 4) == n - 8 &&
	    memcmp(at + 8, "WEBP", 4) == 0 && has_size(at);
}
