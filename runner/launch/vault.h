#ifndef LAUNCH_VAULT_H
#define LAUNCH_VAULT_H
/*
 * The folders of the state that are root's alone: var/volume, var/snapshot, var/engine.
 *
 * Other programs may write in var, and so could put something else in their place; so they
 * are opened once, looked at, and mounted where nobody else can write.
 */
#include "../../shared/base/err.h"

#define VAULT_VOLUME "/run/carrel/volume"
#define VAULT_SNAPSHOT "/run/carrel/snapshot"
#define VAULT_ENGINE "/run/carrel/engine"

int vault_open(struct err *e);

#endif
