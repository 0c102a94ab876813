#ifndef LAUNCH_VOLUME_H
#define LAUNCH_VOLUME_H
/*
 * Volumes: the files of one workspace, as a file system of its own in a sparse file, so
 * that its size and its number of files are the quota.
 *
 *	var/volume/<id>.img	root's alone; appears whole or not at all
 *	/run/carrel/vol/<id>	where it is mounted; work/ and env/ are the workload's
 *
 * What is mounted is what the kernel says is mounted; nothing is kept here, so nothing is
 * lost with a launch.
 */
#include "../../shared/conf/conf.h"
#include "task.h"

#define VOLUME_TOP "/run/carrel/vol"

/* Makes the folder, removes volumes that were half made. */
int volume_open(const struct conf *c, struct err *e);
/* Used bytes; 0 where it is not mounted. */
uint64_t volume_used(const char *id);

/* Tasks.  Mounting makes what is missing, and is content with what is mounted. */
task_run_fn volume_mount, volume_unmount;
/* Unmounts and removes it, and every checkpoint. */
task_run_fn volume_erase;

#endif
