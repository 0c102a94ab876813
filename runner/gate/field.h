#ifndef GATE_FIELD_H
#define GATE_FIELD_H
/*
 * Heads rewritten by the table of field.def: the request for the sandbox, which is not to
 * learn who asks, and the response for the browser, which is not to obey it too far.
 */
#include "../../shared/base/buf.h"
#include "ask.h"
#include "../../shared/text/head.h"

/* A head grows by no more than this. */
#define FIELD_ADDED_MAX (4u << 10)

/* Does a Connection field ask to take out what must stay? */
bool field_connection_is_bad(const struct head *h);
/* Appends the head as the sandbox gets it; check to->is_over. */
void field_request(const struct head *h, const struct ask *a, struct buf *to);
/* May this response be passed on?  A 101 that nobody asked for may not, nor one that is
 * framed like a body. */
bool field_response_is_fine(const struct head *h, const struct ask *a);
/* Appends the head as the browser gets it. */
void field_response(const struct head *h, const struct ask *a, const struct site *s,
    struct buf *to);
/* The lines of safety.def. */
void field_safety(struct buf *to);

#endif
