#ifndef CGI_APPS_H
#define CGI_APPS_H
/*
 * What the endpoints of apps share.
 */
#include "../../shared/base/clock.h"
#include "../../shared/store/job.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/workspace.h"
#include "../lib/reply.h"

#define WAIT_MS 180000	/* longest wait for the end of a job */

/* The app of the path; MISSING where there is none. */
int apps_get(struct req *r, struct workspace *w, struct err *e);
/* "/app/<id>", the page of the app of the path. */
const char *apps_page(struct req *r);
/* After a commit: whoever waits for the job or for the app. */
void apps_ring(const char *workspace, const char *job);
/* Notes who did what; within a transaction. */
int apps_note(struct req *r, const char *workspace, const char *verb, int64_t now,
    struct err *e);

/* Replies when the job has ended, at most WAIT_MS from now: as `write` does, or, for a
 * restore, with the version. */
int outcome_wait(struct req *r, const char *job, bool is_restore);

/* The picture of the field "image"; NULL: none was given. */
const struct job_image *apps_image(struct req *r);
/* The reply that there is a new app. */
int apps_created(struct req *r, const char *workspace);

/* A body of one member: {"status":"…"} and more behind it. */
void apps_open(struct req *r, const char *status);

#define EXAMPLE_ID "34upkvhjpas2kd26wirwj5gdkc"

#endif
