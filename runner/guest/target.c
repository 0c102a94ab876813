#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "target.h"
#include "user.h"

#define UNIX "unix:"
#define TCP "tcp:"

bool
target_parse(struct target *t, const char *text)
{
	char *end;
	unsigned long port;

	*t = (struct target){0};
	if (strncmp(text, UNIX, strlen(UNIX)) == 0) {
		text += strlen(UNIX);
		if (text[0] != '/' || strlen(text) >= sizeof(t->path))
			return false;
		snprintf(t->path, sizeof(t->path), "%s", text);
		return true;
	}
	if (strncmp(text, TCP, strlen(TCP)) != 0)
		return false;
	port = strtoul(text + strlen(TCP), &end, 10);
	t->port = (uint16_t)port;
	return port > 0 && port < 65536 && *end == '\0';
}

static int
dial_port(uint16_t port, bool *is_connecting)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	AUTO_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return -1;
	/* Bytes pass through here in the pieces they came in. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno != EINPROGRESS)
			return -1;
		*is_connecting = true;
	}
	return KEEP_FD(fd);
}

static int
dial_path(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	return KEEP_FD(fd);
}

int
target_dial(const struct target *t, bool *is_connecting)
{
	*is_connecting = false;
	if (t->port)
		return dial_port(t->port, is_connecting);
	return t->is_ours ? dial_path(t->path) : user_connect(t->path);
}
