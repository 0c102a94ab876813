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
#include "fcgi.h"

#define SOCKET "/run/carrel/plugin.sock"
#define WAIT_MS 20000

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

pid_t fcgi_server;

void
fcgi_start(const char *plugin)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *bin = getenv("CARREL_BIN");
	char path[512], number[16];

	unlink(SOCKET);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 512), 0);
	snprintf(path, sizeof(path), "%s/%s.fcgi", bin ? bin : "build/release/bin", plugin);
	snprintf(number, sizeof(number), "%d", fd);
	fcgi_server = fork();
	if (fcgi_server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		const char *const strict[] = {"CARREL_SEALED=1", "CARREL_TEST_STRICT=1", NULL};
		const char *const loose[] = {"CARREL_SEALED=1", "ASAN_OPTIONS=detect_leaks=0", NULL};

		execle(path, path, number, (char *)NULL, (char *const *)(const void *)(getenv("LAB_IS_LOOSE") ? loose : strict));
		_exit(127);
	}
	close(fd);
}

int
fcgi_stop(void)
{
	int64_t end = clock_boot_ms() + WAIT_MS;
	int status;

	kill(fcgi_server, SIGTERM);
	while (waitpid(fcgi_server, &status, WNOHANG) == 0) {
		if (clock_boot_ms() > end) {
			kill(fcgi_server, SIGKILL);
			fail_msg("it does not stop");
		}
		poll(NULL, 0, 5);
	}
	fcgi_server = 0;
	return status;
}

int
fcgi_connect(void)
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

void
fcgi_ask(int fd, bool is_kept, const char *method, const char *uri, const char *body)
{
	fcgi_ask_as(fd, is_kept, method, uri, body, NULL);
}

void
fcgi_ask_as(int fd, bool is_kept, const char *method, const char *uri, const char *body,
    const char *token)
{
	unsigned char begin[8] = {0, 1, is_kept};
	struct buf b, params;

	buf_init(&b, 1u << 16);
	buf_init(&params, 1u << 14);
	put_param(&params, "REQUEST_METHOD", method);
	put_param(&params, "REQUEST_URI", uri);
	put_param(&params, "HTTP_HOST", "localhost:8080");
	if (token)
		put_param(&params, "HTTP_AUTHORIZATION", arena_fmt(&lab_arena, "Bearer %s", token));
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
const char *
fcgi_hear(int fd, const char *stop)
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

bool
fcgi_is_closed(int fd)
{
	char c;

	return !read_all(fd, &c, 1);
}

/* All but those of the store, which each thread opens when it first needs it, and keeps. */
int
fcgi_fds(void)
{
	const char *folder = arena_fmt(&lab_arena, "/proc/%d/fd", (int)fcgi_server);
	DIR *d = opendir(folder);
	struct dirent *entry;
	char path[300], to[300];
	int n = 0;

	assert_non_null(d);
	while ((entry = readdir(d))) {
		ssize_t len;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		len = readlink(path, to, sizeof(to) - 1);
		to[len > 0 ? len : 0] = '\0';
		n += !strstr(to, "/carrel.db");
	}
	closedir(d);
	return n;
}

void
fcgi_wait_fds(int most)
{
	int64_t end = clock_boot_ms() + WAIT_MS;

	while (fcgi_fds() > most) {
		if (clock_boot_ms() > end)
			fail_msg("%d descriptors are still open, not %d", fcgi_fds(), most);
		poll(NULL, 0, 10);
	}
}
