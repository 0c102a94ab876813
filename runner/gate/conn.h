#ifndef GATE_CONN_H
#define GATE_CONN_H
/*
 * One connection from the web server in front: one request, one response, closed.
 *
 *   HEAD → (WAIT | DIAL →) ANSWER → RELAY → LAST → closed
 *
 * HEAD: the request's head is coming.  WAIT: the app is being woken.  DIAL: its socket
 * has no room just now.  ANSWER: the request is on its way, the response's head is not here
 * yet.  RELAY: bytes both ways.  LAST: our own answer, or what is left after one side has
 * ended.
 */
#include "app.h"
#include "pipe.h"

enum conn_state { CONN_HEAD, CONN_WAIT, CONN_DIAL, CONN_ANSWER, CONN_RELAY, CONN_LAST };

struct conn {
	struct gate *gate;
	struct conn *next, **link;		/* in the gate's list */
	struct conn *next_waiting, **waiting_link;	/* in its app's, while it waits */
	struct app *app;			/* NULL until routed */
	struct known *known;			/* who lets it in, or NULL */
	enum door door;
	enum conn_state state;
	int front, back;			/* −1: none */
	struct watch *front_watch, *back_watch;
	uint32_t front_events, back_events;
	bool is_frozen;				/* asks for a file of a frozen app */
	bool is_half_closed;			/* seen while waiting */
	bool is_front_gone;			/* nobody is there to read an answer */
	bool has_moved;				/* bytes, since the timer was set */
	struct timer *timer;
	int64_t since_ms;			/* boot time, of the waiting or dialling */
	int interims;				/* answers below 200 that were left out */
	int repeats;				/* times it was sent once more */
	struct ask ask;
	struct buf part;			/* of a head that came in pieces */
	struct pipe up, down;			/* front → back, back → front */
};

/* Takes over an accepted descriptor. */
void conn_open(struct gate *g, int fd);
void conn_close(struct conn *c);

/* Sends an answer of our own and ends.  Static texts. */
void conn_answer(struct conn *c, const struct answer *a);
/* The answer of a limit. */
void conn_refuse(struct conn *c, enum limit l);

/* For the parts of it: */
void conn_set_timer(struct conn *c, int64_t ms, timer_fn *fn);	/* fn NULL: none */
/* Moves what can be moved: up to the app, down from it (or our own answer). */
void conn_move_up(struct conn *c);
void conn_move_down(struct conn *c);
void conn_close_back(struct conn *c);
/* Watches what the state calls for; every callback ends with it or with conn_close. */
void conn_settle(struct conn *c);

#endif
