#ifndef GUEST_CTL_H
#define GUEST_CTL_H
/*
 * The control socket: keep's connections and the frames of shared/wire/guest.def.
 *
 * Each connection begins with HELLO and STATE.  Anything malformed, or more waiting than
 * a connection may leave unread, ends it.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../shared/base/buf.h"
#include "../../shared/wire/loop.h"

struct conn;

void ctl_open(struct loop *l);
/* STATE to everybody. */
void ctl_tell_state(void);
/* VERDICT to the one who asked; borrowed bytes. */
void ctl_verdict(struct conn *c, uint64_t tag, const char *json, size_t n);

#endif
