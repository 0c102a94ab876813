#ifndef CGI_ALLOW_H
#define CGI_ALLOW_H
/*
 * Whether something new may be made by who asks: the account's quotas, and how many wait
 * already.
 */
#include "../../shared/store/account.h"
#include "../../shared/store/sandbox.h"
#include "req.h"

/* Within the transaction that makes it; counts it.  QUOTA, BUSY or FULL, with a sentence and
 * (but for FULL) a time. */
int allow_creation(struct req *r, int64_t now, struct err *e);
#define REPLY_QUOTA {429, "So many were made lately as the account's tier allows; Retry-After " \
	"says when the next may be.", NULL, NULL}, {503, "So many wait to be started that it would " \
	"take more than ten minutes; Retry-After says when to ask again.", NULL, NULL}
/* place and eta_seconds of one that waits for its sandbox; else null both, or (is_terse)
 * nothing. */
int allow_put_place(struct req *r, bool is_terse, struct err *e);

#endif
