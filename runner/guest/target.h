#ifndef GUEST_TARGET_H
#define GUEST_TARGET_H
/* Where a door leads to: a stream socket inside, of the workload, or the host's egress. */
#include <stdbool.h>
#include <stdint.h>

struct target {
	uint16_t port;		/* of 127.0.0.1; 0: it is the path that counts */
	char path[64];
	bool is_ours;		/* the path is where the workload cannot write */
};

/* "unix:/path" (the workload's) or "tcp:port"; false: neither. */
bool target_parse(struct target *t, const char *text);
/* A non-blocking socket, or −1 and errno.  It may still be connecting: it becomes writable,
 * and SO_ERROR says how it went. */
int target_dial(const struct target *t, bool *is_connecting);

#endif
