#ifndef GATE_PIPE_H
#define GATE_PIPE_H
/*
 * One direction of a relay.  It holds bytes only while the other side does not take them,
 * and reads nothing more meanwhile: so a slow reader stops the writer, and an idle
 * connection holds no memory.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pipe {
	char *bytes;		/* held: from + off, len of them; NULL: none */
	uint32_t off, len;
	bool is_pooled;		/* bytes is a block of the pool, else malloc's */
	bool is_ended;		/* the source has said all */
	bool is_shut;		/* and the destination was told */
	bool is_dropping;	/* what still comes goes nowhere */
	bool is_kept;		/* held bytes stay when they are sent; left must be 0 */
	int64_t left;		/* bytes that may yet pass but those held; −1: any */
};

enum pipe_result {
	PIPE_IDLE,	/* nothing to do until a descriptor is ready */
	PIPE_MOVED,	/* some bytes went on */
	PIPE_BROKEN,	/* the destination takes no more; the pipe is dropping now */
};

/* Gives it bytes to hold, malloc's, taken over; it must hold none. */
void pipe_hold(struct pipe *p, char *bytes, size_t len);
/* Moves what can be moved now; to −1: is_dropping must be set. */
enum pipe_result pipe_move(struct pipe *p, int from, int to);
/* A kept pipe: all it held waits to be sent once more.  Or, nothing is kept any more. */
void pipe_rewind(struct pipe *p);
void pipe_forget(struct pipe *p);
void pipe_drop(struct pipe *p);	/* dropping from here on, the held bytes too */
void pipe_free(struct pipe *p);

#endif
