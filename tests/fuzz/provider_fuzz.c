/*
 * Any bytes as the stream, or as the refusal, of each service: what is shown is a
 * beginning of the answer, in whole characters.  The first byte says how it is cut.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/author/provider.h"
#include "../../runner/author/retry.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/sse.h"
#include "../../shared/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

struct stream {
	const struct provider *provider;
	struct reply reply;
};

static int
on_event(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	struct stream *s = arg;

	(void)name;
	return s->provider->event(&s->reply, data, n, e);
}

static void
read_stream(const char *name, const char *text, size_t n, size_t step)
{
	struct stream s = {.provider = provider_find(name)};
	struct trouble t;
	struct sse sse;
	struct err e = {0};
	int result = 0;

	buf_init(&s.reply.text, ANSWER_BYTES);
	sse_init(&sse, on_event, &s);
	for (size_t at = 0; at < n && result == 0; at += step) {
		const char *more;
		size_t len;

		result = sse_feed(&sse, text + at, n - at < step ? n - at : step, &e);
		more = reply_next(&s.reply, &len);
		MUST(utf8_is_text(more, len) && s.reply.shown <= s.reply.text.len);
	}
	if (result < 0) {
		retry_stream(&e, &t);
		MUST(t.e.text[0]);
	}
	MUST(s.reply.input_tokens >= 0 && s.reply.output_tokens >= 0);
	sse_free(&sse);
	buf_free(&s.reply.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct retry_who who = {"x", "m", "KEY", "sk-secret-1234"};
	static const long statuses[] = {200, 302, 400, 401, 403, 404, 413, 429, 500, 529};
	char *text;

	if (n < 2)
		return 0;
	read_stream("anthropic", (const char *)bytes + 1, n - 1, (size_t)bytes[0] + 1);
	read_stream("openai", (const char *)bytes + 1, n - 1, (size_t)bytes[0] + 1);
	text = strndup((const char *)bytes + 1, n - 1);
	for (size_t i = 0; i < COUNT(statuses); i++) {
		const struct net_head h = {.status = statuses[i],
		    .retry_after_ms = bytes[0] - 1, .should_retry = bytes[0] % 3 - 1};
		struct trouble t;

		retry_status(&h, text, &who, &t);
		MUST(t.e.kind && t.e.text[0] && !strstr(t.e.text, "sk-secret"));
	}
	free(text);
	return 0;
}
