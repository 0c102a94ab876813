#ifndef GATE_FRONT_H
#define GATE_FRONT_H
/*
 * The side of the web server in front: accepting, and the request's head.
 */
#include "conn.h"

/* Listens, or stops listening, as the number of connections says. */
void front_listen(struct gate *g);
/* Reads what there is of the head; a whole one is judged and routed. */
void front_read_head(struct conn *c);

#endif
