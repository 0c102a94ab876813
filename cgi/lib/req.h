#ifndef CGI_REQ_H
#define CGI_REQ_H
/*
 * A request, from its first byte to the end of its reply.
 *
 * Everything an endpoint makes goes into r->arena, which lasts until the endpoint returns;
 * what must outlive that while the request is parked goes into req_state.  A parked request
 * has no input values any more, and may be taken up again by another thread.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/db.h"
#include "conn.h"
#include "route.h"
#include "site.h"


struct value {
	bool is_set;
	const char *text;	/* of a text; of an image, its media type */
	const void *bytes;	/* of an image */
	size_t len;
	int64_t number;
};

struct req {
	struct conn *conn;
	const struct site *site;
	struct db *db;			/* of the thread that runs it now */
	struct arena arena;
	struct buf out;			/* the body of the reply */
	struct buf headers;		/* further headers of the reply, each with its line end */
	char request_id[LOG_ID_SIZE];
	const char *method, *path, *query;
	const struct route *route;	/* NULL: none matches */
	const struct endpoint *endpoint;
	char id[ID_SIZE];		/* of the path, or "" */
	const char *part;		/* what its other hole holds, decoded; NULL: it has none */
	char caller[CALLER_SIZE];	/* who asks */
	bool has_session;		/* by a cookie */
	bool is_operator;		/* the admin (guard.h) */
	int64_t begun_ms;		/* boot time */
	bool was_parked;
	bool has_token;			/* by the workspace's own token */
	bool may_be_framed;		/* by our own pages */
	bool is_head, is_form;		/* is_form: the body came from an HTML form */
	bool has_replied, is_streaming, is_gone;
	int status;			/* sent */
	struct value *values;		/* of endpoint->fields, in that order */
	const char *typed;		/* the longest text of a form, valid or not; or NULL */
	cJSON *json;			/* the values' memory */
	struct buf body;
	void *state;
	void (*end_state)(void *state);	/* called before its memory goes; or NULL */
	struct {
		bool is_on;
		bool is_late;		/* the time given is over */
		bool is_stopping;	/* the program ends: reply now */
		char id[ID_SIZE];	/* of the job that it waits for */
		int64_t until_ms;	/* boot time */
		int fd;			/* that it waits for, too; −1: none */
		bool is_write;		/* until fd can be written, not read */
		int (*resume)(struct req *r, struct err *e);
	} wait;
};

/* Values of the endpoint's fields, by name; a name that it has not is a bug. */
const char *req_text(const struct req *r, const char *name);	/* NULL: not given */
int64_t req_number(const struct req *r, const char *name, int64_t fallback);
const struct value *req_image(const struct req *r, const char *name);	/* NULL: not given */

/* A header by its CGI name ("HTTP_PREFER"), or NULL.  Never an identity: anybody can send
 * any header in several spellings. */
const char *req_header(const struct req *r, const char *name);
/* Whether Accept names HTML and prefers it to JSON, or JSON to HTML.  Neither holds for a
 * program that does not care. */
bool req_prefers_html(const struct req *r);
bool req_prefers_json(const struct req *r);
/* Whether it wants to hear at once that something was begun (Prefer: respond-async). */
bool req_prefers_async(const struct req *r);

/* begin, what fn does, commit; rolled back where fn or the commit fails. */
int req_transaction(struct req *r, int (*fn)(struct req *r, void *arg, struct err *e),
    void *arg, struct err *e);

/* Parks the request: resume is called when the bell rings for id, each second, and when ms
 * are over (wait.is_late).  It replies, or calls req_wait again, or fails, like run. */
int req_wait(struct req *r, const char id[ID_SIZE], int64_t ms,
    int (*resume)(struct req *r, struct err *e));
/* Waits on with the same id and end. */
int req_wait_on(struct req *r);
/* From the next wait on resume is also called when fd can be read (or written); −1: no more.
 * It stays the caller's, who keeps it open while it is watched; end_state may close it. */
void req_watch(struct req *r, int fd, bool is_write);
/* Zeroed memory that lasts as long as the request; once. */
void *req_state(struct req *r, size_t bytes);

struct req *req_new(struct conn *c, const struct site *s);
void req_free(struct req *r);		/* not its conn */
void req_drop_input(struct req *r);	/* values, body, arena */

#endif
