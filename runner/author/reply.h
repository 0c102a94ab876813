#ifndef AUTHOR_REPLY_H
#define AUTHOR_REPLY_H
/*
 * What a model is asked, and what comes back, whichever service it is.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/err.h"
#include "model.h"

#define ANSWER_BYTES (2u << 20)

struct turn {
	bool is_model;		/* else the person */
	const char *text;
};

/* Everything borrowed; turns alternate, the first and the last are the person's. */
struct ask {
	const char *model;	/* as the service calls it */
	const struct model *facts;
	const char *system;	/* the same bytes every time */
	const struct turn *turns;
	int count;
	const char *image_type;	/* NULL: none */
	int image_turn;		/* the turn it belongs to */
	const char *image_base64;
	unsigned without;	/* bits of enum extra that the service did not take */
};

enum stop {
	STOP_NONE,	/* not told yet */
	STOP_END,	/* the model was finished */
	STOP_LENGTH,	/* it ran out of room */
	STOP_REFUSED,	/* it, or a filter, declined */
	STOP_OTHER,
};

struct reply {
	struct buf text;	/* at most ANSWER_BYTES */
	int64_t input_tokens, output_tokens;
	enum stop stop;
	bool is_complete;	/* the service said that the answer is whole */
	bool is_last;		/* and that nothing at all follows */
	size_t shown;		/* bytes of text that were given away as deltas */
};

/* Adds to the answer; LIMIT when it grows too long. */
int reply_add(struct reply *r, const char *text, struct err *e);
/* What may be shown of it now and was not yet: whole characters, no thoughts.  It counts
 * as shown.  n may be 0. */
const char *reply_next(struct reply *r, size_t *n);
/* The answer without the thoughts at its head. */
const char *reply_text(const struct reply *r);

#endif
