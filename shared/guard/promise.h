#ifndef GUARD_PROMISE_H
#define GUARD_PROMISE_H
/*
 * What a process promises to do from now on, kept by the kernel (seccomp), for all of its
 * threads.  Call it once, when everything is open that needs more.
 *
 * BASE, FILES and SOCKETS of groups.def are what every program of ours needs, LINKS what few
 * do; socket() makes unix sockets only, unless INET is promised; threads may be made with
 * THREADS.
 */
#include "../base/err.h"

enum promise {
	PROMISE_UNIX = 0,	/* files, unix sockets, memory, time */
	PROMISE_THREADS = 1,
	PROMISE_INET = 2,
	PROMISE_LINKS = 4,	/* giving a file a further name */
};

/* In tests (CARREL_TEST_STRICT set) a call outside of the promise ends the process, whichever
 * it is.  A program that gets an error must not go on. */
int promise(unsigned promised, struct err *e);

#endif
