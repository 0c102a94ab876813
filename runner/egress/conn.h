#ifndef EGRESS_CONN_H
#define EGRESS_CONN_H
/*
 * One connection from inside a sandbox; requests one after the other.
 *
 *	HEAD → (WAIT →) SEND → HEAD …, or SEND → LAST → closed
 *
 * HEAD: a request's head is coming.  WAIT: what it asks for is being fetched.  SEND: the
 * answer goes out.  LAST: nothing more is said, and what still comes is thrown away.
 */
#include "ask.h"
#include "door.h"
#include "job.h"

enum conn_state { CONN_HEAD, CONN_WAIT, CONN_SEND, CONN_LAST };

struct conn {
	struct door *door;
	struct conn *next, **link;	/* in its door's list */
	enum conn_state state;
	int fd;
	struct watch *watch;
	struct timer *timer;
	struct buf in;			/* what came and was not used yet */
	struct buf out;			/* the answer's head, and a short body */
	size_t sent;			/* of out */
	int file;			/* −1, or where the rest of the answer comes from */
	off_t at;
	int64_t left;
	bool is_file;			/* the answer is a package's file, and is counted */
	int64_t since_ms;		/* boot time: idle since; 0: before its first request */
	struct ask ask;
	bool was_page_asked, was_file_asked, was_checked;	/* for this request */
	struct waiter waiter;
};

/* Takes over an accepted descriptor. */
void conn_open(struct door *d, int fd);
void conn_close(struct conn *c);
/* Closes the connection of this door that is idle for longest after an answer; false where
 * none is. */
bool conn_make_room(struct door *d);
/* The request in c->ask is answered, or waits (serve.c). */
void conn_answered(struct conn *c);	/* out, file, at and left are set */
void conn_waits(struct conn *c);	/* its waiter is in a job */

#endif
