#ifndef WIRE_BELL_H
#define WIRE_BELL_H
/*
 * The bell: after a commit that somebody waits for, the writer rings with the id of the job
 * or workspace; every waiter in the folder hears it.  A hint, never the truth: a full queue
 * loses the ring, so whoever waits also looks at the store once a second.
 */
#include <stdbool.h>

#include "../base/err.h"
#include "../base/rand.h"

#define BELL_DIR "/run/carrel/bell"

/* A datagram socket in dir (NULL: BELL_DIR), non-blocking, named after the program and its
 * pid.  The socket of a waiter that died is removed by the next ring that meets it. */
int bell_open(const char *dir, const char *name, struct err *e);
/* The next id that was rung; false when the queue is empty. */
bool bell_read(int fd, char id[ID_SIZE]);
void bell_ring(const char *dir, const char *id);

#endif
