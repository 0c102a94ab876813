#ifndef GUEST_HOLD_H
#define GUEST_HOLD_H
/*
 * Holding still for a checkpoint.  A socket that the host can see cannot be saved, so all of
 * them are closed, the control connections last; that they end tells keep that the guest is
 * held.  It then does nothing at all until gVisor says that it was restored, or goes on.
 *
 * A hold that no checkpoint follows ends by itself after a while.
 */
#include "../../shared/wire/loop.h"

/* restored: called before anything is open again in a sandbox that was restored. */
void hold_open(struct loop *l, void (*restored)(void));
/* Begins to hold; again: nothing happens. */
void hold_begin(void);

#endif
