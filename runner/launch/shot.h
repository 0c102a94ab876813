#ifndef LAUNCH_SHOT_H
#define LAUNCH_SHOT_H
/*
 * The sandbox that takes the picture of one frozen app (shared/rule/shot.h): a browser that
 * has the machine's libraries and fonts, the baked packages, a copy of the app's files, all of it
 * to read, and one file to write.  No guest, no network, no rights.
 *
 *	ctl/<id>/card.webp	the picture, when the browser has ended; goes with the sandbox
 */
#include <stdbool.h>

#include "spec.h"
#include "task.h"

bool shot_is(const struct launch_msg *m);
/* A CREATE of it: from is whose app, epoch the version. */
bool shot_create_is_good(const struct launch_msg *m);
/* Its specification: s without what; picture: where it is written. */
void shot_print(const struct spec *s, const char *picture, struct buf *json);
/* A task: its folders and its specification. */
task_run_fn shot_make;

#endif
