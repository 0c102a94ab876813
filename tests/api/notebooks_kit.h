#ifndef TESTS_API_NOTEBOOKS_KIT_H
#define TESTS_API_NOTEBOOKS_KIT_H
/*
 * A notebook for each test, its sandbox, and what keep would do with it.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/text/secret.h"
#include "../../shared/wire/bell.h"
#include "lab.h"

/* No test file needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define WAIT_MS 20000
#define SAID(r, name) json_get_text((r).json, name)

static char notebook[ID_SIZE], token[SECRET_TOKEN_SIZE];
static const char *const html[] = {HTML, NULL};

static const char *
uri(const char *rest)
{
	return arena_fmt(&lab_arena, "/workspaces/%s%s", notebook, rest);
}

static struct lab_reply
post(const char *rest, const char *json)
{
	return lab_post(uri(rest), json);
}

static struct lab_reply
delete(const char *rest)
{
	return lab_send(&(struct lab_ask){.method = "DELETE", .uri = uri(rest)});
}

static struct lab_running
start(const char *rest, const char *json)
{
	return lab_start(&(struct lab_ask){.method = "POST", .uri = uri(rest), .type = JSON,
	    .body = json});
}

static void
begin(void)
{
	struct err e;

	assert_int_equal(db_begin(lab_db, &e), 0);
}

static void
commit(int rc)
{
	struct err e;

	assert_int_equal(rc, 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	bell_ring(NULL, notebook);
}

static struct sandbox
sandbox(void)
{
	struct sandbox s;
	struct err e;

	assert_int_equal(sandbox_get(lab_db, notebook, &lab_arena, &s, &e), 0);
	return s;
}

static void
set_running(void)
{
	struct err e;

	begin();
	sandbox_want_awake(lab_db, notebook, clock_wall_ms(), &e);
	commit(sandbox_set_running(lab_db, notebook, clock_wall_ms(), &e));
}

static void
set_ended(const char *state, const char *reason)
{
	struct err e;

	begin();
	commit(sandbox_set_ended(lab_db, notebook, state, reason, 1000, clock_wall_ms(), &e));
}

static void
wait_want(const char *want)
{
	int64_t end = clock_boot_ms() + WAIT_MS;

	while (strcmp(sandbox().want, want) != 0) {
		if (clock_boot_ms() > end)
			fail_msg("nobody wants it %s", want);
		poll(NULL, 0, 5);
	}
}

/* A new notebook, for the test alone, that is not started yet. */
static int
make_one(void **state)
{
	struct lab_reply r;

	(void)state;
	lab_settings(NULL);
	arena_reset(&lab_arena);
	r = lab_post("/workspaces", "{\"title\":\"One\\nof many\"}");
	assert_int_equal(r.status, 200);
	memcpy(notebook, SAID(r, "id"), ID_SIZE);
	snprintf(token, sizeof(token), "%s", SAID(r, "token"));
	lab_free(&r);
	return 0;
}

#endif
