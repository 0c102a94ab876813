#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "carreld.h"

static int
is_loopback(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)sa)->sin_addr.s_addr) >> 24
		    == 127;
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr);
}

static int
try_address(struct conf *c, const struct addrinfo *ai, struct err *e)
{
	AUTO_FD int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage sa;
	socklen_t n = sizeof(sa);
	int one = 1;

	if (!is_loopback(ai->ai_addr) && !c->valid_api_keys[0] && !c->open)
		return err_field(e, ERR_INPUT, "listen",
		    "%s can be reached by others, and no API keys are set: set VALID_API_KEYS, "
		    "or open = yes if everybody who can reach it may use it", c->listen);
	if (conf_is_shared(c))
		return 0;	/* another server listens there, perhaps already */
	if (fd < 0)
		return err_sys(e, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, 1) < 0) {
		if (errno == EADDRINUSE)
			return err_field(e, ERR_INPUT, "listen",
			    "port %d is in use by another program; choose another one, such as "
			    "CARREL_LISTEN=%s:%d", (int)c->port, c->host, (int)c->port + 1);
		return err_sys(e, "cannot listen on %s", c->listen);
	}
	if (getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		return err_sys(e, "getsockname");
	conf_set_port(c, ntohs(sa.ss_family == AF_INET ?
	    ((struct sockaddr_in *)(void *)&sa)->sin_port :
	    ((struct sockaddr_in6 *)(void *)&sa)->sin6_port));
	return 0;
}

int
port_choose(struct conf *c, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *ai;
	char port[8];
	int rc;

	if (conf_is_shared(c) && c->port == 0 && !c->has_url)
		return err_field(e, ERR_INPUT, "url",
		    "with web = none and no port, url must say where your web server is reached");
	snprintf(port, sizeof(port), "%d", (int)c->port);
	rc = getaddrinfo(c->host, port, &hints, &ai);
	if (rc)
		return err_field(e, ERR_INPUT, "listen", "listen: %s: %s", c->listen,
		    gai_strerror(rc));
	rc = try_address(c, ai, e);
	freeaddrinfo(ai);
	return rc;
}
