#ifndef LAUNCH_ENGINE_H
#define LAUNCH_ENGINE_H
/*
 * The programs that kernels sleep with, so that an upgrade costs nobody's variables:
 * var/engine/<name>/ has the runsc and the guest's folder of one build, from when launch first
 * started with them until others are installed and the last checkpoint made with them is gone.
 */
#include "fits.h"
#include "task.h"

#define ENGINE_PATH_SIZE 80

/* The folder for what f names: runsc, guest/.  False: it is not kept, or its guest speaks
 * another language than keep does now. */
bool engine_find(const struct fits *f, char path[ENGINE_PATH_SIZE]);
/* Keeps the programs of build/, if they are those of f and are not kept yet. */
int engine_keep(const struct fits *f, struct err *e);
/* A task: keeps those that are installed, and removes others that no checkpoint needs. */
task_run_fn engine_tidy;

#endif
