/*
 * In place of marimo: a static program that listens where a notebook does, remembers a
 * number, and answers one line on each connection.
 *
 *	count	the number of times it was asked
 *	port	the port it was asked at
 *	ping	what came back through a connection of its own, open since it started
 *	stay	"staying", and the connection is left open
 *	fetch X	what answered X at the egress port
 *	env X	the variable
 *	die	nothing: it ends
 *
 * Told that it is a clone, it forgets what it has counted.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static unsigned counter;
static int near_fd, far_fd;

static struct sockaddr_in
address(unsigned port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int
listen_at(unsigned port)
{
	struct sockaddr_in at = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 64) < 0)
		exit(9);
	return fd;
}

static int
listen_again(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/tmp/home/again.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 8) < 0)
		exit(9);
	return fd;
}

static int
dial(unsigned port)
{
	struct sockaddr_in to = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -1 : fd;
}

static void
fetch(int to, const char *text)
{
	int fd = dial(3128);
	char bytes[4096];
	ssize_t n;

	if (fd < 0) {
		dprintf(to, "no egress\n");
		return;
	}
	dprintf(fd, "%s\n", text);
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			break;
	close(fd);
}

/* False: the connection stays. */
static int
serve(int fd, unsigned port)
{
	char line[200], back[8] = "";
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	if (strcmp(line, "count") == 0)
		dprintf(fd, "%u\n", ++counter);
	else if (strcmp(line, "port") == 0)
		dprintf(fd, "%u\n", port);
	else if (strcmp(line, "ping") == 0 && write(near_fd, "pong\n", 5) == 5 &&
	    read(far_fd, back, 5) == 5)
		dprintf(fd, "%s", back);
	else if (strncmp(line, "fetch ", 6) == 0)
		fetch(fd, line + 6);
	else if (strncmp(line, "env ", 4) == 0)
		dprintf(fd, "%s\n", getenv(line + 4) ? getenv(line + 4) : "(none)");
	else if (strcmp(line, "clone") == 0)
		counter = 0, dprintf(fd, "ready\n");
	else if (strcmp(line, "die") == 0)
		_exit(7);
	if (strcmp(line, "stay") != 0)
		return 1;
	dprintf(fd, "staying\n");
	return 0;
}

int
main(int argc, char **argv)
{
	struct pollfd p[4];

	if (argc != 2 || strcmp(argv[1], "/opt/carrel/serve.py") != 0)
		return 8;
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < 3; i++)
		p[i] = (struct pollfd){.fd = listen_at(2718 + i), .events = POLLIN};
	p[3] = (struct pollfd){.fd = listen_again(), .events = POLLIN};
	near_fd = dial(2718);
	far_fd = accept(p[0].fd, NULL, NULL);
	if (write(3, "ready\n", 6) != 6)
		return 4;
	close(3);
	while (poll(p, 4, -1) > 0)
		for (unsigned i = 0; i < 4; i++) {
			int fd = p[i].revents ? accept(p[i].fd, NULL, NULL) : -1;

			if (fd >= 0 && serve(fd, 2718 + i))
				close(fd);
		}
	return 5;
}
