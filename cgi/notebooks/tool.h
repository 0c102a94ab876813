#ifndef CGI_NOTEBOOKS_TOOL_H
#define CGI_NOTEBOOKS_TOOL_H
/*
 * One question to the tool server of a notebook's sandbox, by way of the gate, which wakes
 * the notebook and counts the question as use.  Nothing in here waits: the request is parked
 * until the answer goes on (tool_wait).
 *
 * What answers is in the hands of whoever writes the notebook: head and coding are read
 * strictly, and the body is only passed on.
 */
#include "notebooks.h"

struct tool_question {
	const char *method, *path;	/* "POST", "/run" */
	const char *json;		/* the body, or NULL */
};

struct tool;

/* Asks on behalf of the request for the notebook of its path, and notes it as verb (NULL: not).
 * BUSY where the gate does not listen, MISSING where there is no such notebook. */
struct tool *tool_ask(struct req *r, const struct tool_question *q, const char *verb,
    struct err *e);
void tool_free(struct tool *t);

/* Goes on as far as it can.  Bytes of the body are given to fn, but never before the call
 * after the one in which the head came: so status and length can be looked at first.
 * 1: that was all; 0: more must come (tool_wait), or tool_has_head has become true; −1. */
typedef int tool_fn(void *arg, const char *bytes, size_t n, struct err *e);
int tool_go_on(struct tool *t, tool_fn *fn, void *arg, struct err *e);

bool tool_has_head(const struct tool *t);
int tool_status(const struct tool *t);
int64_t tool_length(const struct tool *t);	/* of the body; −1: not known */
/* Whether it is an event stream. */
bool tool_is_stream(const struct tool *t);
/* Seconds after which to try again, of a refusal; 0: not said. */
int tool_retry_after(const struct tool *t);

/* The next wait of the request ends when the answer goes on. */
void tool_wait(struct req *r, const struct tool *t);
/* The error that a refusal with this body stands for. */
int tool_refusal(const struct tool *t, const char *body, size_t n, struct err *e);

#endif
