#ifndef GUARD_DENY_H
#define GUARD_DENY_H
/*
 * The filter of a process that must start runsc: what neither needs is refused with
 * EPERM, all else is allowed.
 *
 * Filters are inherited, and the strictest answer of all filters wins; runsc's own rely
 * on traps.  So this one never kills, not even for a foreign architecture, and says
 * nothing about calls that it does not name.
 */
#include "../base/err.h"

/* Enters the filter for good, with no_new_privs, for every thread. */
int deny_enter(struct err *e);

#endif
