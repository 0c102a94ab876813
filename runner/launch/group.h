#ifndef LAUNCH_GROUP_H
#define LAUNCH_GROUP_H
/*
 * The control group of one sandbox, /carrel/<instance>/<id>, in cgroup v1 and v2.  runsc
 * makes it and sets its limits; here it is read, emptied and removed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct group_figures {
	uint64_t memory_bytes;	/* without the page cache of files, which goes at need */
	uint64_t memory_peak_bytes;	/* with it: it can be as much as the limit */
	uint64_t cpu_usec;
	uint32_t pids_now;
	uint64_t memory_kills;	/* processes in it killed for want of memory */
	bool hit_pids;		/* a process was refused */
};

/* The part below every hierarchy, "/carrel/<instance>", from the instance's name. */
void group_set_parent(const char *instance);
/* "/carrel/<instance>/<id>" */
void group_path(const char *id, char *out, size_t size);
void group_read(const char *id, struct group_figures *f);
/* Whether a process is in it, and so is what we think it is, not a later one of that
 * number. */
bool group_has(const char *id, pid_t pid);
/* Sends SIGKILL to all in it; how many are still there. */
unsigned group_kill(const char *id);
/* A descriptor that becomes readable when something in it may have been killed for want of
 * memory (read it empty then), or −1. */
int group_watch_memory(const char *id);
/* Removes it; true once it is gone everywhere. */
bool group_remove(const char *id);

#endif
