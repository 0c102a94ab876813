#ifndef LAUNCH_OOM_H
#define LAUNCH_OOM_H
/*
 * Deaths for want of memory inside a sandbox that lives on: the kernel kills the process
 * that took too much, and nobody in there can tell why it died.  Told with OOM, once for
 * those that come together.
 */
#include <stdint.h>

#include "../../shared/wire/loop.h"

struct box;
struct oom;

/* Of a sandbox that runs now; what was killed in it before is not told.  NULL where the
 * kernel does not say. */
struct oom *oom_watch(struct loop *l, struct box *b);
/* NULL is fine. */
void oom_forget(struct oom *o);
/* How many deaths were told, or were there before; 0 for NULL. */
uint64_t oom_told(const struct oom *o);

#endif
