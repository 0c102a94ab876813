#ifndef GATE_ADMIT_H
#define GATE_ADMIT_H
/*
 * Who is let in where.  Apps are open to whoever knows their address; at a notebook's a
 * request needs a pass, whose kind decides by which door it goes in.
 */
#include "app.h"
#include "conn.h"
#include "../../shared/text/head.h"

/* Fills in the connection's door and what it is there for; false: it was answered. */
bool admit(struct conn *c, struct app *app, const struct head *h);
/* Answers one that has no (valid) pass: with a page that asks for one, or 401. */
void admit_refuse(struct conn *c);

#endif
