#ifndef CGI_REPLY_H
#define CGI_REPLY_H
/*
 * Replies.  A reply is made whole in memory (r->out) and sent with its length, so a crash
 * before that is a clean 5xx; only streams are sent piece by piece.  Every reply carries
 * the fixed security headers and X-Request-Id.
 */
#include "../../shared/text/json.h"
#include "req.h"

/* One more header, in place of a fixed one of that name; value has no line ends (they would
 * be cut out). */
void reply_header(struct req *r, const char *name, const char *value);

/* Sends r->out.  All return 0. */
int reply_send(struct req *r, int status, const char *type);
int reply_json(struct req *r, int status);
/* For what a form can ask: 303 to a page for a browser's form, else r->out as JSON.  page:
 * a path of ours, or NULL for the page the form stood on. */
int reply_result(struct req *r, int status, const char *page);
/* True where reply_result would redirect, so that nothing need be made or waited for. */
bool reply_is_redirect(const struct req *r);
int reply_see_other(struct req *r, const char *path);
/* Whether the request is about a notebook (else it is about an app, or neither). */
bool reply_is_about_notebook(const struct req *r);
/* The error as the client reads it, JSON or a page, and the log line if one is due. */
void reply_error(struct req *r, const struct err *e);
/* As reply_error, with {"status":"error","message"} in the JSON, as modal-vibe has it. */
void reply_failure(struct req *r, const struct err *e);

/* A page from a template; context is freed.  Fields common to all pages are added: see page.c. */
int reply_page(struct req *r, int status, const char *template_name, cJSON *context,
    struct err *e);
/* The page that asks for a key, with 401 or 200; problem may be NULL. */
int reply_login(struct req *r, int status, const char *next, const char *problem,
    struct err *e);

/* The page that asks for the ADMIN_SECRET. */
int reply_admit(struct req *r, int status, const char *problem, struct err *e);

/* A stream: its head at once, then pieces.  Nothing happens once the client is gone
 * (r->is_gone). */
void reply_stream(struct req *r, const char *type);
/* As reply_stream, for a document that the web server may collect. */
void reply_document(struct req *r, const char *type);
/* The same for a body whose length is known and which is written with conn_write. */
void reply_begin(struct req *r, int status, const char *type, int64_t bytes);
void reply_piece(struct req *r, const void *bytes, size_t n);

#endif
