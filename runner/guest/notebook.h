#ifndef GUEST_NOTEBOOK_H
#define GUEST_NOTEBOOK_H
/*
 * APPLY of a notebook: its files, each written where it is missing, by the workload's hand;
 * then the workload starts.  What is there is the user's, and never touched.
 *
 * Every APPLY gets its VERDICT at once: {"ok":true}, or error.kind "input" (not a tree of
 * files), "full" (no space left) or "files" (it cannot be written).
 */
#include <stddef.h>
#include <stdint.h>

#include "../../shared/wire/loop.h"
#include "ctl.h"

void notebook_open(struct loop *l);
/* This is a clone now, over files of its own: once the next APPLY has written them, the
 * workload, which runs, is told so, and is ready when it says so. */
void notebook_begin_again(void);
void notebook_apply(struct conn *c, uint64_t tag, const void *payload, size_t n);

#endif
