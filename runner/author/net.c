#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>

#include "../../shared/base/mem.h"
#include "../../shared/base/num.h"
#include "library.h"
#include "near.h"
#include "net.h"

#define CONNECT_MS 5000
#define SILENCE_SECS 120	/* reasoning models say nothing for long */
#define KEPT_CONNECTIONS 4
#define KEPT_SECS 60

static const struct library *lib;	/* set by the first net_start */

struct net {
	struct loop *loop;
	CURLM *multi;		/* NULL before the first call */
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
	lib->multi_remove_handle(c->net->multi, c->easy);
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
finish_calls(struct net *n)
{
	CURLMsg *m;
	int left;

	while ((m = lib->multi_info_read(n->multi, &left))) {
		struct net_call *c, gone;
		CURLcode rc = m->data.result;
		enum net_end how;

		if (m->msg != CURLMSG_DONE)
			continue;
		lib->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		lib->easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &c->head.status);
		how = end_of(c, rc);
		gone = *c;
		free_call(c);
		gone.r.on_end(gone.r.arg, &gone.head, how, lib->easy_strerror(rc));
	}
}

static void
act(struct net *n, curl_socket_t fd, int what)
{
	int running;

	lib->multi_socket_action(n->multi, fd, what, &running);
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
		lib->multi_assign(n->multi, fd,
		    loop_watch(n->loop, fd, events, on_event, n));
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

static int
open_multi(struct net *n, struct err *e)
{
	if (n->multi)
		return 0;
	n->multi = lib->multi_init();
	if (!n->multi)
		return err_set(e, ERR_UPSTREAM, "curl does not start");
	lib->multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	lib->multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
	lib->multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	lib->multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
	lib->multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return 0;
}

void
net_free(struct net *n)
{
	if (!n)
		return;
	while (n->first)
		free_call(n->first);
	if (n->multi)
		lib->multi_cleanup(n->multi);
	loop_cancel(n->loop, n->timer);
	free(n);
}

/* libcurl itself, unlike its command, does not look at these. */
static void
set_trust(CURL *easy)
{
	const char *file = getenv("CURL_CA_BUNDLE"), *dir = getenv("SSL_CERT_DIR");

	if (!file || !file[0])
		file = getenv("SSL_CERT_FILE");
	if (file && file[0])
		lib->easy_setopt(easy, CURLOPT_CAINFO, file);
	if (dir && dir[0])
		lib->easy_setopt(easy, CURLOPT_CAPATH, dir);
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
	lib->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	lib->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)SILENCE_SECS);
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
	set_trust(easy);
}

struct net_call *
net_start(struct net *n, const struct net_request *r, struct err *e)
{
	struct net_call *c;

	lib = library_load(e);
	if (!lib || open_multi(n, e) < 0 || near_check(r->url, e) < 0)
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
	lib->multi_add_handle(n->multi, c->easy);
	return c;
}

void
net_stop(struct net_call *c)
{
	if (c)
		free_call(c);
}
