#ifndef AUTHOR_ASSIST_TOOL_H
#define AUTHOR_ASSIST_TOOL_H
/*
 * One question to the tool server of a notebook's sandbox, by way of the gate, which wakes
 * the notebook and counts the question as use.  What answers is in the hands of whoever
 * writes the notebook.
 */
#include "../author.h"

#define TOOL_SOCKET "/run/carrel/fcgi/gate.sock"

struct tool;

struct tool_question {
	struct author *author;
	const char *workspace, *path;
	const char *json;	/* borrowed until the end; NULL: GET */
	int64_t timeout_ms;
	/* An event of a stream.  −1: the question is given up. */
	int (*on_event)(void *arg, const char *name, const char *data, size_t n,
	    struct err *e);
	/* Over, and gone after this.  body: of an answer that is no stream, "" of one that
	 * is; e: why there is none, for people. */
	void (*on_end)(void *arg, const char *body, size_t n, const struct err *e);
	void *arg;
};

/* NULL where it cannot be asked at all.  Nothing is called before it returns. */
struct tool *tool_ask(const struct tool_question *q, struct err *e);
/* Ends it at once, without on_end, and interrupts what it had begun in there.  NULL is
 * fine. */
void tool_stop(struct tool *t);

#endif
