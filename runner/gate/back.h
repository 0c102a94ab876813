#ifndef GATE_BACK_H
#define GATE_BACK_H
/*
 * The side of the app: connecting to it, and the head of its answer.
 */
#include "conn.h"

/* Tries (again) to reach the app. */
void back_dial(struct conn *c);
/* The app is there: goes on with a connection to it (taken over). */
void back_relay(struct conn *c, int back);
/* Reads what there is of the answer's head; a whole one is judged and passed on. */
void back_read_head(struct conn *c);

#endif
