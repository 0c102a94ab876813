#ifndef WIRE_DIAL_H
#define WIRE_DIAL_H
/*
 * Connecting to a socket that the inside of a sandbox made.  What is there is hostile: a
 * symbolic link would lead to another tenant's or the host's own socket, so the folder and
 * the name are opened without following, and what is connected to, through /proc/self/fd,
 * is the very thing that was checked to be a socket.
 */
#include "../base/err.h"

/* The folder called name below at (a folder, or AT_FDCWD); it may be kept for many calls.
 * −1: absent. */
int dial_folder(int at, const char *name);
/* A connected non-blocking stream socket to name in the folder.  MISSING: there is no folder
 * (−1) or no such name, or nobody listens (yet); DENIED: it is no socket; BUSY: it listens,
 * and has no room for one more now. */
int dial(int folder, const char *name, struct err *e);

#endif
