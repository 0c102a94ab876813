#include <stdlib.h>
#include <sys/epoll.h>

#include "../base/mem.h"
#include "multi.h"

static const struct library *lib;	/* set by the first multi_new */

struct multi {
	struct loop *loop;
	CURLM *curl;
	struct timer *timer;
	multi_end_fn *fn;
};

static void
finish_transfers(struct multi *m)
{
	CURLMsg *msg;
	int left;

	while ((msg = lib->multi_info_read(m->curl, &left))) {
		CURL *easy = msg->easy_handle;
		CURLcode rc = msg->data.result;
		char *private = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		lib->easy_getinfo(easy, CURLINFO_PRIVATE, &private);
		lib->multi_remove_handle(m->curl, easy);
		m->fn(private, rc);
	}
}

static void
act(struct multi *m, curl_socket_t fd, int what)
{
	int running;

	lib->multi_socket_action(m->curl, fd, what, &running);
	finish_transfers(m);
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
	struct multi *m = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		loop_forget(m->loop, watch);
	else if (watch)
		loop_change(m->loop, watch, events);
	else
		lib->multi_assign(m->curl, fd,
		    loop_watch(m->loop, fd, events, on_event, m));
	return 0;
}

static void
on_time(struct loop *l, void *arg)
{
	struct multi *m = arg;

	(void)l;
	m->timer = NULL;
	act(m, CURL_SOCKET_TIMEOUT, 0);
}

static int
on_timer(CURLM *curl, long ms, void *arg)
{
	struct multi *m = arg;

	(void)curl;
	loop_cancel(m->loop, m->timer);
	m->timer = ms < 0 ? NULL : loop_timer(m->loop, ms, on_time, m);
	return 0;
}

struct multi *
multi_new(struct loop *l, int kept, multi_end_fn *fn, struct err *e)
{
	struct multi *m;
	CURLM *curl;

	lib = library_load(e);
	if (!lib)
		return NULL;
	curl = lib->multi_init();
	if (!curl) {
		err_set(e, ERR_UPSTREAM, "curl does not start");
		return NULL;
	}
	m = mem_new(sizeof(*m));
	*m = (struct multi){.loop = l, .curl = curl, .fn = fn};
	lib->multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	lib->multi_setopt(curl, CURLMOPT_SOCKETDATA, m);
	lib->multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timer);
	lib->multi_setopt(curl, CURLMOPT_TIMERDATA, m);
	lib->multi_setopt(curl, CURLMOPT_MAXCONNECTS, (long)kept);
	return m;
}

void
multi_free(struct multi *m)
{
	if (!m)
		return;
	lib->multi_cleanup(m->curl);
	loop_cancel(m->loop, m->timer);
	free(m);
}

void
multi_add(struct multi *m, CURL *easy)
{
	lib->multi_add_handle(m->curl, easy);
}

void
multi_remove(struct multi *m, CURL *easy)
{
	lib->multi_remove_handle(m->curl, easy);
}

void
multi_bound(struct multi *m, int all, int to_one)
{
	lib->multi_setopt(m->curl, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)all);
	lib->multi_setopt(m->curl, CURLMOPT_MAX_HOST_CONNECTIONS, (long)to_one);
}

void
multi_trust(CURL *easy)
{
	const char *file = getenv("CURL_CA_BUNDLE"), *dir = getenv("SSL_CERT_DIR");

	if (!file || !file[0])
		file = getenv("SSL_CERT_FILE");
	if (file && file[0])
		lib->easy_setopt(easy, CURLOPT_CAINFO, file);
	if (dir && dir[0])
		lib->easy_setopt(easy, CURLOPT_CAPATH, dir);
}
