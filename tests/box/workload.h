#ifndef BOX_WORKLOAD_H
#define BOX_WORKLOAD_H
/*
 * A workload for the guest's tests.  What a connection asks of it is its first line:
 *	echo        every byte comes back
 *	drain       answers how many bytes came before the end
 *	blast N     N bytes at once, then a close, reading nothing
 *	die         the workload ends, by SIGUSR1
 *	noise N     N bytes to standard error
 * Its judge does what the file src/judge of the candidate says: long, die, close, silent;
 * else it approves and repeats it.  Asked to freeze it does what the address says: /long/,
 * /short/ (more is announced than comes), /lie/ (too much is announced), /die/; else it sends
 * the address back.  With /run/vite/crash there it ends at once.
 */
#include <stddef.h>

int workload(void);
void workload_write(int fd, size_t n);

#endif
