#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "net.h"

#define CONNECT_MS 5000
#define SILENCE_SECS 120	/* reasoning models say nothing for long */
#define KEPT_CONNECTIONS 4
#define KEPT_SECS 60

struct net {
	struct loop *loop;
	CURLM *multi;
	struct timer *timer;
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
	curl_multi_remove_handle(c->net->multi, c->easy);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
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
		curl_easy_getinfo(c->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
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
finish_calls(struct net *n)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(n->multi, &left))) {
		struct net_call *c, gone;
		CURLcode rc = m->data.result;
		enum net_end how;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->head.status);
		how = end_of(c, rc);
		gone = *c;
		free_call(c);
		gone.r.on_end(gone.r.arg, &gone.head, how, curl_easy_strerror(rc));
	}
}

static void
act(struct net *n, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(n->multi, fd, what, &running);
	finish_calls(n);
}

static void
on_event(struct loop *l, int fd, uint32_t events, void *arg)
{
	int what = 0;

	(void)l;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		what |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (events & EPOLLERR)
		what |= CURL_CSELECT_ERR;
	act(arg, fd, what);
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watch)
{
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
	    (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	struct net *n = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		loop_forget(n->loop, watch);
	else if (watch)
		loop_change(n->loop, watch, events);
	else
		curl_multi_assign(n->multi, fd, loop_watch(n->loop, fd, events, on_event, n));
	return 0;
}

static void
on_time(struct loop *l, void *arg)
{
	struct net *n = arg;

	(void)l;
	n->timer = NULL;
	act(n, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer(CURLM *multi, long ms, void *arg)
{
	struct net *n = arg;

	(void)multi;
	loop_cancel(n->loop, n->timer);
	n->timer = ms < 0 ? NULL : loop_timer(n->loop, ms, on_time, n);
	return 0;
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
		date = curl_getdate(value, NULL);
		if (date > 0)
			h->retry_after_ms = date > time(NULL) ? (date - time(NULL)) * 1000 : 0;
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
		h->should_retry = strcmp(value, "true") == 0 ? 1 : strcmp(value, "false") == 0 ? 0 : -1;
	}
#undef IS
	return n;
}

static size_t
on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct net_call *c = arg;

	(void)one;
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->head.status);
	if (c->r.on_bytes(c->r.arg, &c->head, bytes, n))
		return n;
	c->is_stopped = true;
	return n + 1;	/* anything but n stops it, n = 0 included */
}

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
	static const char *const ends[] = {".localhost", ".local", ".lan", ".internal", ".home.arpa"};
	size_t n = strlen(host);

	for (size_t i = 0; i < COUNT(ends); i++)
		if (n > strlen(ends[i]) && strcasecmp(host + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return !strchr(host, '.') && !strchr(host, ':');
}

int
net_check_url(const char *url, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, bare[256];
	int result = 0;
	size_t n;

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0)) {
		result = err_set(e, ERR_INPUT, "The model service's address is not a URL.");
		goto out;
	}
	n = strlen(host);
	if (host[0] == '[' && n > 2)
		snprintf(bare, sizeof(bare), "%.*s", (int)(n - 2), host + 1);
	else
		snprintf(bare, sizeof(bare), "%s", host);
	if (strcmp(scheme, "https") != 0 &&
	    (strcmp(scheme, "http") != 0 || (!is_near_address(bare) && !is_near_name(bare))))
		result = err_set(e, ERR_INPUT, "The model service's address must begin with "
		    "https:// (http:// is only for a service in your own network).");
out:
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(u);
	return result;
}

struct net *
net_new(struct loop *l)
{
	struct net *n = mem_new(sizeof(*n));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(n->multi = curl_multi_init()))
		BUG("curl does not start");
	n->loop = l;
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
	curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return n;
}

void
net_free(struct net *n)
{
	if (!n)
		return;
	while (n->first)
		free_call(n->first);
	curl_multi_cleanup(n->multi);
	loop_cancel(n->loop, n->timer);
	free(n);
	curl_global_cleanup();
}

/* libcurl itself, unlike its command, does not look at these. */
static void
set_trust(CURL *easy)
{
	const char *file = getenv("CURL_CA_BUNDLE"), *dir = getenv("SSL_CERT_DIR");

	if (!file || !file[0])
		file = getenv("SSL_CERT_FILE");
	if (file && file[0])
		curl_easy_setopt(easy, CURLOPT_CAINFO, file);
	if (dir && dir[0])
		curl_easy_setopt(easy, CURLOPT_CAPATH, dir);
}

static void
set_options(struct net_call *c)
{
	CURL *easy = c->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, c);
	curl_easy_setopt(easy, CURLOPT_URL, c->r.url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
	    strncasecmp(c->r.url, "https:", 6) == 0 ? "https" : "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "carrel");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->r.timeout_ms);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_SECS);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16384L);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	if (c->r.body) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->r.body_len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->r.body);
	}
	set_trust(easy);
}

struct net_call *
net_start(struct net *n, const struct net_request *r, struct err *e)
{
	struct net_call *c;

	if (net_check_url(r->url, e) < 0)
		return NULL;
	c = mem_new(sizeof(*c));
	*c = (struct net_call){.net = n, .r = *r, .next = n->first,
	    .head = {.retry_after_ms = -1, .should_retry = -1}, .easy = curl_easy_init()};
	if (!c->easy)
		BUG("no memory");
	n->first = c;
	for (size_t i = 0; i < COUNT(r->headers) && r->headers[i]; i++)
		c->headers = curl_slist_append(c->headers, r->headers[i]);
	/* Without this line curl waits a second for "100 Continue" before a long body. */
	c->headers = curl_slist_append(c->headers, "Expect:");
	set_options(c);
	curl_multi_add_handle(n->multi, c->easy);
	return c;
}

void
net_stop(struct net_call *c)
{
	if (c)
		free_call(c);
}
