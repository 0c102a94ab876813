#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "../../shared/text/sse.h"
#include "recite.h"
#include "retry.h"
#include "talk.h"

#define REQUEST_BYTES (32u << 20)
#define ERROR_BYTES (64u << 10)
#define LEAST_MS 1000	/* less than this left is not worth a try */
#define LINGER_MS 20	/* between the last event and the end of the connection */
#define LINGER_USAGE_MS 1000	/* between the reason to stop and the last event */

struct talk {
	struct talk_setup s;
	struct reply reply;
	struct buf request, error_body;
	struct sse sse;
	struct net_call *call;
	struct recite *recite;
	struct timer *timer;
	struct err broken;	/* kind set: why the stream was stopped */
	int again;		/* repetitions so far */
	bool is_shown;		/* something of the answer was given away */
	bool is_ending;		/* the answer is whole, the connection not ended */
};

static void ask_now(struct talk *t);

static void
free_talk(struct talk *t)
{
	net_stop(t->call);
	recite_stop(t->recite);
	loop_cancel(t->s.loop, t->timer);
	sse_free(&t->sse);
	buf_free(&t->request);
	buf_free(&t->error_body);
	buf_free(&t->reply.text);
	free(t);
}

static void
end(struct talk *t, const struct err *e)
{
	t->s.on_end(t->s.arg, &t->reply, e);
	free_talk(t);
}

static struct retry_who
who(const struct talk *t)
{
	return (struct retry_who){t->s.provider->name, t->s.ask->model,
	    t->s.provider->key_name, provider_key(t->s.provider, t->s.conf)};
}

static void
ask_again(struct loop *l, void *arg)
{
	struct talk *t = arg;

	(void)l;
	t->timer = NULL;
	ask_now(t);
}

/* Tries once more in a moment, or ends it. */
static void
fail(struct talk *t, const struct trouble *trouble)
{
	int64_t left = t->s.deadline_ms - clock_boot_ms(), wait;
	char why[160];

	if (!trouble->may_retry || t->is_shown || t->again == RETRY_MAX) {
		end(t, &trouble->e);
		return;
	}
	wait = retry_wait_ms(trouble, ++t->again, rand_u64());
	if (wait > RETRY_WAIT_MAX_MS || wait + LEAST_MS > left) {
		end(t, &trouble->e);
		return;
	}
	snprintf(why, sizeof(why), "the model's service is busy; trying again in %lld s",
	    (long long)((wait + 999) / 1000));
	t->s.on_wait(t->s.arg, why);
	t->timer = loop_timer(t->s.loop, wait, ask_again, t);
}

static int
on_sse(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	struct talk *t = arg;

	(void)name;	/* the data of both services tells its own type */
	return t->s.provider->event(&t->reply, data, n, e);
}

static void
show_new(struct talk *t)
{
	const char *text;
	size_t n;

	text = reply_next(&t->reply, &n);
	if (n) {
		t->is_shown = true;
		t->s.on_text(t->s.arg, text, n);
	}
}

static void
stop_waiting(struct loop *l, void *arg)
{
	struct talk *t = arg;

	(void)l;
	t->timer = NULL;
	end(t, NULL);
}

/* The answer is whole.  A connection that ends by itself can be used again, so it gets a
 * moment for that; some services never end it. */
static void
wait_for_end(struct talk *t)
{
	if (t->is_ending && !t->reply.is_last)
		return;
	t->is_ending = true;
	loop_cancel(t->s.loop, t->timer);
	t->timer = loop_timer(t->s.loop, t->reply.is_last ? LINGER_MS : LINGER_USAGE_MS,
	    stop_waiting, t);
}

static bool
is_stream(const struct net_head *h)
{
	return h->status == 200 && (!h->type[0] ||
	    strcmp(h->type, "text/event-stream") == 0);
}

static bool
on_bytes(void *arg, const struct net_head *h, const char *bytes, size_t n)
{
	struct talk *t = arg;

	if (!is_stream(h)) {
		size_t room = t->error_body.max - t->error_body.len;

		buf_add(&t->error_body, bytes, n < room ? n : room);
		return true;
	}
	if (sse_feed(&t->sse, bytes, n, &t->broken) < 0) {
		show_new(t);
		return false;
	}
	show_new(t);
	if (t->reply.is_complete)
		wait_for_end(t);
	return true;
}

/* A status other than 200: what it means; true if the request goes out again in another
 * form. */
static bool
answer_refused(struct talk *t, const struct net_head *h, struct trouble *trouble)
{
	struct retry_who whom = who(t);
	char message[400];
	unsigned extra;

	log_warn("%s answered %ld, request %s", t->s.provider->name, h->status,
	    h->request_id[0] ? h->request_id : "-");
	if (h->status == 400 || h->status == 422) {
		retry_message(t->error_body.at, message, sizeof(message));
		extra = model_extra(message, *t->s.without);
		if (extra) {
			log_info("%s is asked without extra %u from now on",
			    t->s.provider->name, extra);
			*t->s.without |= extra;
			ask_now(t);
			return true;
		}
	}
	retry_status(h, t->error_body.at, &whom, trouble);
	return false;
}

static void
on_end(void *arg, const struct net_head *h, enum net_end how, const char *why)
{
	struct talk *t = arg;
	struct trouble trouble = {.wait_ms = -1};

	t->call = NULL;
	if (t->broken.kind) {
		log_warn("%s: %s, request %s", t->s.provider->name, t->broken.text,
		    h->request_id[0] ? h->request_id : "-");
		retry_stream(&t->broken, &trouble);
		fail(t, &trouble);
	} else if (is_stream(h) && t->reply.is_complete) {
		/* However the connection ended, the answer had. */
		log_info("%s answered, %zu bytes, request %s", t->s.provider->name,
		    t->reply.text.len, h->request_id[0] ? h->request_id : "-");
		end(t, NULL);
	} else if (how == NET_OK && !is_stream(h)) {
		if (!answer_refused(t, h, &trouble))
			fail(t, &trouble);
	} else {
		log_warn("%s: %s, status %ld, request %s", t->s.provider->name, why,
		    h->status, h->request_id[0] ? h->request_id : "-");
		retry_broken(how == NET_OK ? NET_CUT : how, &trouble);
		fail(t, &trouble);
	}
}

static void
ask_now(struct talk *t)
{
	const struct provider *p = t->s.provider;
	const char *key = provider_key(p, t->s.conf);
	struct ask ask = *t->s.ask;
	AUTO_BUF struct buf url = {0}, header = {0};
	struct net_request r = {.on_bytes = on_bytes, .on_end = on_end, .arg = t};
	struct trouble trouble = {.wait_ms = -1};
	int n = 0;

	buf_reset(&t->error_body);
	buf_reset(&t->request);
	buf_reset(&t->reply.text);
	t->reply = (struct reply){.text = t->reply.text};
	t->broken.kind = ERR_NONE;
	sse_free(&t->sse);
	sse_init(&t->sse, on_sse, t);
	ask.without = *t->s.without;
	p->body(&ask, &t->request);
	buf_init(&url, 1000);
	buf_init(&header, 1000);
	provider_url(p, t->s.conf, NULL, &url);
	r.url = url.at;
	r.headers[n++] = "content-type: application/json";
	r.headers[n++] = "accept: text/event-stream";
	if (key[0]) {
		buf_fmt(&header, p->key_header, key);
		r.headers[n++] = header.at;
	}
	if (p->other_header)
		r.headers[n++] = p->other_header;
	r.body = t->request.at;
	r.body_len = t->request.len;
	r.timeout_ms = t->s.deadline_ms - clock_boot_ms();
	if (r.timeout_ms < 1)
		r.timeout_ms = 1;
	t->call = net_start(t->s.net, &r, &trouble.e);
	explicit_bzero(header.at, header.len);
	if (!t->call) {
		log_error("%s: %s", p->name, trouble.e.text);
		trouble.e.kind = ERR_UPSTREAM;
		end(t, &trouble.e);
	}
}

static void
on_recited(void *arg, const char *text, size_t n)
{
	struct talk *t = arg;

	if (!text) {
		t->recite = NULL;
		t->reply.stop = STOP_END;
		end(t, NULL);
		return;
	}
	buf_add(&t->reply.text, text, n);
	show_new(t);
}

static void
recite(struct talk *t)
{
	AUTO_BUF struct buf answer = {0};
	struct err e = {0};

	buf_init(&answer, ANSWER_BYTES);
	if (t->s.make(t->s.arg, &answer, &e) < 0) {
		log_error("sample: %s", e.text);
		end(t, &e);
		return;
	}
	t->recite = recite_start(t->s.loop, answer.at, on_recited, t);
}

static void
begin(struct loop *l, void *arg)
{
	struct talk *t = arg;

	(void)l;
	t->timer = NULL;
	if (t->s.provider->path)
		ask_now(t);
	else
		recite(t);
}

struct talk *
talk_start(const struct talk_setup *s)
{
	struct talk *t = mem_new(sizeof(*t));

	t->s = *s;
	buf_init(&t->reply.text, ANSWER_BYTES);
	buf_init(&t->request, REQUEST_BYTES);
	buf_init(&t->error_body, ERROR_BYTES);
	sse_init(&t->sse, on_sse, t);
	t->timer = loop_timer(s->loop, 0, begin, t);
	return t;
}

void
talk_stop(struct talk *t)
{
	if (t)
		free_talk(t);
}

void
talk_tokens(const struct talk *t, int64_t *input, int64_t *output)
{
	*input = t->reply.input_tokens;
	*output = t->reply.output_tokens;
}
