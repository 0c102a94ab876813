#ifndef LAUNCH_SNAP_H
#define LAUNCH_SNAP_H
/*
 * Checkpoints: var/snapshot/<id>/<image>, what runsc wrote and what it fits (fits.h).
 *
 * One under such a name is whole and on the disk; while it is written, or removed, its name
 * ends in ".new" or ".gone", and such are removed when launch starts.
 */
#include "../../shared/base/rand.h"
#include "fits.h"
#include "task.h"

#define SNAP_PATH_SIZE 112

/* Removes what was half made or half removed. */
int snap_open(struct err *e);
/* Where runsc writes one between snap_begin and snap_publish. */
void snap_part(const char *id, const char *image, char path[SNAP_PATH_SIZE]);
/* Where it is, and what it fits.  MISSING. */
int snap_find(const char *id, const char *image, char path[SNAP_PATH_SIZE], struct fits *f,
    struct err *e);
/* The newest of a workspace; MISSING. */
int snap_newest(const char *id, char image[ID_SIZE], struct err *e);
/* All of a workspace. */
int snap_remove_all(const char *id, struct err *e);

/* Tasks.  Begin: a new, empty one of the sandbox that runs, -EEXIST where it is there.
 * Publish: what runsc wrote goes to the disk, then gets its name.  Drop: whatever there is
 * of it goes. */
task_run_fn snap_begin, snap_publish, snap_drop;

#endif
