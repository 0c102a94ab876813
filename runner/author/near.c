#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../shared/base/mem.h"
#include "../../shared/wire/library.h"
#include "near.h"

static bool
is_near_address(const char *host)
{
	struct in6_addr six;
	struct in_addr four;
	uint32_t a;

	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
		    (six.s6_addr[0] & 0xfe) == 0xfc;
	if (inet_pton(AF_INET, host, &four) != 1)
		return false;
	a = ntohl(four.s_addr);
	return a >> 24 == 127 || a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 ||
	    a >> 22 == (0x64400000u >> 22);
}

/* Names that never leave this machine or its network. */
static bool
is_near_name(const char *host)
{
	static const char *const ends[] = {".localhost", ".local", ".lan", ".internal",
	    ".home.arpa"};
	size_t n = strlen(host);

	for (size_t i = 0; i < COUNT(ends); i++)
		if (n > strlen(ends[i]) && strcasecmp(host + n - strlen(ends[i]),
		    ends[i]) == 0)
			return true;
	return !strchr(host, '.') && !strchr(host, ':');
}

int
near_check(const char *url, struct err *e)
{
	const struct library *lib = library_load(e);
	CURLU *u = lib ? lib->url() : NULL;
	char *scheme = NULL, *host = NULL, bare[256];
	int result = 0;
	size_t n;

	if (!u)
		return lib ? err_set(e, ERR_UPSTREAM, "no memory for a URL") : -1;
	if (lib->url_set(u, CURLUPART_URL, url, 0) ||
	    lib->url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    lib->url_get(u, CURLUPART_HOST, &host, 0)) {
		result = err_set(e, ERR_INPUT, "The model service's address is not a "
		    "URL.");
		goto out;
	}
	n = strlen(host);
	if (host[0] == '[' && n > 2)
		snprintf(bare, sizeof(bare), "%.*s", (int)(n - 2), host + 1);
	else
		snprintf(bare, sizeof(bare), "%s", host);
	if (strcmp(scheme, "https") != 0 &&
	    (strcmp(scheme, "http") != 0 || (!is_near_address(bare) &&
	    !is_near_name(bare))))
		result = err_set(e, ERR_INPUT, "The model service's address must begin "
		    "with https:// (http:// is only for a service in your own network).");
out:
	lib->free(scheme);
	lib->free(host);
	lib->url_cleanup(u);
	return result;
}
