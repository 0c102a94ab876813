#include <fcgiapp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/err.h"
#include "../../shared/base/mem.h"
#include "conn.h"

#define READ_SECS 20	/* a web server that sends a request more slowly is cut off */
#define LINGER_MS 2000
#define DRAIN_BYTES (1u << 20)	/* of a body that was refused */

struct conn {
	FCGX_Request fcgi;
	bool is_cgi;
	bool is_kept;	/* the web server wants the connection to stay */
	bool is_cut;	/* not all of the request was read */
};

void
conn_init(void)
{
	if (FCGX_Init() != 0)
		BUG("libfcgi does not start");
}

struct conn *
conn_new(int fd)
{
	struct conn *c = mem_new(sizeof(*c));
	struct timeval in = {.tv_sec = READ_SECS};

	c->is_cgi = fd < 0;
	FCGX_InitRequest(&c->fcgi, -1, 0);
	c->fcgi.ipcFd = fd;
	/* libfcgi's way of closing waits up to two seconds for the web server.  Ours need not,
	 * because all of stdin has been read; "detached" makes libfcgi's a plain close. */
	c->fcgi.detached = 1;
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	return c;
}

void
conn_end_reading(struct conn *c)
{
	if (!c->is_cgi)
		FCGX_FreeStream(&c->fcgi.in);
}

void
conn_drop_slow_reader(struct conn *c, int secs)
{
	struct timeval out = {.tv_sec = secs};

	if (!c->is_cgi)
		setsockopt(c->fcgi.ipcFd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
}

void
conn_free(struct conn *c)
{
	FCGX_Free(&c->fcgi, c->fcgi.ipcFd >= 0);
	free(c);
}

int
conn_fd(const struct conn *c)
{
	return c->fcgi.ipcFd;
}

bool
conn_accept(struct conn *c)
{
	if (c->is_cgi)
		return true;
	/* With these two set, libfcgi takes our descriptor instead of accepting one (its own
	 * way polls for up to two seconds). */
	c->fcgi.keepConnection = 1;
	if (c->fcgi.ipcFd < 0 || FCGX_Accept_r(&c->fcgi) != 0)
		return false;
	c->is_kept = c->fcgi.keepConnection;
	c->is_cut = false;
	return true;
}

/* A web server that still sends would meet a closed socket, and tell of that instead of what
 * we replied (Apache): it is left the time to read. */
static void
linger(int fd)
{
	int64_t end = clock_boot_ms() + LINGER_MS, left;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char waste[8192];

	while ((left = end - clock_boot_ms()) > 0 && poll(&p, 1, (int)left) == 1 &&
	    recv(fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
		;
}

bool
conn_finish(struct conn *c)
{
	if (c->is_cgi) {
		fflush(stdout);
		return false;
	}
	c->fcgi.keepConnection = 1;
	/* libfcgi ends the reply only where there is something to read from. */
	if (!c->fcgi.in && (FCGX_FClose(c->fcgi.err) | FCGX_FClose(c->fcgi.out)) != 0)
		c->fcgi.keepConnection = 0;
	FCGX_Finish_r(&c->fcgi);
	if (c->fcgi.ipcFd >= 0 && c->is_cut)
		linger(c->fcgi.ipcFd);
	if (c->fcgi.ipcFd >= 0 && (!c->is_kept || c->is_cut)) {
		close(c->fcgi.ipcFd);
		c->fcgi.ipcFd = -1;
	}
	return c->fcgi.ipcFd >= 0;
}

const char *
conn_param(const struct conn *c, const char *name)
{
	return c->is_cgi ? getenv(name) : FCGX_GetParam(name, c->fcgi.envp);
}

size_t
conn_read(struct conn *c, char *to, size_t n)
{
	int got;

	if (c->is_cgi)
		return fread(to, 1, n, stdin);
	got = FCGX_GetStr(to, (int)n, c->fcgi.in);
	return got > 0 ? (size_t)got : 0;
}

size_t
conn_read_some(struct conn *c, char *to, size_t n)
{
	FCGX_Stream *in = c->fcgi.in;
	ssize_t some;
	int first;

	if (c->is_cgi) {
		some = read(STDIN_FILENO, to, n);
		return some > 0 ? (size_t)some : 0;
	}
	first = FCGX_GetChar(in);
	if (first < 0)
		return 0;
	to[0] = (char)first;
	some = in->stop - in->rdNext;
	if (some > (ssize_t)n - 1)
		some = (ssize_t)n - 1;
	return 1 + (some > 0 ? conn_read(c, to + 1, (size_t)some) : 0);
}

void
conn_drain(struct conn *c)
{
	char waste[8192];

	while (conn_read(c, waste, sizeof(waste)) == sizeof(waste))
		;
}

void
conn_drain_some(struct conn *c)
{
	struct pollfd p = {.fd = c->fcgi.ipcFd, .events = POLLIN};
	char waste[8192];
	size_t got, left = DRAIN_BYTES;

	while (left > 0 && (c->is_cgi || c->fcgi.in->rdNext != c->fcgi.in->stop ||
	    c->fcgi.in->isClosed || poll(&p, 1, 0) == 1)) {
		got = conn_read_some(c, waste, left < sizeof(waste) ? left : sizeof(waste));
		if (got == 0)
			return;
		left -= got;
	}
	c->is_cut = true;
}

/* A socket says so when a quarter of its buffer, at most, is in use. */
bool
conn_has_room(const struct conn *c)
{
	struct pollfd p = {.fd = c->fcgi.ipcFd, .events = POLLOUT};

	return c->is_cgi || poll(&p, 1, 0) == 1;
}

bool
conn_write(struct conn *c, const void *bytes, size_t n)
{
	if (c->is_cgi)
		return fwrite(bytes, 1, n, stdout) == n;
	return FCGX_PutStr(bytes, (int)n, c->fcgi.out) == (int)n;
}

bool
conn_flush(struct conn *c)
{
	return c->is_cgi ? fflush(stdout) == 0 : FCGX_FFlush(c->fcgi.out) == 0;
}
