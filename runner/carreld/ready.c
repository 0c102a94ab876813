/*
 * Whether the first request would succeed: GET /health, by HTTP through our web server, or by
 * FastCGI where the web server is somebody else's and may not even run yet.
 */
#include <netdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/mem.h"
#include "crew.h"

enum { FCGI_BEGIN = 1, FCGI_PARAMS = 4, FCGI_STDIN = 5, FCGI_HEAD = 8, FCGI_RESPONDER = 1 };

/* True when the bytes that come back after the first skip ones begin with want. */
static bool
ask(int fd, const void *bytes, size_t n, size_t skip, const char *want)
{
	struct timeval wait = {.tv_sec = 1};
	char got[32] = "";
	size_t all = skip + strlen(want);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return send(fd, bytes, n, MSG_NOSIGNAL) == (ssize_t)n &&
	    recv(fd, got, all, MSG_WAITALL) == (ssize_t)all && strcmp(got + skip, want) == 0;
}

static bool
answers_http(const struct conf *c)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *ai;
	AUTO_FD int fd = -1;
	char port[8], text[400];
	const char *host = strcmp(c->host, "0.0.0.0") == 0 ? "127.0.0.1" :
	    strcmp(c->host, "::") == 0 ? "::1" : c->host;
	bool is_up;
	int n;

	snprintf(port, sizeof(port), "%d", (int)c->port);
	if (getaddrinfo(host, port, &hints, &ai))
		return false;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	is_up = fd >= 0 && connect(fd, ai->ai_addr, ai->ai_addrlen) == 0;
	freeaddrinfo(ai);
	n = snprintf(text, sizeof(text), "GET /health HTTP/1.1\r\nHost: %s\r\n"
	    "Connection: close\r\n\r\n", c->site);
	return is_up && ask(fd, text, (size_t)n, strlen("HTTP/1.1"), " 200");
}

static void
put_record(struct buf *to, int type, const void *bytes, size_t n)
{
	const uint8_t head[FCGI_HEAD] = {1, (uint8_t)type, 0, 1, (uint8_t)(n >> 8), (uint8_t)n};

	buf_add(to, head, sizeof(head));
	buf_add(to, bytes, n);
}

/* Values of up to 255 bytes: their length in four, which is always allowed. */
static void
put_param(struct buf *to, const char *name, const char *value)
{
	const uint8_t lengths[5] = {(uint8_t)strlen(name), 0x80, 0, 0, (uint8_t)strlen(value)};

	buf_add(to, lengths, sizeof(lengths));
	buf_str(to, name);
	buf_str(to, value);
}

static bool
answers_fcgi(const struct conf *c)
{
	static const uint8_t begin[8] = {0, FCGI_RESPONDER};
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = RUN "/fcgi/system.sock"};
	AUTO_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_BUF struct buf params = {0}, out = {0};

	buf_init(&params, 1024);
	buf_init(&out, 2048);
	put_param(&params, "REQUEST_METHOD", "GET");
	put_param(&params, "REQUEST_URI", "/health");
	put_param(&params, "SERVER_PROTOCOL", "HTTP/1.1");
	put_param(&params, "HTTP_HOST", c->site);
	put_record(&out, FCGI_BEGIN, begin, sizeof(begin));
	put_record(&out, FCGI_PARAMS, params.at, params.len);
	put_record(&out, FCGI_PARAMS, "", 0);
	put_record(&out, FCGI_STDIN, "", 0);
	return fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    ask(fd, out.at, out.len, FCGI_HEAD, "Status: 200");
}

bool
crew_answers(const struct conf *c)
{
	return conf_is_shared(c) ? answers_fcgi(c) : answers_http(c);
}
