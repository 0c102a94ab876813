#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/wire/library.h"
#include "where.h"

static const struct {
	int family;
	const char *address;
	int bits;
} special[] = {
#define SPECIAL(family, address, bits) {family, address, bits},
#include "special.def"
#undef SPECIAL
};

static bool
has_prefix(const unsigned char *at, const unsigned char *prefix, int bits)
{
	int bytes = bits / 8, rest = bits % 8;

	return memcmp(at, prefix, (size_t)bytes) == 0 &&
	    (!rest || ((at[bytes] ^ prefix[bytes]) & (0xff00 >> rest) & 0xff) == 0);
}

static bool
is_listed(int family, const unsigned char *at)
{
	unsigned char prefix[16];

	for (size_t i = 0; i < COUNT(special); i++)
		if (special[i].family == family &&
		    inet_pton(family, special[i].address, prefix) == 1 &&
		    has_prefix(at, prefix, special[i].bits))
			return true;
	return false;
}

bool
where_is_special(const struct sockaddr *sa)
{
	/* Those that hold an IPv4 address: mapped, and translated on the way (NAT64). */
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff},
	    translated[12] = {0x00, 0x64, 0xff, 0x9b};
	const struct sockaddr_in *four = (const void *)sa;
	const struct sockaddr_in6 *six = (const void *)sa;
	const unsigned char *at;

	if (sa->sa_family == AF_INET)
		return is_listed(AF_INET, (const void *)&four->sin_addr);
	if (sa->sa_family != AF_INET6)
		return true;
	at = six->sin6_addr.s6_addr;
	if (memcmp(at, mapped, 12) == 0 || memcmp(at, translated, 12) == 0)
		return is_listed(AF_INET, at + 12);
	return is_listed(AF_INET6, at);
}

/* A part of a URL, "" where it has none; false where it does not fit. */
static bool
get_part(const struct library *lib, CURLU *u, CURLUPart what, unsigned flags, char *out,
    size_t size)
{
	char *part = NULL;
	bool fits = true;

	out[0] = '\0';
	if (lib->url_get(u, what, &part, flags) == CURLUE_OK && part) {
		fits = strlen(part) < size;
		if (fits)
			snprintf(out, size, "%s", part);
	}
	lib->free(part);
	return fits;
}

static bool
read_url(const char *url, struct origin *o)
{
	const struct library *lib = library_load(NULL);
	CURLU *u = lib ? lib->url() : NULL;
	char port[8];
	int64_t number;
	bool is_good;

	*o = (struct origin){.port = 0};
	if (!u)
		return false;
	is_good = lib->url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    get_part(lib, u, CURLUPART_SCHEME, 0, o->scheme, sizeof(o->scheme)) &&
	    get_part(lib, u, CURLUPART_HOST, 0, o->host, sizeof(o->host)) &&
	    get_part(lib, u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof(port)) &&
	    get_part(lib, u, CURLUPART_USER, CURLU_URLDECODE, o->user, sizeof(o->user)) &&
	    get_part(lib, u, CURLUPART_PASSWORD, CURLU_URLDECODE, o->password,
	    sizeof(o->password)) &&
	    (strcmp(o->scheme, "https") == 0 || strcmp(o->scheme, "http") == 0) &&
	    num_int(port, 1, 65535, &number) && o->host[0];
	if (is_good) {
		o->port = (int)number;
		lib->url_set(u, CURLUPART_USER, NULL, 0);
		lib->url_set(u, CURLUPART_PASSWORD, NULL, 0);
		lib->url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		is_good = get_part(lib, u, CURLUPART_URL, 0, o->base, sizeof(o->base));
	}
	lib->url_cleanup(u);
	return is_good;
}

int
where_origin(const char *url, struct origin *o, struct err *e)
{
	size_t n;

	if (!library_load(e))
		return -1;
	if (!read_url(url, o))
		return err_set(e, ERR_INPUT, "The index's address must begin with https:// "
		    "or http://.");
	for (n = strlen(o->base); n && o->base[n - 1] == '/'; n--)
		o->base[n - 1] = '\0';
	return 0;
}

bool
where_join(const char *base, const char *ref, char out[URL_SIZE])
{
	const struct library *lib = library_load(NULL);
	CURLU *u = lib ? lib->url() : NULL;
	bool is_good;

	if (!u)
		return false;
	is_good = lib->url_set(u, CURLUPART_URL, base, 0) == CURLUE_OK &&
	    lib->url_set(u, CURLUPART_URL, ref, 0) == CURLUE_OK;
	if (is_good) {
		lib->url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		is_good = get_part(lib, u, CURLUPART_URL, 0, out, URL_SIZE) && out[0];
	}
	lib->url_cleanup(u);
	for (const char *p = out; is_good && *p; p++)
		is_good = (unsigned char)*p > 0x20 && (unsigned char)*p < 0x7f;
	return is_good;
}

bool
where_is_home(const char *url, const struct origin *home)
{
	struct origin o;

	return read_url(url, &o) && strcmp(o.scheme, home->scheme) == 0 &&
	    strcasecmp(o.host, home->host) == 0 && o.port == home->port;
}

bool
where_may(const char *url, const struct origin *home)
{
	struct origin o;

	if (!read_url(url, &o) || o.user[0] || o.password[0])
		return false;
	return strcmp(o.scheme, "https") == 0 || where_is_home(url, home);
}
