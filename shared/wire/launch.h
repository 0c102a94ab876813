#ifndef WIRE_LAUNCH_H
#define WIRE_LAUNCH_H
/* The messages of launch.def.  Fixed size, so that the root process parses nothing. */
#include <stdint.h>

#define LAUNCH_VERSION 3

#define LAUNCH_FLAG_KEEP_RUNNING 1u	/* SAVE: the sandbox goes on afterwards */

enum launch_verb {
#define LAUNCH(NAME, number, from, text) LAUNCH_##NAME = number,
#include "launch.def"
#undef LAUNCH
};

enum launch_why {
	LAUNCH_WHY_NONE,
	LAUNCH_WHY_EXIT,	/* the guest ended by itself */
	LAUNCH_WHY_MEMORY,	/* the memory limit was hit */
	LAUNCH_WHY_PIDS,	/* the process limit was hit */
	LAUNCH_WHY_CRASH,	/* anything else */
};

struct launch_msg {
	uint32_t version;		/* LAUNCH_VERSION */
	uint32_t verb;
	uint64_t tag;
	char id[28];			/* 26 characters and NULs */
	char template_name[16];		/* "vite" or "marimo"; NUL-padded */
	char image[28];			/* a checkpoint's id, as an id, or "" */
	char from[28];			/* CREATE: whose checkpoint, where not its own, or "" */
	uint32_t epoch;			/* counts the lives of this workspace's sandbox */
	uint32_t memory_mb, cpu_percent, pids;	/* limits; cpu 100 = one core */
	uint32_t disk_mb, disk_files;	/* size of the volume, and how many files; 0: none */
	uint32_t flags;			/* LAUNCH_FLAG_… */
	int32_t result;			/* 0, or −errno */
	int32_t pid;			/* of the sandbox's process on the host */
	uint32_t why;
	uint32_t pids_now;
	uint64_t memory_bytes, memory_peak_bytes, cpu_usec;
	uint64_t disk_bytes;		/* SAVE: of the checkpoint; else used on the volume */
	char text[200];			/* for the log and the reason; NUL-terminated */
};

#endif
