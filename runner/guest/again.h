#ifndef GUEST_AGAIN_H
#define GUEST_AGAIN_H
/*
 * After a restore: the processes are those of the checkpoint, but the sandbox may be another
 * one, with limits of its own.
 */

/* WORKLOAD_TASKS of the sandbox that it is now; fallback where that cannot be read. */
unsigned again_tasks(unsigned fallback);
/* Lowers the limit of everything the workload has running.  (Nobody in here may raise it.) */
void again_limit(unsigned tasks);

#endif
