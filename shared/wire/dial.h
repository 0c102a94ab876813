#ifndef WIRE_DIAL_H
#define WIRE_DIAL_H
/*
 * Connecting to a socket that the inside of a sandbox made.  What is there is hostile: a
 * symbolic link would lead to another tenant's or the host's own socket, so the folder and
 * the name are opened without following, checked to be a socket, and connected through
 * /proc/self/fd.
 */
#include "../base/err.h"

/* A connected (or connecting) non-blocking stream socket to folder/name; MISSING where there
 * is none, or nobody listens. */
int dial(const char *folder, const char *name, struct err *e);

#endif
