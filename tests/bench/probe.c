/*
 * Times what a gate adds:
 *
 *	probe get COUNT HOST PATH SOCKET SOCKET	a GET on a new connection to each, in turn
 *	probe ping COUNT HOST PATH SOCKET SOCKET	a WebSocket ping on one connection to each
 *
 * Prints COUNT lines: microseconds by the first socket, by the second.  In turn, and each of
 * them first every other time, so that whatever else the machine does hits both alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP 50

_Noreturn static void
fail(const char *what, const char *about)
{
	fprintf(stderr, "probe: %s: %s\n", what, about);
	exit(1);
}

static double
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
dial(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if ((size_t)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path) >= sizeof(sa.sun_path))
		fail("a socket's path is too long", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		fail("cannot connect", path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void
send_all(int fd, const char *bytes, size_t n)
{
	if (send(fd, bytes, n, MSG_NOSIGNAL) != (ssize_t)n)
		fail("cannot send", "");
}

static double
get_once(const char *host, const char *path, const char *socket_path)
{
	static char got[1 << 20];
	char ask[1000];
	double began = now_us();
	int fd = dial(socket_path), n = snprintf(ask, sizeof(ask), "GET %s HTTP/1.1\r\nHost: %s\r\n"
	    "Accept: */*\r\nSec-Fetch-Dest: script\r\nConnection: close\r\n\r\n", path, host);
	size_t len = 0;
	ssize_t part;

	send_all(fd, ask, (size_t)n);
	while ((part = recv(fd, got + len, sizeof(got) - 1 - len, 0)) > 0)
		len += (size_t)part;
	got[len] = '\0';
	if (part < 0 || strncmp(got, "HTTP/1.1 200", 12) != 0)
		fail(socket_path, len ? got : "no answer");
	close(fd);
	return now_us() - began;
}

static int
open_websocket(const char *host, const char *path, const char *socket_path)
{
	int fd = dial(socket_path), n;
	char text[4000];
	size_t len = 0;

	n = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nOrigin: http://%s\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	    "Sec-WebSocket-Protocol: vite-hmr\r\n\r\n", path, host, host);
	send_all(fd, text, (size_t)n);
	do {
		if (len == sizeof(text) - 1 || recv(fd, text + len, 1, 0) != 1)
			fail(socket_path, "no head in answer to an upgrade");
		text[++len] = '\0';
	} while (!strstr(text, "\r\n\r\n"));
	if (strncmp(text, "HTTP/1.1 101", 12) != 0)
		fail(socket_path, text);
	return fd;
}

/* The next frame's first byte; its payload (all are short here) is skipped. */
static unsigned char
read_frame(int fd)
{
	unsigned char head[2], rest[125];

	if (recv(fd, head, 2, MSG_WAITALL) != 2 || head[1] > sizeof(rest) ||
	    recv(fd, rest, head[1], MSG_WAITALL) != head[1])
		fail("WebSocket", "an odd frame");
	return head[0];
}

static double
ping_once(int fd)
{
	/* A ping of four bytes, masked with zeros. */
	static const char ping[] = {(char)0x89, (char)0x84, 0, 0, 0, 0, 'p', 'i', 'n', 'g'};
	double began = now_us();

	send_all(fd, ping, sizeof(ping));
	while (read_frame(fd) != 0x8a)
		;
	return now_us() - began;
}

int
main(int argc, char **argv)
{
	int count, fds[2] = {-1, -1};
	double us[2];

	if (argc != 7 || (count = atoi(argv[2])) < 1)
		fail("usage", "probe get|ping COUNT HOST PATH SOCKET SOCKET");
	if (strcmp(argv[1], "ping") == 0)
		for (int k = 0; k < 2; k++)
			fds[k] = open_websocket(argv[3], argv[4], argv[5 + k]);
	for (int i = -WARM_UP; i < count; i++) {
		for (int turn = 0; turn < 2; turn++) {
			int k = (turn + i) & 1;

			us[k] = fds[k] >= 0 ? ping_once(fds[k]) :
			    get_once(argv[3], argv[4], argv[5 + k]);
		}
		if (i >= 0)
			printf("%.1f %.1f\n", us[0], us[1]);
	}
	return 0;
}
