#ifndef CGI_GUARD_H
#define CGI_GUARD_H
/*
 * Who may ask what, before any endpoint sees the request.
 */
#include "req.h"

#define SESSION_COOKIE "__Host-carrel"
#define OPERATOR_COOKIE "__Host-carrel-admin"

/* HOST where the request is for another name than ours. */
int guard_host(struct req *r, struct err *e);
/* Pages of other origins may not change anything: DENIED.  A program, which sends neither
 * Origin nor Sec-Fetch-Site, may; so may a page of an allowed origin that sends a key. */
int guard_origin(struct req *r, struct err *e);
/* Fills caller; AUTH where the route needs one and there is none. */
int guard_caller(struct req *r, struct err *e);
/* After decoding: the admin's secret.  BUSY where none is configured, DENIED if wrong. */
int guard_admin(struct req *r, struct err *e);
/* CORS, which exists only with API keys: headers for the reply, and the answer to a
 * preflight (true: it was one). */
void guard_cors(struct req *r);
bool guard_is_preflight(const struct req *r);
void guard_preflight(struct req *r);
/* Whether the admin asks: see OPERATOR in routes.def. */
bool guard_is_operator(struct req *r);
/* Who the admin is in sessions and the audit; another one when the secret is. */
void guard_operator(const struct req *r, char out[CALLER_SIZE]);
/* The value of a cookie in out, or ""; guard_cookie: of the session's. */
void guard_cookie_of(const struct req *r, const char *name, char *out, size_t size);
void guard_cookie(const struct req *r, char *out, size_t size);

#endif
