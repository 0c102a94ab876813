#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "../../shared/wire/multi.h"
#include "near.h"
#include "net.h"

#define CONNECT_MS 5000
#define SILENCE_SECS 120	/* reasoning models say nothing for long */
#define KEPT_CONNECTIONS 4
#define KEPT_SECS 60

static const struct library *lib;	/* set by the first net_start */

struct net {
	struct loop *loop;
	struct multi *multi;	/* NULL before the first call */
	struct net_call *first;
};

struct net_call {
	struct net *net;
	struct net_call *next;
	CURL *easy;
	struct curl_slist *headers;
	struct net_request r;
	struct net_head head;
	bool is_stopped;	/* by on_bytes */
};

static void
unlink_call(struct net_call *c)
{
	struct net_call **at = &c->net->first;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
}

static void
free_call(struct net_call *c)
{
	unlink_call(c);
	multi_remove(c->net->multi, c->easy);
	lib->easy_cleanup(c->easy);
	lib->slist_free_all(c->headers);
	free(c);
}

static enum net_end
end_of(const struct net_call *c, CURLcode rc)
{
	curl_off_t connected = 0;

	switch (rc) {
	case CURLE_OK:
		return NET_OK;
	case CURLE_OPERATION_TIMEDOUT:
		lib->easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
		return connected ? NET_TIMEOUT : NET_CONNECT;
	case CURLE_WRITE_ERROR:
		return c->is_stopped ? NET_STOPPED : NET_CUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return NET_CONNECT;
	default:
		return NET_CUT;
	}
}

static void
on_end(void *private, CURLcode rc)
{
	struct net_call *c = private, gone;
	enum net_end how;

	lib->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->head.status);
	how = end_of(c, rc);
	gone = *c;
	free_call(c);
	gone.r.on_end(gone.r.arg, &gone.head, how, lib->easy_strerror(rc));
}

/* A header's value without the space around it, cut to size. */
static void
copy_value(const char *at, size_t n, char *out, size_t size)
{
	while (n && isspace((unsigned char)*at)) {
		at++;
		n--;
	}
	while (n && isspace((unsigned char)at[n - 1]))
		n--;
	snprintf(out, size, "%.*s", (int)(n < size ? n : size), at);
}

static void
read_retry_after(struct net_head *h, const char *value, bool is_ms)
{
	int64_t number;
	time_t date;

	if (num_int(value, 0, 86400000, &number)) {
		h->retry_after_ms = is_ms ? number : number * 1000;
	} else if (!is_ms && h->retry_after_ms < 0) {
		date = lib->getdate(value, NULL);
		if (date > 0)
			h->retry_after_ms = date > time(NULL) ?
			    (date - time(NULL)) * 1000 : 0;
	}
}

static size_t
on_header(char *line, size_t one, size_t n, void *arg)
{
	struct net_call *c = arg;
	struct net_head *h = &c->head;
	char *colon = memchr(line, ':', n), value[128];
	size_t name;

	(void)one;
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0) {
		*h = (struct net_head){.retry_after_ms = -1, .should_retry = -1};
		return n;
	}
	if (!colon)
		return n;
	name = (size_t)(colon - line);
	copy_value(colon + 1, n - name - 1, value, sizeof(value));
#define IS(text) (name == strlen(text) && strncasecmp(line, text, name) == 0)
	if (IS("content-type")) {
		value[strcspn(value, "; ")] = '\0';
		for (char *p = value; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		snprintf(h->type, sizeof(h->type), "%.79s", value);
	} else if (IS("request-id") || IS("x-request-id")) {
		snprintf(h->request_id, sizeof(h->request_id), "%.79s", value);
	} else if (IS("retry-after-ms")) {
		read_retry_after(h, value, true);
	} else if (IS("retry-after")) {
		if (h->retry_after_ms < 0)	/* the finer one was there already */
			read_retry_after(h, value, false);
	} else if (IS("x-should-retry")) {
		h->should_retry = strcmp(value, "true") == 0 ? 1 :
		    strcmp(value, "false") == 0 ? 0 : -1;
	}
#undef IS
	return n;
}

static size_t
on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct net_call *c = arg;

	(void)one;
	lib->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->head.status);
	if (c->r.on_bytes(c->r.arg, &c->head, bytes, n))
		return n;
	c->is_stopped = true;
	return n + 1;	/* anything but n stops it, n = 0 included */
}

struct net *
net_new(struct loop *l)
{
	struct net *n = mem_new(sizeof(*n));

	n->loop = l;
	return n;
}

void
net_free(struct net *n)
{
	if (!n)
		return;
	while (n->first)
		free_call(n->first);
	multi_free(n->multi);
	free(n);
}

static void
set_options(struct net_call *c)
{
	CURL *easy = c->easy;

	lib->easy_setopt(easy, CURLOPT_PRIVATE, c);
	lib->easy_setopt(easy, CURLOPT_URL, c->r.url);
	lib->easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    strncasecmp(c->r.url, "https:", 6) == 0 ? "https" : "http,https");
	lib->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	lib->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	lib->easy_setopt(easy, CURLOPT_USERAGENT, "carrel");
	lib->easy_setopt(easy, CURLOPT_HTTPHEADER, c->headers);
	lib->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	lib->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->r.timeout_ms);
	if (c->r.socket) {
		lib->easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, c->r.socket);
		/* A connection that was kept may turn out to be dead, and curl would ask
		 * again by itself. */
		lib->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		lib->easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	} else {
		lib->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		lib->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECS);
	}
	lib->easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	lib->easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_SECS);
	lib->easy_setopt(easy, CURLOPT_BUFFERSIZE, 16384L);
	lib->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	lib->easy_setopt(easy, CURLOPT_HEADERDATA, c);
	lib->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	lib->easy_setopt(easy, CURLOPT_WRITEDATA, c);
	if (c->r.body) {
		lib->easy_setopt(easy, CURLOPT_POST, 1L);
		lib->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)c->r.body_len);
		lib->easy_setopt(easy, CURLOPT_POSTFIELDS, c->r.body);
	}
	multi_trust(easy);
}

struct net_call *
net_start(struct net *n, const struct net_request *r, struct err *e)
{
	struct net_call *c;

	lib = library_load(e);
	if (!lib || (!r->socket && near_check(r->url, e) < 0))
		return NULL;
	if (!n->multi && !(n->multi = multi_new(n->loop, KEPT_CONNECTIONS, on_end, e)))
		return NULL;
	c = mem_new(sizeof(*c));
	*c = (struct net_call){.net = n, .r = *r, .next = n->first,
	    .head = {.retry_after_ms = -1, .should_retry = -1}, .easy = lib->easy_init()};
	if (!c->easy)
		BUG("no memory");
	n->first = c;
	for (size_t i = 0; i < COUNT(r->headers) && r->headers[i]; i++)
		c->headers = lib->slist_append(c->headers, r->headers[i]);
	/* Without this line curl waits a second for "100 Continue" before a long body. */
	c->headers = lib->slist_append(c->headers, "Expect:");
	set_options(c);
	multi_add(n->multi, c->easy);
	return c;
}

void
net_stop(struct net_call *c)
{
	if (c)
		free_call(c);
}
