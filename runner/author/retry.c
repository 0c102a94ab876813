#include <stdio.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "../../shared/text/json.h"
#include "../../shared/text/utf8.h"
#include "retry.h"

#define BASE_MS 500
#define LONGEST_MS 8000
#define DEFAULT_RETRY_SECS 20

/* Service messages are for programmers; what people see of one is a single clean line. */
static void
clean(const char *from, char *out, size_t size)
{
	size_t n = 0;

	while (*from && n + 5 < size) {
		size_t step = utf8_step(from, strnlen(from, 4));

		if (step == 0 || (unsigned char)*from < 0x20) {
			if (n && out[n - 1] != ' ')
				out[n++] = ' ';
			from++;
			continue;
		}
		memcpy(out + n, from, step);
		n += step;
		from += step;
	}
	while (n && (out[n - 1] == ' ' || out[n - 1] == '.'))
		n--;
	out[n] = '\0';
}

static void
read_error(const char *body, char *type, size_t type_size, char *message, size_t size)
{
	cJSON *root = json_parse(body, strlen(body), NULL);
	const cJSON *error = json_get(root, "error");

	snprintf(type, type_size, "%s%s%s", json_get_words(error, "type"), " ",
	    json_get_words(error, "code"));
	clean(json_get_text(root, "error") ? json_get_words(root, "error") :
	    error ? json_get_words(error, "message") : json_get_words(root, "message"), message, size);
	cJSON_Delete(root);
}

void
retry_message(const char *body, char *out, size_t size)
{
	char type[80];

	read_error(body, type, sizeof(type), out, size);
}

static bool
has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(text, *words))
			return true;
	return false;
}

static bool
is_spend_limit(const char *type, const char *message)
{
	static const char *const types[] = {"insufficient_quota", "billing", NULL};
	static const char *const words[] = {"usage limit", "credit balance",
	    "spend limit", "spending limit", "insufficient credits", NULL};

	return has_any(type, types) || has_any(message, words);
}

static void
set_wait(struct trouble *t, const struct net_head *h)
{
	t->wait_ms = h->retry_after_ms;
	t->e.retry_after_secs = h->retry_after_ms >= 0 ?
	    (int)((h->retry_after_ms + 999) / 1000) : DEFAULT_RETRY_SECS;
	if (t->e.retry_after_secs < 1)
		t->e.retry_after_secs = 1;
}

/* The key may come back in a message, whole or in part. */
static bool
tells_secret(const char *message, const struct retry_who *who)
{
	char head[9];

	if (strlen(who->key) < 8)
		return who->key[0] && strstr(message, who->key);
	snprintf(head, sizeof(head), "%s", who->key);
	return strstr(message, head) != NULL;
}

static void
refused_request(const char *message, const struct retry_who *who, struct trouble *t)
{
	if (message[0] && !tells_secret(message, who))
		err_set(&t->e, ERR_UPSTREAM, "The model's service did not accept the "
		    "request: %.200s.", message);
	else
		err_set(&t->e, ERR_UPSTREAM, "The model's service did not accept the "
		    "request.");
}

static bool
lasting_trouble(long status, const struct retry_who *who, struct trouble *t)
{
	switch (status) {
	case 401:
		err_set(&t->e, ERR_UPSTREAM, "The model's service refused the key. "
		    "Whoever runs this Carrel can set the right one in %s.",
		    who->key_name);
		return true;
	case 402:
		err_set(&t->e, ERR_UPSTREAM, "The account at the model's service needs a "
		    "payment before it answers again.");
		return true;
	case 403:
		err_set(&t->e, ERR_UPSTREAM, "The key in %s may not use the model "
		    "\"%.60s\".", who->key_name, who->model);
		return true;
	case 404:
		err_set(&t->e, ERR_UPSTREAM, "The model's service knows no model "
		    "\"%.60s\". Whoever runs this Carrel can change the setting "
		    "\"model\".", who->model);
		return true;
	case 413:
		err_set(&t->e, ERR_UPSTREAM, "The request was too large for the model. A "
		    "shorter prompt, a smaller picture or a smaller app may help.");
		return true;
	}
	return false;
}

static void
passing_trouble(long status, const struct net_head *h, struct trouble *t)
{
	t->may_retry = true;
	if (status == 429) {
		err_set(&t->e, ERR_QUOTA, "The model's service takes no more requests "
		    "from this account for a moment. Try again shortly.");
		set_wait(t, h);
	} else if (status == 529 || status == 503) {
		err_set(&t->e, ERR_BUSY, "The model's service is overloaded at the "
		    "moment. Try again shortly.");
		set_wait(t, h);
	} else if (status == 504 || status == 408) {
		err_set(&t->e, ERR_TIMEOUT, "The model's service took too long to "
		    "answer. Try again.");
		t->wait_ms = h->retry_after_ms;
	} else {
		err_set(&t->e, ERR_UPSTREAM, "The model's service had a failure of its "
		    "own (status %ld). Try again.", status);
		t->wait_ms = h->retry_after_ms;
	}
}

void
retry_status(const struct net_head *h, const char *body, const struct retry_who *who,
    struct trouble *t)
{
	char type[80], message[320];
	long status = h->status;

	*t = (struct trouble){.wait_ms = -1};
	read_error(body, type, sizeof(type), message, sizeof(message));
	if ((status == 400 || status == 403 || status == 429) &&
	    is_spend_limit(type, message)) {
		err_set(&t->e, ERR_QUOTA, "The spending limit of the account at the "
		    "model's service is reached. Whoever runs this Carrel can raise it "
		    "there.");
		t->e.retry_after_secs = h->retry_after_ms > 0 ?
		    (int)((h->retry_after_ms + 999) / 1000) : 3600;
		return;
	}
	if (status >= 300 && status < 400)
		err_set(&t->e, ERR_UPSTREAM, "The model's service sent us to another "
		    "address, which is not followed. Its address in the settings may be "
		    "wrong.");
	else if (status == 200)
		err_set(&t->e, ERR_UPSTREAM, "What answers at the model service's "
		    "address is not a model. Its address in the settings may be wrong.");
	else if (status == 408 || status == 409 || status == 429 || status >= 500)
		passing_trouble(status, h, t);
	else if (!lasting_trouble(status, who, t))
		refused_request(message, who, t);
	if (h->should_retry >= 0 && status >= 400)
		t->may_retry = h->should_retry;
}

void
retry_broken(enum net_end how, struct trouble *t)
{
	*t = (struct trouble){.wait_ms = -1, .may_retry = true};
	switch (how) {
	case NET_CONNECT:
		err_set(&t->e, ERR_UPSTREAM, "The model's service cannot be reached. Try "
		    "again; if it stays so, its address or this machine's network needs "
		    "a look.");
		return;
	case NET_TIMEOUT:
		err_set(&t->e, ERR_TIMEOUT, "The model took too long and was stopped. "
		    "Nothing was changed; try again, or ask for less at once.");
		return;
	default:
		err_set(&t->e, ERR_UPSTREAM, "The model's answer broke off before it was "
		    "complete. Nothing was changed; try again.");
	}
}

int
retry_event(const char *type, const char *message, struct err *e)
{
	static const char *const busy[] = {"overload", "unavailable", NULL};
	static const char *const limit[] = {"rate_limit", "rate limit", NULL};
	static const char *const slow[] = {"timeout", "timed out", NULL};

	if (is_spend_limit(type, message))
		return err_set(e, ERR_QUOTA, "The spending limit of the account at the "
		    "model's service is reached.");
	if (has_any(type, busy) || has_any(message, busy))
		err_set(e, ERR_BUSY, "The model's service became overloaded in the "
		    "middle of the answer. Nothing was changed; try again shortly.");
	else if (has_any(type, limit) || has_any(message, limit))
		err_set(e, ERR_QUOTA, "The model's service takes no more requests from "
		    "this account for a moment. Nothing was changed; try again shortly.");
	else if (has_any(type, slow) || has_any(message, slow))
		return err_set(e, ERR_TIMEOUT, "The model's service took too long. "
		    "Nothing was changed; try again.");
	else
		return err_set(e, ERR_UPSTREAM, "The model's service reported a failure "
		    "in the middle of the answer. Nothing was changed; try again.");
	if (e)
		e->retry_after_secs = DEFAULT_RETRY_SECS;
	return -1;
}

void
retry_stream(const struct err *e, struct trouble *t)
{
	*t = (struct trouble){.e = *e, .wait_ms = -1};
	t->may_retry = e->kind == ERR_BUSY || e->kind == ERR_TIMEOUT ||
	    e->kind == ERR_UPSTREAM || (e->kind == ERR_QUOTA && e->retry_after_secs);
	if (e->kind == ERR_INPUT || e->kind == ERR_LIMIT)
		err_set(&t->e, ERR_UPSTREAM, "The model's service sent something that "
		    "cannot be read. Nothing was changed; try again.");
}

int64_t
retry_wait_ms(const struct trouble *t, int n, uint64_t chance)
{
	int64_t ms = BASE_MS;

	if (t->wait_ms >= 0)
		return t->wait_ms;
	while (--n > 0 && ms < LONGEST_MS)
		ms *= 2;
	if (ms > LONGEST_MS)
		ms = LONGEST_MS;
	/* Three quarters to all of it, so that many who failed together do not return
	 * so. */
	return ms * 3 / 4 + (int64_t)(chance % (uint64_t)(ms / 4 + 1));
}

int
retry_stop(const struct reply *r, struct err *e)
{
	const char *text = reply_text(r);

	if (r->stop == STOP_LENGTH)
		return err_set(e, ERR_UPSTREAM, "The answer was cut off because it grew "
		    "too long for the model. Nothing was changed; ask for less at once, "
		    "or in smaller steps.");
	if (r->stop == STOP_OTHER)
		return err_set(e, ERR_UPSTREAM, "The model stopped before it gave an "
		    "answer. Nothing was changed; try again.");
	if (r->stop != STOP_REFUSED && text[strspn(text, " \t\r\n")] == '\0')
		return err_set(e, ERR_UPSTREAM, "The model's answer was empty. Nothing "
		    "was changed; try again.");
	return 0;
}
