#ifndef GUEST_WORK_H
#define GUEST_WORK_H
/*
 * The workload: the program that serves, run without any rights, started again when it
 * dies.
 *
 * At most one is alive.  When it ends, everything that it left behind is killed before
 * the next one starts.  It is trusted in nothing: its output is a ring of a few KB, its
 * word that it is ready is six bytes.
 */
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/base/buf.h"
#include "../../shared/wire/guest.h"
#include "../../shared/wire/loop.h"

/* Starts argv (argv[0] is a path) and keeps it going, with at most so many tasks
 * (RLIMIT_NPROC); on_change is called after each change of state. */
void work_start(struct loop *l, char **argv, unsigned tasks, void (*on_change)(void));
enum guest_state work_state(void);
/* What main reaped. */
void work_reaped(pid_t pid, int status);
/* Kills it, as one that hangs; it starts again like after any death. */
void work_kill(void);
/* The payload of STATE. */
void work_describe(struct buf *b);

#endif
