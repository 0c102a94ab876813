#ifndef LAUNCH_RUNSC_H
#define LAUNCH_RUNSC_H
/* How runsc is run: one child per call, its environment empty but for PATH. */
#include <stddef.h>
#include <sys/types.h>

#define RUNSC_ROOT "/run/carrel/runsc"

/* `runsc run -detach` of the bundle in dir: the child's pid, or −1 and errno.  The child
 * dies with us.  It leaves dir/pid when the sandbox runs, else what it had to say in
 * dir/log. */
pid_t runsc_run(const char *dir, const char *id);
/* Removes what runsc keeps of a sandbox whose processes are gone.  `runsc delete` would
 * do the same, but starts a process, and takes seconds with some builds. */
void runsc_forget(const char *id);

#endif
