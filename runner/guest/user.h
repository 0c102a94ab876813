#ifndef GUEST_USER_H
#define GUEST_USER_H
/*
 * Acting with the workload's rights.
 *
 * What lies where the workload may write is its own doing (a symbolic link to our
 * sockets, a FIFO): whoever follows a path there does it as the workload, so it gains
 * nothing.
 */
#include <sys/types.h>

/* The workload's uid, which is its gid too; once, first. */
void user_set(uid_t uid);
/* Effective ids of the workload until user_end. */
void user_begin(void);
void user_end(void);
/* For a child that will exec or exit: the workload's ids for good, and no groups.  Does
 * not return on failure. */
void user_become(void);
/* A non-blocking connection to a unix stream socket, or −1 and errno. */
int user_connect(const char *path);

#endif
