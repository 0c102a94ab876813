#ifndef AUTHOR_ASSIST_SAID_H
#define AUTHOR_ASSIST_SAID_H
/*
 * What code that ran in a notebook said: its output as it came, and how it ended.
 *
 * It comes from inside a sandbox, so it may be anything: of a long one the beginning and
 * the end are kept.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../../shared/base/buf.h"
#include "../../../shared/base/err.h"
#include "../../../shared/base/mem.h"

struct said {
	struct buf text;
	size_t left_out;	/* bytes that found no room */
	bool is_done, is_success;
	int64_t took_ms;
};

void said_init(struct said *s);
void said_free(struct said *s);
/* One event of the tool server: stdout, stderr or done.  INPUT where it is none of them. */
int said_event(struct said *s, const char *name, const char *data, size_t n, struct err *e);
/* At most max bytes of it (whole characters): the beginning and the end. */
const char *said_short(const struct said *s, size_t max, struct arena *a);
/* The same of any text. */
const char *said_shorten(const char *text, size_t n, size_t left_out, size_t max,
    struct arena *a);

#endif
