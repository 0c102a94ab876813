#ifndef EGRESS_JOB_H
#define EGRESS_JOB_H
/*
 * Bringing one thing into the cache: an index's page, or a file.  However many ask for it,
 * it is asked for once; without anybody who waits, it ends.
 *
 * A job begins and ends from the loop, never within the call that made it.
 */
#include "egress.h"
#include "page.h"

struct job;

/* What came of it.  status 0: it is in the cache; else what to answer. */
struct outcome {
	int status;
	char words[200];
};

struct waiter {
	struct waiter *next, **link;	/* link NULL: it waits for nothing */
	struct job *job;
	void (*fn)(struct waiter *w, const struct outcome *o);
};

void job_wait_page(struct egress *g, struct waiter *w, enum ecosystem_id eco,
    const char *name);
/* digest names the file; url is where it is; "": a file that was kept is only checked. */
void job_wait_file(struct egress *g, struct waiter *w, enum ecosystem_id eco,
    const char *digest, const char *url);
/* Whether such a job runs already: joining it asks nothing more of anybody. */
bool job_runs(const struct egress *g, const char *key);
void job_leave(struct waiter *w);
void job_stop_all(struct egress *g);

#endif
