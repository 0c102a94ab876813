#ifndef GUEST_RELAY_H
#define GUEST_RELAY_H
/*
 * The relay: each connection to app.sock (from the gate) is joined to one of the
 * workload.
 *
 * Bytes, never content.  Half-closes pass through; a side that does not read stops the
 * other; what was sent before a close arrives.  While the workload is away, new
 * connections are held and dialled again.  An idle connection costs no buffer and has no
 * time limit.
 */
#include "../../shared/wire/loop.h"

/* Opens app.sock (again: nothing happens). */
void relay_open(struct loop *l);
/* Closes it, and every connection. */
void relay_close(void);

#endif
