#ifndef CGI_PARK_H
#define CGI_PARK_H
/*
 * Requests that wait, and connections that the web server keeps for later: what no thread
 * holds.  Each is watched by the epoll set it was parked with, under a number that is never
 * used twice, so that an event about one that has gone meets nothing.
 *
 * A request may also wait for a descriptor of its own (req_watch), which is watched between
 * its visits, and then once: nothing is reported twice.
 *
 * A parked request is visited by one thread at a time.  A ring that comes during a visit
 * makes for another one after it, so none is lost.
 */
#include "req.h"

#define PARK_MAX 4000

struct park;

struct park *park_new(int epoll_fd);
int park_count(struct park *p);
/* Takes over a request that waits, and visits it once, because the bell may have rung since
 * it looked.  done is called, by whichever thread, when it waits no more. */
typedef void park_done_fn(struct req *r, void *arg);
void park_request(struct park *p, struct req *r, struct db *db, park_done_fn *done, void *arg);
/* Takes over an idle connection. */
void park_conn(struct park *p, struct conn *c);
/* Something came for number (epoll's data): a kept connection is handed back, to be served;
 * a parked request's client has gone, or the descriptor it waits for is ready.  NULL where
 * there is nothing to serve. */
struct conn *park_event(struct park *p, uint64_t number, struct db *db, park_done_fn *done,
    void *arg);
/* Visits all that wait for the id; NULL: all that wait. */
void park_ring(struct park *p, const char *id, struct db *db, park_done_fn *done, void *arg);
/* The end: everything is told, finished and freed.  No other thread may be left. */
void park_stop(struct park *p, struct db *db, park_done_fn *done, void *arg);

#endif
