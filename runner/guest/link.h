#ifndef GUEST_LINK_H
#define GUEST_LINK_H
/*
 * Links: a connection that came, joined to one that is dialled for it.
 *
 * Bytes, never content.  Half-closes pass through; a side that does not read stops the
 * other; what was sent before a close arrives.  While the target is away the connection is
 * held, and the target dialled again.  An idle link costs no buffer and has no time limit.
 */
#include "../../shared/wire/loop.h"
#include "target.h"

typedef void link_gone_fn(void *arg);

/* Takes fd over, which is non-blocking; tells gone when the link is no more. */
void link_new(struct loop *l, int fd, const struct target *to, link_gone_fn *gone, void *arg);
void link_drop_all(void);
/* Changes whenever a byte has moved through any link. */
uint64_t link_moved(void);

#endif
