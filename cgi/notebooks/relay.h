#ifndef CGI_NOTEBOOKS_RELAY_H
#define CGI_NOTEBOOKS_RELAY_H
/*
 * The answer of a notebook's tool server as the reply to the request: an event stream, or a
 * document with a name to save it under.
 */
#include "tool.h"

struct relay_as {
	const char *type;	/* of the reply; a constant */
	const char *name;	/* of a document; NULL: an event stream */
	int64_t ms;		/* longest wait for the end */
};

/* Takes over the question; replies, now or later. */
int relay(struct req *r, struct tool *t, const struct relay_as *as);

#endif
