#ifndef GUEST_APPLY_H
#define GUEST_APPLY_H
/*
 * Candidates of an app: written where nothing watches, judged by the workload, one at a time in
 * order.
 *
 * Every APPLY gets exactly one VERDICT while its connection lives.  Verdicts of our own
 * have error.kind "input" (not a source tree), "busy" (too many wait) or "gone" (the
 * workload was not there, died, or did not answer in time); all others are the judge's
 * line, untouched.  FREEZE waits in the same line and gets FROZEN, what the judge made of it
 * or such an error.
 */
#include <stddef.h>
#include <stdint.h>

#include "../../shared/wire/loop.h"
#include "ctl.h"

void apply_open(struct loop *l);
/* A payload of APPLY; copied. */
void apply_add(struct conn *c, uint64_t tag, const void *payload, size_t n);
/* A payload of FREEZE. */
void apply_freeze(struct conn *c, uint64_t tag, const void *payload, size_t n);
/* A verdict of ours; the sentence holds nothing that JSON would need escaped. */
void apply_refuse(struct conn *c, uint64_t tag, const char *kind, const char *sentence);
/* The connection is going away: what it asked for and was not begun is dropped. */
void apply_forget(const struct conn *c);
/* The workload's state changed. */
void apply_state_changed(void);

#endif
