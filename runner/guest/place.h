#ifndef GUEST_PLACE_H
#define GUEST_PLACE_H
/* Where things are inside a sandbox. */

/* From the host; written by PID 1 alone. */
#define PLACE_CTL "/run/ctl/ctl.sock"		/* keep connects */
#define PLACE_APP "/run/sb/app.sock"		/* gate connects */

/* The workload's own. */
#define PLACE_WORK "/run/vite"
#define PLACE_WORK_APP PLACE_WORK "/app.sock"	/* HTTP and WebSocket */
#define PLACE_WORK_JUDGE PLACE_WORK "/judge.sock"
#define PLACE_PROJECT "/app"
#define PLACE_SOURCE PLACE_PROJECT "/src"
#define PLACE_CANDIDATE PLACE_PROJECT "/.candidate"

#endif
