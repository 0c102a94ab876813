#ifndef LAUNCH_START_H
#define LAUNCH_START_H
/*
 * Starting a sandbox: its volume, its folders and specification, then runsc, which begins
 * it from nothing or from a checkpoint.
 */
#include "box.h"

/* The sandbox of a valid CREATE whose id is absent; answers it, later. */
void start_begin(const struct launch_msg *m);
/* runsc's start of it ended. */
void start_runsc_ended(struct box *b, int status);

#endif
