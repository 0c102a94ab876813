#ifndef LAUNCH_SAVE_H
#define LAUNCH_SAVE_H
/*
 * Saving a sandbox: a checkpoint into a folder that has no name yet, to the disk, then its
 * name.  A checkpoint that fails costs the sandbox: what runsc leaves then is no sandbox.
 */
#include "box.h"

/* For one that runs; the SAVE is answered later. */
void save_begin(struct box *b, const struct launch_msg *m);
/* runsc's checkpoint of it ended. */
void save_runsc_ended(struct box *b, int status);

#endif
