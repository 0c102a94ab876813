#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <netinet/in.h>

#include "../../shared/base/mem.h"
#include "fetch.h"

#define HOPS 3
#define CONNECT_MS 10000
#define KEPT 16

struct fetch {
	struct egress *egress;
	struct fetch_request r;
	CURL *easy;
	struct curl_slist *headers;
	struct fetch_end end;
	char url[URL_SIZE];
	int hops;
	bool is_home;		/* of the hop under way */
	bool is_refused;	/* by on_open */
};

static const struct library *lib;

/* As much of an address as says who answers there. */
static bool
is_same_address(const struct sockaddr *a, const struct sockaddr *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET)
		return a4->sin_port == b4->sin_port &&
		    a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a->sa_family == AF_INET6 && a6->sin6_port == b6->sin6_port &&
	    memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

static bool
is_known(const struct egress *g, const struct sockaddr *sa)
{
	for (int i = 0; i < g->at_home_count; i++)
		if (is_same_address((const void *)&g->at_home[i], sa))
			return true;
	return false;
}

/* Where the index itself is may be anywhere; and a mirror that stands in for several hosts
 * is at one address. */
static bool
may_connect(struct fetch *f, const struct sockaddr *sa, size_t n)
{
	struct egress *g = f->egress;
	uint16_t port = ntohs(sa->sa_family == AF_INET6 ?
	    ((const struct sockaddr_in6 *)(const void *)sa)->sin6_port :
	    ((const struct sockaddr_in *)(const void *)sa)->sin_port);

	if (!where_is_special(sa) || is_known(g, sa))
		return true;
	if (g->proxy_port && port == g->proxy_port)
		return true;
	if (!f->is_home)
		return false;
	if (g->at_home_count < HOME_ADDRESSES && n <= sizeof(g->at_home[0]))
		memcpy(&g->at_home[g->at_home_count++], sa, n);
	return true;
}

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch *f = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(f, &a->addr, a->addrlen)) {
		f->is_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static void
take_value(const char *at, size_t n, char *out, size_t size)
{
	while (n && isspace((unsigned char)*at))
		at++, n--;
	while (n && isspace((unsigned char)at[n - 1]))
		n--;
	snprintf(out, size, "%.*s", n < size ? (int)n : 0, at);
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct fetch_end *end = &((struct fetch *)arg)->end;

	(void)one;
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
		end->type[0] = end->etag[0] = '\0';
	if (n > 13 && strncasecmp(line, "content-type:", 13) == 0) {
		take_value(line + 13, n - 13, end->type, sizeof(end->type));
		end->type[strcspn(end->type, "; ")] = '\0';
		for (char *p = end->type; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	} else if (n > 5 && strncasecmp(line, "etag:", 5) == 0) {
		take_value(line + 5, n - 5, end->etag, sizeof(end->etag));
	}
	return n;
}

static size_t
on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct fetch *f = arg;
	long status = 0;

	(void)one;
	lib->easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 || f->r.on_bytes(f->r.arg, bytes, n))
		return n;
	return n + 1;	/* anything but n stops it */
}

static void
set_options(struct fetch *f)
{
	struct egress *g = f->egress;
	CURL *easy = f->easy;

	lib->easy_setopt(easy, CURLOPT_PRIVATE, f);
	lib->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	lib->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	lib->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	lib->easy_setopt(easy, CURLOPT_USERAGENT, "carrel");
	lib->easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
	lib->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	lib->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)f->r.timeout_ms);
	lib->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	lib->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)g->limits[LIMIT_silence_s]);
	lib->easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	lib->easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
	lib->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	lib->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	lib->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	lib->easy_setopt(easy, CURLOPT_HEADERDATA, f);
	lib->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	lib->easy_setopt(easy, CURLOPT_WRITEDATA, f);
	if (f->r.accept)
		lib->easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	multi_trust(easy);
}

/* To f->url, which was found to be allowed. */
static void
go(struct fetch *f)
{
	const struct origin *home = f->r.home;
	bool has_user;

	f->is_home = where_is_home(f->url, home);
	has_user = f->is_home && home->user[0];
	lib->easy_setopt(f->easy, CURLOPT_URL, f->url);
	lib->easy_setopt(f->easy, CURLOPT_USERNAME, has_user ? home->user : NULL);
	lib->easy_setopt(f->easy, CURLOPT_PASSWORD, has_user ? home->password : NULL);
	multi_add(f->egress->multi, f->easy);
}

void
fetch_stop(struct fetch *f)
{
	if (!f)
		return;
	multi_remove(f->egress->multi, f->easy);
	lib->easy_cleanup(f->easy);
	lib->slist_free_all(f->headers);
	free(f);
}

static void
finish(struct fetch *f, const char *why)
{
	struct fetch_request r = f->r;
	struct fetch_end end = f->end;
	char url[URL_SIZE];

	memcpy(url, f->url, sizeof(url));
	end.url = url;
	end.why = why;
	fetch_stop(f);
	r.on_end(r.arg, &end);
}

/* True: it goes on elsewhere. */
static bool
follow(struct fetch *f)
{
	char *to = NULL, next[URL_SIZE];

	if (f->end.status < 301 || f->end.status > 308 || f->end.status == 304)
		return false;
	lib->easy_getinfo(f->easy, CURLINFO_REDIRECT_URL, &to);
	if (!to || ++f->hops > HOPS || !where_join(f->url, to, next) ||
	    !where_may(next, f->r.home)) {
		f->is_refused = true;
		return false;
	}
	memcpy(f->url, next, sizeof(next));
	go(f);
	return true;
}

static void
on_end(void *private, CURLcode rc)
{
	struct fetch *f = private;
	const char *why = lib->easy_strerror(rc);

	lib->easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &f->end.status);
	if (rc == CURLE_OK && follow(f))
		return;
	f->end.is_whole = rc == CURLE_OK && !f->is_refused;
	f->end.is_late = rc == CURLE_OPERATION_TIMEDOUT;
	if (f->is_refused) {
		f->end.status = 0;
		why = "it leads to where no package may come from";
	}
	finish(f, why);
}

struct fetch *
fetch_start(struct egress *g, const struct fetch_request *r, struct err *e)
{
	char line[512];
	struct fetch *f;

	lib = library_load(e);
	if (!lib)
		return NULL;
	if (!where_may(r->url, r->home) || strlen(r->url) >= URL_SIZE) {
		err_set(e, ERR_UPSTREAM, "The index leads to where no package may come from.");
		return NULL;
	}
	if (!g->multi) {
		g->multi = multi_new(g->loop, KEPT, on_end, e);
		if (!g->multi)
			return NULL;
		multi_bound(g->multi, (int)g->limits[LIMIT_upstream],
		    (int)g->limits[LIMIT_upstream_one]);
	}
	f = mem_new(sizeof(*f));
	*f = (struct fetch){.egress = g, .r = *r, .easy = lib->easy_init()};
	if (!f->easy)
		BUG("no memory");
	snprintf(f->url, sizeof(f->url), "%s", r->url);
	snprintf(line, sizeof(line), "Accept: %s", r->accept ? r->accept : "*/*");
	f->headers = lib->slist_append(f->headers, line);
	if (r->etag && r->etag[0]) {
		snprintf(line, sizeof(line), "If-None-Match: %s", r->etag);
		f->headers = lib->slist_append(f->headers, line);
	}
	set_options(f);
	go(f);
	return f;
}
