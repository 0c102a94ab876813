#ifndef WIRE_GUEST_H
#define WIRE_GUEST_H
/* The messages of guest.def. */
#include <stddef.h>
#include <stdint.h>

#define GUEST_VERSION 1
#define GUEST_HEADER_BYTES 16
#define GUEST_PAYLOAD_MAX (2u << 20)
#define GUEST_HOLD_MS 6000	/* how long a guest holds still when no checkpoint follows */

/* Whether a notebook computes, as PONG says. */
enum guest_busy {
	GUEST_BUSY_UNKNOWN,
	GUEST_BUSY_NONE,	/* it has no kernel */
	GUEST_BUSY_NO,
	GUEST_BUSY_YES,
};

enum guest_type {
#define GUEST(NAME, number, from, payload) GUEST_##NAME = number,
#include "guest.def"
#undef GUEST
};

enum guest_state {
	GUEST_STARTING = 1,	/* the workload is not ready yet; a notebook's waits for APPLY */
	GUEST_READY,		/* it serves; the doors are there, an app's once it is good */
	GUEST_RESTARTING,	/* it died and will be started again */
	GUEST_GAVE_UP,		/* it died too often: 5 times within 60 s */
};

/* Limits of one source tree; the same for the answer parser, the store and the guest. */
#define SOURCE_FILES_MAX 40
#define SOURCE_FILE_BYTES (256u << 10)
#define SOURCE_BYTES (1u << 20)
#define SOURCE_PATH_MAX 120

/* Of a frozen app: what a browser loads, half of it compressed once more. */
#define FROZEN_FILES_MAX 96
#define FROZEN_BASE_MAX 100

#endif
