/*
 * A plugin as a FastCGI server, spoken to as a web server would: kept connections, parked
 * requests, clients that leave, and the end.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/wire/progress.h"
#include "fcgi.h"

#define STREAMS 200

static char app[ID_SIZE];

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	memcpy(app, lab_app("Served"), ID_SIZE);
	fcgi_start("apps");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (fcgi_server > 0)
		kill(fcgi_server, SIGKILL);
	lab_close();
	return 0;
}

static int
pss_kb(void)
{
	FILE *f = fopen(arena_fmt(&lab_arena, "/proc/%d/smaps_rollup", (int)fcgi_server), "r");
	char line[256];
	int kb = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss: %d", &kb) == 1)
			break;
	fclose(f);
	return kb;
}

static void
a_connection_is_kept_if_asked(void **state)
{
	int fd = fcgi_connect();
	char *many = arena_new(&lab_arena, 30000);

	(void)state;
	memset(many, ' ', 29999);
	for (int i = 0; i < 20; i++) {
		fcgi_ask(fd, true, "GET", "/api/apps", NULL);
		assert_non_null(strstr(fcgi_hear(fd, NULL), app));
		/* A body that nobody wants must not be taken for the next request. */
		fcgi_ask(fd, true, "GET", "/api/apps", many);
		assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
		fcgi_ask(fd, true, "POST", "/api/nope", many);
		assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 404"));
	}
	fcgi_ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(fcgi_hear(fd, NULL), app));
	assert_true(fcgi_is_closed(fd));
	close(fd);
}

static void
nonsense_kills_nobody(void **state)
{
	static const char *const junk[] = {"GET / HTTP/1.1\r\n\r\n", "\1\1\0\1\0\10\0\0", "\1",
	    "\1\4\0\1\377\377\377\0xxxx", "\377\377\377\377\377\377\377\377"};
	int fd;

	(void)state;
	for (size_t i = 0; i < COUNT(junk); i++) {
		fd = fcgi_connect();
		assert_true(write(fd, junk[i], i == 1 ? 8 : strlen(junk[i])) > 0);
		close(fd);
	}
	fd = fcgi_connect();
	fcgi_ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
	close(fd);
}

static const char *
begin_job(void)
{
	struct err e;
	char id[ID_SIZE];

	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(job_ask_write(lab_db, app, "local", "More", NULL, clock_wall_ms(), id, &e),
	    0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	assert_int_equal(progress_phase(id, "writing", "", &e), 0);
	return arena_dup(&lab_arena, id);
}

static void
waiting_costs_no_thread_and_little_memory(void **state)
{
	const char *job = begin_job(), *uri = arena_fmt(&lab_arena, "/api/app/%s/events", app);
	int fds[STREAMS], fd = fcgi_connect(), before, after;
	struct err e;

	(void)state;
	fcgi_ask(fd, true, "GET", uri, NULL);
	fcgi_hear(fd, "writing");
	before = pss_kb();
	for (int i = 0; i < STREAMS; i++) {
		fds[i] = fcgi_connect();
		fcgi_ask(fds[i], false, "GET", uri, NULL);
		assert_non_null(strstr(fcgi_hear(fds[i], "writing"), "text/event-stream"));
	}
	after = pss_kb();
	if (!getenv("LAB_IS_LOOSE") && after - before > 4096)
		fail_msg("%d streams cost %d KB", STREAMS, after - before);
	close(fd);
	fd = fcgi_connect();
	fcgi_ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
	close(fd);
	/* Half of them leave, the other half fcgi_hear the end. */
	for (int i = 0; i < STREAMS; i += 2)
		close(fds[i]);
	fcgi_wait_fds(STREAMS / 2 + 60);
	lab_work(app, "export default function LLMComponent() { return null; }\n");
	assert_int_equal(progress_add(job, "done", "{\"status\":\"ok\"}", &e), 0);
	for (int i = 1; i < STREAMS; i += 2) {
		assert_non_null(strstr(fcgi_hear(fds[i], NULL), "event: done"));
		assert_true(fcgi_is_closed(fds[i]));
		close(fds[i]);
	}
}

static void
a_write_is_answered_when_the_job_ends(void **state)
{
	int fd = fcgi_connect(), left = fcgi_connect(), before = fcgi_fds();
	const char *uri = arena_fmt(&lab_arena, "/api/app/%s/write", app);

	(void)state;
	fcgi_ask(fd, true, "POST", uri, "{\"text\":\"Wait for it\"}");
	lab_wait_jobs(app, 1);
	fcgi_ask(left, false, "POST", uri, "{\"text\":\"And leave\"}");
	lab_wait_jobs(app, 2);
	close(left);
	lab_work(app, "export default function LLMComponent() { return 1; }\n");
	assert_non_null(strstr(fcgi_hear(fd, NULL), "{\"status\":\"ok\""));
	/* The connection serves on after it was parked. */
	fcgi_ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(fcgi_hear(fd, NULL), "Status: 200"));
	close(fd);
	fcgi_wait_fds(before);
	lab_fail(app, "cancelled", "Left alone.");
}

static void
the_end_is_told_to_all(void **state)
{
	const char *uri = arena_fmt(&lab_arena, "/api/app/%s/", app), *said;
	int waiting = fcgi_connect(), stream = fcgi_connect(), idle = fcgi_connect();

	(void)state;
	fcgi_ask(waiting, false, "POST", arena_fmt(&lab_arena, "%swrite", uri), "{\"text\":\"x\"}");
	lab_wait_jobs(app, 1);
	fcgi_ask(stream, false, "GET", arena_fmt(&lab_arena, "%sevents", uri), NULL);
	assert_non_null(strstr(fcgi_hear(stream, "\r\n\r\n"), "event-stream"));
	fcgi_ask(idle, true, "GET", "/api/apps", NULL);
	fcgi_hear(idle, NULL);
	assert_int_equal(fcgi_stop(), 0);
	said = fcgi_hear(waiting, NULL);
	assert_non_null(strstr(said, "Status: 503"));
	assert_non_null(strstr(said, "Retry-After: "));
	fcgi_hear(stream, NULL);
	assert_true(fcgi_is_closed(stream));
	assert_true(fcgi_is_closed(idle));
	close(waiting);
	close(stream);
	close(idle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_kept_if_asked),
		cmocka_unit_test(nonsense_kills_nobody),
		cmocka_unit_test(waiting_costs_no_thread_and_little_memory),
		cmocka_unit_test(a_write_is_answered_when_the_job_ends),
		cmocka_unit_test(the_end_is_told_to_all),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
