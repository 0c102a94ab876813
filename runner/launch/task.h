#ifndef LAUNCH_TASK_H
#define LAUNCH_TASK_H
/*
 * Work that waits for a disk (making a file system, mounting, fsync, removing), so that the
 * loop never does: each task is a child that dies with us.  Those of one id run one at a
 * time, in the order they were added; those of different ids side by side.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../shared/base/err.h"
#include "../../shared/wire/launch.h"

struct task_end {
	int32_t result;		/* 0, or −errno */
	uint64_t disk_bytes;
	char text[200];
};

/* In the child; whatever it opened or started ends with it. */
typedef void task_run_fn(const struct launch_msg *m, struct task_end *end);
/* Here, exactly once. */
typedef void task_done_fn(const struct launch_msg *m, const struct task_end *end);

/* m: copied; m->id is what the task is about. */
void task_add(const struct launch_msg *m, task_run_fn *run, task_done_fn *done);
/* What main reaped; false: no task's. */
bool task_reaped(pid_t pid);
/* For a task: it failed as e says. */
void task_failed(struct task_end *end, const struct err *e);

#endif
