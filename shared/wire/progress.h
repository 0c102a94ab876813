#ifndef WIRE_PROGRESS_H
#define WIRE_PROGRESS_H
/*
 * The progress of a job as a file of server-sent events, /run/carrel/progress/<job>: an SSE
 * reply is "send that file from an offset, then follow it".
 *
 * Each event's id is <job>.<offset of its end, 9 digits>, so a reader resumes exactly there.
 * Author and keep write it, each event under a lock.
 * The file is at most PROGRESS_BYTES; tokens past it are left out, the other events are not.
 * The writer rings the bell for the job (bell.h) itself, at most every 50 ms.
 */
#include "../base/err.h"

#define PROGRESS_DIR "/run/carrel/progress"
#define PROGRESS_BYTES (8u << 20)

/* Appends one event; json is one line.  event: "phase" "token" "verdict" "version" "error"
 * "done".  After "done" nothing more is written. */
int progress_add(const char *job, const char *event, const char *json, struct err *e);
/* phase {job,phase,detail}: the phases are queued, starting, reading, writing, compiling,
 * repairing, publishing. */
int progress_phase(const char *job, const char *phase, const char *detail, struct err *e);
/* A descriptor to read from, or MISSING (restarted since, or swept). */
int progress_open(const char *job, struct err *e);
void progress_remove(const char *job);

#endif
