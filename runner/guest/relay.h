#ifndef GUEST_RELAY_H
#define GUEST_RELAY_H
/*
 * The relay's doors: app.sock and the others in /run/sb, for the host's gate, each of which
 * leads to one socket of the workload; and, for a workload that may have it, the port that
 * leads to the host's egress.
 */
#include <stdint.h>

#include "../../shared/wire/loop.h"

/* doors: "name=unix:/path,name=tcp:port…"; egress_port: 0 for none.  Aborts on anything
 * else.  The egress port is open from here on. */
void relay_setup(struct loop *l, const char *doors, uint16_t egress_port);
/* Opens the doors (again: nothing happens). */
void relay_open(void);
/* Closes them, and every connection. */
void relay_close(void);
/* Takes no new connections: doors are closed, the egress port lets them wait. */
void relay_hold(void);
/* As it was before relay_hold. */
void relay_resume(void);

#endif
