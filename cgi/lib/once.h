#ifndef CGI_ONCE_H
#define CGI_ONCE_H
/*
 * Idempotency-Key: for 24 hours the same key from the same caller on the same route gives
 * the reply of the first request.  What is kept is not the reply but what the request made,
 * of which the reply is made anew; so a repeat of one that still runs waits for it.
 *
 * Both within the transaction that does the work, so that of many at once one does it.
 */
#include "../../shared/store/access.h"
#include "req.h"

/* 1: done before, made says what; 0: do it.  INPUT for a bad key, CONFLICT where the key
 * came with other fields.  route: "create", or "write/" and the app's id. */
int once_find(struct req *r, const char *route, struct idempotency *made, struct err *e);
int once_keep(struct req *r, const char *route, const char *workspace, const char *job,
    int64_t now, struct err *e);

#endif
