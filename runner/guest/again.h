#ifndef GUEST_AGAIN_H
#define GUEST_AGAIN_H
/*
 * After a restore: the processes are those of the checkpoint, but the sandbox may be another
 * one, a clone, with a name and limits of its own.
 */
#include <stdbool.h>

/* First of all, and after each restore: what this sandbox would be started with now. */
void again_look(void);
/* Whether the last restore made it another sandbox than it was. */
bool again_is_other(void);
/* WORKLOAD_TASKS, at most `most`. */
unsigned again_tasks(unsigned most);
/* Lowers the limit of everything the workload has running.  (Nobody in here may raise it.) */
void again_limit(unsigned tasks);

#endif
