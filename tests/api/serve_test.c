/*
 * A plugin as a FastCGI server, spoken to as a web server would: kept connections, parked
 * requests, clients that leave, and the end.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/wire/progress.h"
#include "lab.h"

#define SOCKET "/run/carrel/apps.sock"
#define WAIT_MS 20000
#define STREAMS 200

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static pid_t server;
static char app[ID_SIZE];

static void
start_server(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *bin = getenv("CARREL_BIN");
	char path[512], number[16];

	unlink(SOCKET);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 512), 0);
	snprintf(path, sizeof(path), "%s/apps.fcgi", bin ? bin : "build/release/bin");
	snprintf(number, sizeof(number), "%d", fd);
	server = fork();
	if (server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		const char *const strict[] = {"CARREL_SEALED=1", "CARREL_TEST_STRICT=1", NULL};
		const char *const loose[] = {"CARREL_SEALED=1", "ASAN_OPTIONS=detect_leaks=0", NULL};

		execle(path, path, number, (char *)NULL, (char *const *)(const void *)(getenv("LAB_IS_LOOSE") ? loose : strict));
		_exit(127);
	}
	close(fd);
}

static int
stop_server(void)
{
	int64_t end = clock_boot_ms() + WAIT_MS;
	int status;

	kill(server, SIGTERM);
	while (waitpid(server, &status, WNOHANG) == 0) {
		if (clock_boot_ms() > end) {
			kill(server, SIGKILL);
			fail_msg("it does not stop");
		}
		poll(NULL, 0, 5);
	}
	server = 0;
	return status;
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	memcpy(app, lab_app("Served"), ID_SIZE);
	start_server();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (server > 0)
		kill(server, SIGKILL);
	lab_close();
	return 0;
}

static int
connect_server(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void
put_record(struct buf *b, int type, const void *bytes, size_t n)
{
	unsigned char head[8] = {1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8),
	    (unsigned char)n, 0, 0};

	buf_add(b, head, sizeof(head));
	buf_add(b, bytes, n);
}

static void
put_param(struct buf *b, const char *name, const char *value)
{
	buf_char(b, (char)strlen(name));
	buf_char(b, (char)strlen(value));
	buf_str(b, name);
	buf_str(b, value);
}

static void
ask(int fd, bool is_kept, const char *method, const char *uri, const char *body)
{
	unsigned char begin[8] = {0, 1, is_kept};
	struct buf b, params;

	buf_init(&b, 1u << 16);
	buf_init(&params, 1u << 14);
	put_param(&params, "REQUEST_METHOD", method);
	put_param(&params, "REQUEST_URI", uri);
	put_param(&params, "HTTP_HOST", "localhost:8080");
	if (body) {
		put_param(&params, "CONTENT_TYPE", JSON);
		put_param(&params, "CONTENT_LENGTH", arena_fmt(&lab_arena, "%zu", strlen(body)));
	}
	put_record(&b, BEGIN, begin, sizeof(begin));
	put_record(&b, PARAMS, params.at, params.len);
	put_record(&b, PARAMS, "", 0);
	if (body)
		put_record(&b, STDIN, body, strlen(body));
	put_record(&b, STDIN, "", 0);
	assert_int_equal(write(fd, b.at, b.len), b.len);
	buf_free(&b);
	buf_free(&params);
}

static bool
read_all(int fd, void *to, size_t n)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char *at = to;

	while (n > 0) {
		ssize_t got;

		if (poll(&p, 1, WAIT_MS) != 1)
			fail_msg("nothing came for %d ms", WAIT_MS);
		got = read(fd, at, n);
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

/* What it says until `stop` has been said, or (NULL) until the request ended; in the arena. */
static const char *
hear(int fd, const char *stop)
{
	struct buf b;
	unsigned char head[8];
	char piece[65536 + 256];

	buf_init(&b, 1u << 20);
	while (read_all(fd, head, sizeof(head))) {
		size_t n = (size_t)head[4] << 8 | head[5];

		assert_true(read_all(fd, piece, n + head[6]));
		if (head[1] == STDOUT)
			buf_add(&b, piece, n);
		if (head[1] == END || (stop && strstr(b.at, stop)))
			break;
	}
	const char *said = arena_dup(&lab_arena, b.at);

	buf_free(&b);
	return said;
}

static bool
is_closed(int fd)
{
	char c;

	return !read_all(fd, &c, 1);
}

static int
open_fds(void)
{
	DIR *d = opendir(arena_fmt(&lab_arena, "/proc/%d/fd", (int)server));
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static int
pss_kb(void)
{
	FILE *f = fopen(arena_fmt(&lab_arena, "/proc/%d/smaps_rollup", (int)server), "r");
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
wait_fds(int most)
{
	int64_t end = clock_boot_ms() + WAIT_MS;

	while (open_fds() > most) {
		if (clock_boot_ms() > end)
			fail_msg("%d descriptors are still open, not %d", open_fds(), most);
		poll(NULL, 0, 10);
	}
}

static void
a_connection_is_kept_if_asked(void **state)
{
	int fd = connect_server();
	char *many = arena_new(&lab_arena, 30000);

	(void)state;
	memset(many, ' ', 29999);
	for (int i = 0; i < 20; i++) {
		ask(fd, true, "GET", "/api/apps", NULL);
		assert_non_null(strstr(hear(fd, NULL), app));
		/* A body that nobody wants must not be taken for the next request. */
		ask(fd, true, "GET", "/api/apps", many);
		assert_non_null(strstr(hear(fd, NULL), "Status: 200"));
		ask(fd, true, "POST", "/api/nope", many);
		assert_non_null(strstr(hear(fd, NULL), "Status: 404"));
	}
	ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(hear(fd, NULL), app));
	assert_true(is_closed(fd));
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
		fd = connect_server();
		assert_true(write(fd, junk[i], i == 1 ? 8 : strlen(junk[i])) > 0);
		close(fd);
	}
	fd = connect_server();
	ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(hear(fd, NULL), "Status: 200"));
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
	int fds[STREAMS], fd = connect_server(), before, after;
	struct err e;

	(void)state;
	ask(fd, true, "GET", uri, NULL);
	hear(fd, "writing");
	before = pss_kb();
	for (int i = 0; i < STREAMS; i++) {
		fds[i] = connect_server();
		ask(fds[i], false, "GET", uri, NULL);
		assert_non_null(strstr(hear(fds[i], "writing"), "text/event-stream"));
	}
	after = pss_kb();
	if (!getenv("LAB_IS_LOOSE") && after - before > 4096)
		fail_msg("%d streams cost %d KB", STREAMS, after - before);
	close(fd);
	fd = connect_server();
	ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(hear(fd, NULL), "Status: 200"));
	close(fd);
	/* Half of them leave, the other half hear the end. */
	for (int i = 0; i < STREAMS; i += 2)
		close(fds[i]);
	wait_fds(STREAMS / 2 + 60);
	lab_work(app, "export default function LLMComponent() { return null; }\n");
	assert_int_equal(progress_add(job, "done", "{\"status\":\"ok\"}", &e), 0);
	for (int i = 1; i < STREAMS; i += 2) {
		assert_non_null(strstr(hear(fds[i], NULL), "event: done"));
		assert_true(is_closed(fds[i]));
		close(fds[i]);
	}
}

static void
a_write_is_answered_when_the_job_ends(void **state)
{
	int fd = connect_server(), left = connect_server(), before = open_fds();
	const char *uri = arena_fmt(&lab_arena, "/api/app/%s/write", app);

	(void)state;
	ask(fd, true, "POST", uri, "{\"text\":\"Wait for it\"}");
	lab_wait_jobs(app, 1);
	ask(left, false, "POST", uri, "{\"text\":\"And leave\"}");
	lab_wait_jobs(app, 2);
	close(left);
	lab_work(app, "export default function LLMComponent() { return 1; }\n");
	assert_non_null(strstr(hear(fd, NULL), "{\"status\":\"ok\""));
	/* The connection serves on after it was parked. */
	ask(fd, false, "GET", "/api/apps", NULL);
	assert_non_null(strstr(hear(fd, NULL), "Status: 200"));
	close(fd);
	wait_fds(before);
	lab_fail(app, "cancelled", "Left alone.");
}

static void
the_end_is_told_to_all(void **state)
{
	const char *uri = arena_fmt(&lab_arena, "/api/app/%s/", app), *said;
	int waiting = connect_server(), stream = connect_server(), idle = connect_server();

	(void)state;
	ask(waiting, false, "POST", arena_fmt(&lab_arena, "%swrite", uri), "{\"text\":\"x\"}");
	lab_wait_jobs(app, 1);
	ask(stream, false, "GET", arena_fmt(&lab_arena, "%sevents", uri), NULL);
	assert_non_null(strstr(hear(stream, "\r\n\r\n"), "event-stream"));
	ask(idle, true, "GET", "/api/apps", NULL);
	hear(idle, NULL);
	assert_int_equal(stop_server(), 0);
	said = hear(waiting, NULL);
	assert_non_null(strstr(said, "Status: 503"));
	assert_non_null(strstr(said, "Retry-After: "));
	hear(stream, NULL);
	assert_true(is_closed(stream));
	assert_true(is_closed(idle));
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
