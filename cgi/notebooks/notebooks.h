#ifndef CGI_NOTEBOOKS_H
#define CGI_NOTEBOOKS_H
/*
 * What the endpoints of notebooks share.
 */
#include "../../shared/base/clock.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/store/snapshot.h"
#include "../../shared/store/workspace.h"
#include "../lib/reply.h"

#define WAIT_MS 60000	/* longest wait for keep */
#define URL_SIZE 400

/* The notebook of the path; MISSING where there is none. */
int notebooks_get(struct req *r, struct workspace *w, struct err *e);
/* A title in one line. */
const char *notebooks_title(struct req *r, const char *text);
/* "/notebook/<id>", its page. */
const char *notebooks_page(struct req *r);
/* Its own address, and below it what is said: "http://<id>.localhost:8080/?ticket=…". */
const char *notebooks_url(struct req *r, const char *id, const char *rest);
/* After a commit: keep, the gate, and whoever waits for it. */
void notebooks_ring(struct req *r);
/* Notes who did what; within a transaction. */
int notebooks_note(struct req *r, const char *id, const char *verb, int64_t now,
    struct err *e);

/* "2026-11-22T07:28:00Z", or null for 0. */
void notebooks_put_time(struct buf *b, const char *name, int64_t ms);
/* {"id","status", …, "state","reason","notice"}: what became of it. */
int notebooks_reply_state(struct req *r, const char *status, struct err *e);
/* Has ask say in the store what keep should do, then waits for look to see it done; a form is
 * sent to the page at once, and who did not want to wait is told so with 202. */
int notebooks_ask_keep(struct req *r, int (*ask)(struct req *r, void *unused, struct err *e),
    int (*look)(struct req *r, struct err *e), struct err *e);
/* What a request that waits for keep does where nothing has happened yet: waits on, or says
 * that it took too long.  what: "put to sleep". */
int notebooks_wait_on(struct req *r, const char *what, struct err *e);

/* A new token, and what is kept of it. */
void notebooks_token(char token[SECRET_TOKEN_SIZE], unsigned char hash[SECRET_HASH_BYTES]);

#define HEADER_ASYNC {"Prefer", FIELD_TEXT, false, false, 1, 200, \
	"respond-async: answer at once with 202."}
#define REPLY_LATER {202, "Asked for with Prefer: respond-async; the notebook's state tells " \
	"how it goes.", "{\"status\":\"accepted\",\"id\":\"" EXAMPLE_ID "\"}", NULL}
#define EXAMPLE_ID "34upkvhjpas2kd26wirwj5gdkc"
#define EXAMPLE_OTHER "k7d2a6qphw3xm5nbtv4yzr2jce"
#define EXAMPLE_TOKEN EXAMPLE_OTHER EXAMPLE_ID
#define EXAMPLE_URL "http://" EXAMPLE_ID ".localhost:8080/"

#endif
