#ifndef WIRE_ALIVE_H
#define WIRE_ALIVE_H
/*
 * Signs of life: a program that goes on working touches /run/carrel/alive/<name>;
 * GET /health takes one whose file is older than ALIVE_DEAD_MS for dead.
 */
#include <stdbool.h>

#include "loop.h"

#define ALIVE_DIR "/run/carrel/alive"
#define ALIVE_EVERY_MS 5000
#define ALIVE_DEAD_MS 15000

/* Touches it now and every 5 s from the loop.  name: borrowed for ever. */
void alive_start(struct loop *l, const char *name);
bool alive_is(const char *name);

#endif
