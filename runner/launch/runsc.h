#ifndef LAUNCH_RUNSC_H
#define LAUNCH_RUNSC_H
/* How runsc is run: one child per call, its environment empty but for PATH and for flags that
 * not every runsc knows (../setup/runsc/main.go). */
#include <stdbool.h>
#include <sys/types.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/err.h"

#define RUNSC_ROOT "/run/carrel/runsc"

/* Each starts a child, which dies with us, and gives its pid, or −1 and errno.  What it had
 * to say when it failed is in dir/log, dir being the bundle. */

/* Which runsc is meant for the bundle: that in the folder engine, or (NULL) in build/. */
int runsc_choose(const char *dir, const char *engine, struct err *e);
/* A sandbox of the bundle, begun from the checkpoint in image unless that is NULL; it
 * leaves dir/pid when the sandbox runs.  More flags, or NULL: those runsc may know. */
pid_t runsc_start(const char *dir, const char *id, const char *image, const char *more);
/* A checkpoint into the folder image; the sandbox ends, unless it is to go on. */
pid_t runsc_save(const char *dir, const char *id, const char *image, bool goes_on);
/* The flags that it is always run with. */
void runsc_print_flags(struct buf *to);
/* Removes what runsc keeps of a sandbox whose processes are gone.  `runsc delete` would
 * do the same, but starts a process, and takes seconds with some builds. */
void runsc_forget(const char *id);

#endif
