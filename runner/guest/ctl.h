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
typedef void ctl_fn(struct conn *c, uint64_t tag, const void *payload, size_t n);
/* Who takes the payloads of APPLY and of FREEZE (NULL: it is malformed); before ctl_open. */
void ctl_set_apply(ctl_fn *apply, ctl_fn *freeze);
/* Ends every connection, and closes the socket; ctl_open opens it again. */
void ctl_hold(void);
/* STATE to everybody. */
void ctl_tell_state(void);
/* VERDICT to the one who asked; borrowed bytes. */
void ctl_verdict(struct conn *c, uint64_t tag, const char *json, size_t n);
/* FROZEN likewise; the whole payload. */
void ctl_frozen(struct conn *c, uint64_t tag, const char *payload, size_t n);

#endif
