#ifndef AUTHOR_NET_H
#define AUTHOR_NET_H
/*
 * HTTP requests, to the services of models and to sockets of this machine.
 *
 * Redirects are not followed (a key must not travel on), https is demanded of every
 * address that is not of this machine or its own network, and nothing of a request is
 * ever logged.  Who answers at a socket may be silent as long as it likes, up to the
 * timeout; it is never asked twice.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../shared/base/err.h"
#include "../../shared/wire/loop.h"

struct net;
struct net_call;

struct net_head {
	long status;			/* 0: no answer yet */
	char type[80];			/* content type, lower case, without parameters */
	char request_id[80];
	int64_t retry_after_ms;		/* −1: not told */
	int should_retry;		/* the service's word: 1 or 0; −1 not told */
};

enum net_end {
	NET_OK,		/* the answer came to its end, whatever its status */
	NET_CONNECT,	/* the service could not be reached */
	NET_TIMEOUT,	/* it took too long, or fell silent */
	NET_CUT,	/* the connection broke */
	NET_STOPPED,	/* net_bytes_fn said so */
};

/* Bytes of the answer's body; false ends the call with NET_STOPPED.  Must not stop or
 * start calls itself. */
typedef bool net_bytes_fn(void *arg, const struct net_head *h, const char *bytes,
    size_t n);
/* The call is over and gone; why is curl's word for it, for the log. */
typedef void net_end_fn(void *arg, const struct net_head *h, enum net_end how,
    const char *why);

struct net_request {
	const char *url;
	const char *socket;		/* the unix socket it is asked of; NULL: by address */
	const char *headers[6];		/* "Name: value"; NULL after the last */
	const char *body;		/* borrowed until the end; NULL: GET */
	size_t body_len;
	int64_t timeout_ms;
	net_bytes_fn *on_bytes;
	net_end_fn *on_end;
	void *arg;
};

struct net *net_new(struct loop *l);
void net_free(struct net *n);	/* stops what still runs */
/* INPUT where the address may not be used, UPSTREAM where curl is not there. */
struct net_call *net_start(struct net *n, const struct net_request *r, struct err *e);
/* Ends it at once, without on_end.  NULL is fine; not from on_bytes. */
void net_stop(struct net_call *c);

#endif
