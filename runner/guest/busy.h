#ifndef GUEST_BUSY_H
#define GUEST_BUSY_H
/*
 * Whether a notebook's kernel computes, as its tool server says.  It is asked anew each time
 * somebody wants to know, and what it said the time before is the answer: nobody waits.
 */
#include "../../shared/wire/guest.h"
#include "../../shared/wire/loop.h"

/* doors: WORKLOAD_DOORS, one of which leads to the tool server (tool=…). */
void busy_setup(struct loop *l, const char *doors);
/* UNKNOWN where there is no tool server, or it has not said anything yet. */
enum guest_busy busy_now(void);
/* How many kernels had ended by themselves when busy_now's answer was given. */
uint32_t busy_deaths(void);

#endif
