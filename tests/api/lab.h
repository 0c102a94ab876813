#ifndef TESTS_API_LAB_H
#define TESTS_API_LAB_H
/*
 * A store, a bell and a run folder of their own (a mount namespace, so root is needed), and
 * plugins that answer as plain CGI: a process for each request, no web server.  The programs
 * are those in CARREL_BIN (default build/release/bin), describe among them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdbool.h>
#include <sys/types.h>

#include <cmocka.h>

#include "../../shared/base/mem.h"
#include "../../shared/store/db.h"
#include "../../shared/store/job.h"
#include "../../shared/store/workspace.h"
#include "../../shared/text/json.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"
#define HTML "HTTP_ACCEPT=text/html,application/xhtml+xml,*/*;q=0.8"
#define NO_SUCH_ID "aaaaaaaaaaaaaaaaaaaaaaaaaa"

struct lab_reply {
	int status;
	char *head;		/* all headers, with line ends */
	char *body;
	size_t len;
	cJSON *json;		/* NULL where the body is none */
	char *log;		/* what it wrote to standard error */
};

struct lab_ask {
	const char *method, *uri;
	const char *type;	/* NULL: none */
	const void *body;
	size_t len;		/* 0: strlen of body */
	const char *const *more;	/* NULL-terminated "HTTP_X=…" */
};

extern struct db *lab_db;	/* the test's own view of the store */
extern struct arena lab_arena;	/* emptied by lab_reset */

void lab_open(void);
void lab_close(void);
/* The same, for cmocka. */
int lab_set_up(void **state);
int lab_tear_down(void **state);
/* Settings of the plugins from now on: "VALID_API_KEYS=…", NULL-terminated; NULL: none. */
void lab_settings(const char *const *settings);

struct lab_reply lab_send(const struct lab_ask *a);
struct lab_reply lab_get(const char *uri);
struct lab_reply lab_post(const char *uri, const char *json);
/* As lab_send, in two halves: the request runs while the test goes on. */
struct lab_running {
	pid_t pid;
	int out, err;
};
struct lab_running lab_start(const struct lab_ask *a);
struct lab_reply lab_finish(struct lab_running *r);
void lab_free(struct lab_reply *r);
#define AUTO_REPLY __attribute__((cleanup(lab_free)))

/* A header's value within r, or NULL; static memory. */
const char *lab_header(const struct lab_reply *r, const char *name);
/* Fails the test unless it is an error as the design wants it; field may be NULL. */
void lab_is_error(const struct lab_reply *r, int status, const char *field);

/* What author and keep would do.  An app by the API (static memory), with one version. */
const char *lab_app(const char *prompt);
/* The app's first open job: made into a version with that source, or ended otherwise. */
void lab_work(const char *app, const char *source);
void lab_fail(const char *app, const char *kind, const char *text);
const char *lab_job(const char *app);		/* the current one; static memory */
/* Waits (bounded) until the app has that many open jobs. */
void lab_wait_jobs(const char *app, int count);

#endif
