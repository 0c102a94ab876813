#ifndef CGI_APPS_EVENTS_H
#define CGI_APPS_EVENTS_H
/*
 * What an event stream is made of: pieces of a job's progress file, and its outcome as the
 * store has it.
 */
#include "apps.h"

struct following {
	char job[ID_SIZE];
	int64_t offset;		/* in the progress file, behind what was sent */
	int64_t told_ms;	/* boot time of the last byte sent */
	int64_t ended_seen_ms;	/* boot time when the job was first seen ended; 0: not yet */
};

/* True where the job has ended and a reader who has everything up to offset was told. */
bool events_is_over(const struct job *j, int64_t offset);
/* Sends what the progress file has beyond f->offset.  1: "done" was among it; 0: not, or
 * there is no file (yet); −1. */
int events_send_file(struct req *r, struct following *f, struct err *e);
/* Where the job has ended, its outcome and "done", made from the store, with event ids of
 * that offset.  1: sent; 0: it has not ended, or its file may still tell; −1. */
int events_send_outcome(struct req *r, struct following *f, int64_t offset, struct err *e);

#endif
