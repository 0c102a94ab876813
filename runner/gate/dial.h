#ifndef GATE_DIAL_H
#define GATE_DIAL_H
/*
 * The way to a sandbox's socket.  Its folder is written by the sandbox: a link left there
 * in the socket's place would lead to somebody else's, so nothing is followed, and what
 * is connected to is the very thing that was looked at.
 */
#include <stdint.h>

#define DIAL_FOLDERS "/run/carrel/sb"

enum dial_result {
	DIAL_DONE,
	DIAL_ABSENT,	/* no folder, no socket, or nobody listens (yet) */
	DIAL_FULL,	/* it listens, and has no room for one more now */
};

/* The folder of a workspace below the one that folders stands for; −1: absent. */
int dial_folder(int folders, const char *id);
/* Connects to app.sock in the folder; *fd is the caller's. */
enum dial_result dial_socket(int folder, int *fd);

#endif
