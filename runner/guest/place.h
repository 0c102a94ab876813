#ifndef GUEST_PLACE_H
#define GUEST_PLACE_H
/* Where things are inside a sandbox. */

/* From the host; written by PID 1 alone. */
#define PLACE_CTL "/run/ctl/ctl.sock"		/* keep connects */
#define PLACE_DOORS "/run/sb"			/* gate connects */
#define PLACE_EGRESS "/run/egress/egress.sock"	/* the host's; we connect */
#define PLACE_CHECKPOINT "/proc/gvisor/checkpoint"
#define PLACE_SPEC_ENV "/proc/gvisor/spec_environ"	/* ours if it were started now */

/* The workload's own; an app's. */
#define PLACE_WORK "/run/vite"
#define PLACE_WORK_JUDGE PLACE_WORK "/judge.sock"
#define PLACE_PROJECT "/app"
#define PLACE_SOURCE PLACE_PROJECT "/src"
#define PLACE_CANDIDATE PLACE_PROJECT "/.candidate"

/* A notebook's. */
#define PLACE_NOTEBOOK "/work"
#define PLACE_NOTEBOOK_HOME "/tmp/home"

#endif
