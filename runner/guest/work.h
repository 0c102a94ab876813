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

struct work_plan {
	char **argv;			/* argv[0] is a path */
	const char *const *env;		/* beside what every workload has; ended by NULL */
	unsigned tasks;			/* at most (RLIMIT_NPROC) */
	unsigned start_secs;		/* until it must be ready */
	void (*on_change)(void);	/* called after each change of state */
};

/* Before anything else; borrowed.  The state is STARTING, though nothing runs. */
void work_setup(struct loop *l, const struct work_plan *plan);
/* Starts it and keeps it going (again: nothing happens). */
void work_begin(void);
/* It runs, but has yet to get ready (STARTING again, which nobody is told of); then it is. */
void work_begin_again(void);
void work_is_ready(void);
enum guest_state work_state(void);
/* What main reaped. */
void work_reaped(pid_t pid, int status);
/* Kills it, as one that hangs; it starts again like after any death. */
void work_kill(void);
/* The payload of STATE. */
void work_describe(struct buf *b);

#endif
