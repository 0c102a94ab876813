/*
 * The services: what is sent, what their streams and refusals mean, and the facts of
 * models.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runner/author/near.h"
#include "../../runner/author/prompt.h"
#include "../../runner/author/provider.h"
#include "../../runner/author/queue.h"
#include "../../runner/author/retry.h"
#include "../../shared/text/json.h"
#include "../../shared/text/sse.h"

static struct arena arena;

static int
clean(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* ---- streams ---- */

struct stream {
	const struct provider *provider;
	struct reply reply;
	struct buf shown;
};

static int
on_event(void *arg, const char *name, const char *data, size_t n, struct err *e)
{
	struct stream *s = arg;

	(void)name;
	return s->provider->event(&s->reply, data, n, e);
}

static int
read_stream(struct stream *s, const char *name, const char *text, size_t n, size_t step,
    struct err *e)
{
	struct sse sse;
	int result = 0;

	*s = (struct stream){.provider = provider_find(name)};
	buf_init(&s->reply.text, ANSWER_BYTES);
	buf_init(&s->shown, ANSWER_BYTES);
	sse_init(&sse, on_event, s);
	for (size_t at = 0; at < n && result == 0; at += step) {
		const char *more;
		size_t len;

		result = sse_feed(&sse, text + at, n - at < step ? n - at : step, e);
		more = reply_next(&s->reply, &len);
		buf_add(&s->shown, more, len);
	}
	sse_free(&sse);
	return result;
}

static void
end_stream(struct stream *s)
{
	buf_free(&s->reply.text);
	buf_free(&s->shown);
}

static const char anthropic_stream[] =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":"
    "{\"input_tokens\":10,\"cache_read_input_tokens\":5,\"cache_creation_input_tokens\":2,"
    "\"output_tokens\":1}}}\n\n"
    "event: ping\ndata: {\"type\":\"ping\"}\n\n"
    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\","
    "\"thinking\":\"\"}}\n\n"
    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\","
    "\"thinking\":\"secret\"}}\n\n"
    "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"text\","
    "\"text\":\"\"}}\n\n"
    "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\","
    "\"text\":\"caf\xc3\xa9 \"}}\n\n"
    "data: {\"type\":\"new_thing\",\"text\":\"ignored\"}\n\n"
    "data: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\","
    "\"text\":\"\\u8336\"}}\n\n"
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":"
    "{\"output_tokens\":42}}\n\n"
    "data: {\"type\":\"message_stop\"}\n\n";

static const char openai_stream[] =
    ": waiting\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
    "\"content\":\"\"},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"secret\"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"caf\xc3\xa9 \"}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"\\u8336\"}}],\"usage\":null}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":17,\"completion_tokens\":42}}\n\n"
    "data: [DONE]\n\n";

static void
check_stream(const char *name, const char *text)
{
	size_t n = strlen(text);
	struct stream s;
	struct err e;

	for (size_t step = 1; step < 60; step++) {
		assert_return_code(read_stream(&s, name, text, n, step, &e), 0);
		assert_true(s.reply.is_complete && s.reply.is_last);
		assert_string_equal(s.reply.text.at, "caf\xc3\xa9 \xe8\x8c\xb6");
		assert_string_equal(s.shown.at, s.reply.text.at);
		assert_int_equal(s.reply.stop, STOP_END);
		assert_int_equal(s.reply.input_tokens, 17);
		assert_int_equal(s.reply.output_tokens, 42);
		assert_int_equal(retry_stop(&s.reply, &e), 0);
		end_stream(&s);
	}
	/* Cut off anywhere, it is not complete before it said so. */
	for (size_t cut = 0; cut < n; cut++) {
		assert_return_code(read_stream(&s, name, text, cut, cut + 1, &e), 0);
		assert_false(s.reply.is_last);
		if (s.reply.is_complete)
			assert_int_equal(s.reply.stop, STOP_END);
		end_stream(&s);
	}
}

static void
streams_of_both(void **state)
{
	(void)state;
	check_stream("anthropic", anthropic_stream);
	check_stream("openai", openai_stream);
}

static void
stops(const char *name, const char *reason, const char *word)
{
	char text[400];
	struct stream s;
	struct err e = {0};

	if (strcmp(name, "openai") == 0)
		snprintf(text, sizeof(text), "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},"
		    "\"finish_reason\":\"%s\"}]}\n\n", reason);
	else
		snprintf(text, sizeof(text), "data: {\"type\":\"content_block_delta\",\"delta\":{"
		    "\"type\":\"text_delta\",\"text\":\"x\"}}\n\ndata: {\"type\":\"message_delta\","
		    "\"delta\":{\"stop_reason\":\"%s\"}}\n\n", reason);
	assert_return_code(read_stream(&s, name, text, strlen(text), 1000, &e), 0);
	if (word) {
		assert_int_equal(retry_stop(&s.reply, &e), -1);
		assert_non_null(strstr(e.text, word));
	} else {
		assert_int_equal(retry_stop(&s.reply, &e), 0);
	}
	end_stream(&s);
}

static void
reasons_to_stop(void **state)
{
	(void)state;
	stops("anthropic", "end_turn", NULL);
	stops("anthropic", "stop_sequence", NULL);
	stops("anthropic", "refusal", NULL);	/* its words are for the person */
	stops("anthropic", "max_tokens", "cut off");
	stops("anthropic", "model_context_window_exceeded", "cut off");
	stops("anthropic", "tool_use", "stopped");
	stops("anthropic", "pause_turn", "stopped");
	stops("openai", "stop", NULL);
	stops("openai", "content_filter", NULL);
	stops("openai", "length", "cut off");
	stops("openai", "tool_calls", "stopped");
}

static void
errors_in_the_stream(void **state)
{
	static const struct {
		const char *name, *text;
		enum err_kind kind;
	} cases[] = {
		{"anthropic", "data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
		    "\"message\":\"Overloaded\"}}\n\n", ERR_BUSY},
		{"anthropic", "data: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"}}\n\n",
		    ERR_QUOTA},
		{"anthropic", "data: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}\n\n",
		    ERR_UPSTREAM},
		{"anthropic", "data: {\"type\":\"error\",\"error\":{\"type\":\"timeout_error\"}}\n\n",
		    ERR_TIMEOUT},
		{"anthropic", "data: {\"type\":\n\n", ERR_INPUT},
		{"anthropic", "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":"
		    "\"text_delta\",\"text\":\"\xff\"}}\n\n", ERR_INPUT},
		{"openai", "data: {\"error\":{\"message\":\"Overloaded\"}}\n\n",
		    ERR_BUSY},
		{"openai", "data: {\"error\":\"out of memory\"}\n\n", ERR_UPSTREAM},
		{"openai", "data: {\"error\":{\"type\":\"insufficient_quota\"}}\n\n",
		    ERR_QUOTA},
		{"openai", "data: <html>\n\n", ERR_INPUT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trouble t;
		struct stream s;
		struct err e = {0};

		assert_int_equal(read_stream(&s, cases[i].name, cases[i].text,
		    strlen(cases[i].text), 1000, &e), -1);
		assert_int_equal(e.kind, cases[i].kind);
		retry_stream(&e, &t);
		assert_true(t.e.text[0] && t.e.kind != ERR_INPUT);
		end_stream(&s);
	}
}

static void
shapes_nobody_expects_do_no_harm(void **state)
{
	static const char *const texts[] = {"data: {}\n\n", "data: []\n\n", "data: 7\n\n",
	    "data: null\n\n", "data: {\"type\":7,\"choices\":{}}\n\n",
	    "data: {\"type\":\"content_block_delta\",\"choices\":[]}\n\n",
	    "data: {\"type\":\"message_delta\",\"choices\":[7]}\n\n",
	    "data: {\"type\":\"message_start\",\"message\":[],\"choices\":[{\"delta\":[]}]}\n\n",
	    ("data: {\"type\":\"message_delta\",\"usage\":{\"output_tokens\":-1e99},"
	    "\"choices\":[{\"delta\":{\"content\":null}}],\"error\":null}\n\n")};
	static const char *const names[] = {"anthropic", "openai"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts) * COUNT(names); i++) {
		const char *text = texts[i / 2];
		struct stream s;
		struct err e;

		assert_return_code(read_stream(&s, names[i % 2], text, strlen(text), 7,
		    &e), 0);
		assert_int_equal(s.reply.text.len, 0);
		assert_false(s.reply.is_complete);
		assert_true(s.reply.output_tokens >= 0);
		end_stream(&s);
	}
}

static void
an_answer_is_bounded(void **state)
{
	struct reply r = {0};
	AUTO_FREE char *text = mem_new((1u << 20) + 1);
	struct err e;

	(void)state;
	buf_init(&r.text, ANSWER_BYTES);
	memset(text, 'x', 1u << 20);
	assert_return_code(reply_add(&r, text, &e), 0);
	assert_return_code(reply_add(&r, text, &e), 0);
	assert_int_equal(reply_add(&r, "x", &e), -1);
	buf_free(&r.text);
}

static void
thoughts_aloud_are_not_shown(void **state)
{
	const char *all = "\n<think>secret</think>\nWords.", *more;
	struct reply r = {0};
	AUTO_BUF struct buf shown = {0};
	size_t n;
	struct err e;

	(void)state;
	buf_init(&r.text, 1000);
	buf_init(&shown, 1000);
	for (const char *p = all; *p; p++) {
		char one[2] = {*p, '\0'};

		assert_return_code(reply_add(&r, one, &e), 0);
		more = reply_next(&r, &n);
		buf_add(&shown, more, n);
	}
	assert_string_equal(shown.at, "\nWords.");
	assert_string_equal(reply_text(&r), "\nWords.");
	buf_free(&r.text);
}

/* ---- requests ---- */

static cJSON *
body_of(const char *name, const char *model, unsigned without, bool has_image)
{
	const struct provider *p = provider_find(name);
	struct prompt prompt = {.request = "make it \"blue\"\n",
	    .source = &(struct source){0}};
	struct ask ask = {.model = model, .facts = model_facts(name, model),
	    .system = "rules", .without = without,
	    .image_type = has_image ? "image/png" : NULL, .image_base64 = "QUJD"};
	AUTO_BUF struct buf json = {0};
	cJSON *root;
	struct err e;

	prompt_make(&prompt, &arena, &ask);
	buf_init(&json, 1u << 20);
	p->body(&ask, &json);
	root = json_parse(json.at, json.len, &e);
	if (!root)
		fail_msg("%s: %s", e.text, json.at);
	assert_string_equal(json_get_text(root, "model"), model);
	assert_true(json_get_bool(root, "stream"));
	assert_null(json_get(root, "temperature"));
	return root;
}

static void
requests_to_anthropic(void **state)
{
	AUTO_JSON cJSON *root = body_of("anthropic", "claude-sonnet-5", 0, true);
	AUTO_JSON cJSON *bare = body_of("anthropic", "claude-haiku-4-5",
	    1u << EXTRA_CACHE, false);
	const cJSON *system = cJSON_GetArrayItem(json_get(root, "system"), 0);
	const cJSON *content = json_get(cJSON_GetArrayItem(json_get(root, "messages"), 0),
	    "content");

	(void)state;
	assert_true(json_get_int(root, "max_tokens", 0) >= 16000);
	assert_string_equal(json_get_text(json_get(root, "output_config"), "effort"),
	    "medium");
	assert_non_null(json_get(system, "cache_control"));
	assert_string_equal(json_get_text(cJSON_GetArrayItem(content, 0), "type"),
	    "image");
	assert_non_null(strstr(json_get_text(cJSON_GetArrayItem(content, 1), "text"),
	    "<request>\nmake it \"blue\"\n"));
	assert_null(json_get(bare, "output_config"));
	assert_null(json_get(cJSON_GetArrayItem(json_get(bare, "system"), 0),
	    "cache_control"));
}

static void
requests_to_openai(void **state)
{
	AUTO_JSON cJSON *local = body_of("openai", "qwen3:8b", 0, true);
	AUTO_JSON cJSON *big = body_of("openai", "gpt-5.1", 0, false);
	AUTO_JSON cJSON *old = body_of("openai", "gpt-5.1", 1u << EXTRA_USAGE |
	    1u << EXTRA_LENGTH | 1u << EXTRA_EFFORT, false);
	const cJSON *content = json_get(cJSON_GetArrayItem(json_get(local, "messages"),
	    1), "content");

	(void)state;
	assert_true(json_get_int(local, "max_tokens", 0) > 0);
	assert_true(json_get_bool(json_get(local, "stream_options"), "include_usage"));
	assert_string_equal(json_get_text(json_get(cJSON_GetArrayItem(content, 0),
	    "image_url"), "url"), "data:image/png;base64,QUJD");
	assert_true(json_get_int(big, "max_completion_tokens", 0) > 0);
	assert_null(json_get(big, "max_tokens"));
	assert_null(json_get(old, "stream_options"));
	assert_null(json_get(old, "max_completion_tokens"));
	assert_null(json_get(old, "reasoning_effort"));
}

/* ---- settings ---- */

static void
choose(const char *setting, const char *anthropic_key, const char *openai_url,
    const char *provider, const char *model)
{
	struct conf c = {.model = setting, .anthropic_api_key = anthropic_key,
	    .openai_api_key = "", .openai_base_url = openai_url};
	const struct provider *p;
	char *name;
	struct err e;

	if (provider_choose(&c, &p, &name, &e) < 0) {
		assert_null(provider);
		return;
	}
	assert_string_equal(p->name, provider);
	if (model)
		assert_string_equal(name, model);
	else
		assert_null(name);
	assert_non_null(model_facts(p->name, name ? name : "any"));
	free(name);
}

static void
which_model(void **state)
{
	(void)state;
	choose("", "k", "http://x", "anthropic", "claude-sonnet-5");
	choose("", "", "http://x", "openai", NULL);
	choose("", "", "", "sample", "sample");
	choose("sample", "k", "", "sample", "sample");
	choose("openai/meta/llama", "k", "", "openai", "meta/llama");
	choose("openai", "", "", "openai", NULL);
	choose("anthropic", "", "", "anthropic", "claude-sonnet-5");
	choose("claude", "k", "", NULL, NULL);
}

static void
url_of(const char *name, const char *anthropic, const char *openai, const char *path,
    const char *url)
{
	struct conf c = {.anthropic_base_url = anthropic, .openai_base_url = openai};
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 1000);
	provider_url(provider_find(name), &c, path, &b);
	assert_string_equal(b.at, url);
}

static void
addresses(void **state)
{
	static const char *const good[] = {"https://api.example.com/v1",
	    "http://127.0.0.1:8/v1", "http://localhost/", "http://[::1]:80/",
	    "http://10.1.2.3/", "http://192.168.7.7/x", "http://172.31.0.1/",
	    "http://ollama:11434/v1", "http://gpu.local/", "http://[fd00::1]/"};
	static const char *const bad[] = {"http://example.com/", "http://8.8.8.8/",
	    "http://172.32.0.1/", "ftp://localhost/", "file:///etc/passwd", "", "http://",
	    "http://[2001:db8::1]/", "gopher://localhost/",
	    "http://localhost.example.com/"};
	struct err e;

	(void)state;
	url_of("anthropic", "https://a.b/", "", NULL, "https://a.b/v1/messages");
	url_of("anthropic", "https://a.b/v1", "", NULL, "https://a.b/v1/messages");
	url_of("openai", "", "", NULL, "https://api.openai.com/v1/chat/completions");
	url_of("openai", "", "http://h/v1/", "/models", "http://h/v1/models");
	for (size_t i = 0; i < COUNT(good); i++)
		if (near_check(good[i], &e) < 0)
			fail_msg("%s: %s", good[i], e.text);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (near_check(bad[i], &e) == 0)
			fail_msg("%s is taken", bad[i]);
}

/* ---- trouble ---- */

static struct trouble
trouble(long status, const char *body, int64_t retry_after_ms, int should_retry)
{
	static const struct retry_who who = {"anthropic", "claude-x", "ANTHROPIC_API_KEY",
	    "sk-secret-1234"};
	const struct net_head h = {.status = status, .retry_after_ms = retry_after_ms,
	    .should_retry = should_retry};
	struct trouble t;

	retry_status(&h, body, &who, &t);
	assert_true(strlen(t.e.text) > 20);
	assert_null(strstr(t.e.text, "sk-"));
	return t;
}

static void
statuses(void **state)
{
	struct trouble t;

	(void)state;
	t = trouble(429, "{\"error\":{\"type\":\"rate_limit_error\"}}", 7000, -1);
	assert_true(t.may_retry && t.e.kind == ERR_QUOTA && t.e.retry_after_secs == 7);
	assert_int_equal(retry_wait_ms(&t, 1, 0), 7000);
	t = trouble(429, "{\"error\":{\"type\":\"insufficient_quota\"}}", -1, -1);
	assert_true(!t.may_retry && t.e.kind == ERR_QUOTA && t.e.retry_after_secs > 0);
	t = trouble(400, "{\"error\":{\"message\":\"You have reached your specified API usage "
	    "limits.\"}}", -1, -1);
	assert_true(!t.may_retry && t.e.kind == ERR_QUOTA);
	t = trouble(529, "", -1, -1);
	assert_true(t.may_retry && t.e.kind == ERR_BUSY);
	t = trouble(529, "", -1, 0);
	assert_false(t.may_retry);
	t = trouble(400, "{\"error\":{\"message\":\"odd\"}}", -1, 1);
	assert_true(t.may_retry);
	assert_true(trouble(500, "<html>", -1, -1).may_retry);
	assert_int_equal(trouble(504, "", -1, -1).e.kind, ERR_TIMEOUT);
	t = trouble(400, "{\"error\":{\"message\":\"bad key sk-secret-12**\\nline\"}}",
	    -1, -1);
	assert_int_equal(t.e.kind, ERR_UPSTREAM);
	t = trouble(400, "{\"error\":{\"message\":\"tools: not\\nsupported.\"}}", -1, -1);
	assert_non_null(strstr(t.e.text, "tools: not supported."));
	assert_non_null(strstr(trouble(401, "{}", -1, -1).e.text, "ANTHROPIC_API_KEY"));
	assert_non_null(strstr(trouble(404, "{}", -1, -1).e.text, "claude-x"));
	assert_false(trouble(302, "", -1, -1).may_retry);
	assert_false(trouble(200, "<html>", -1, -1).may_retry);
}

static void
waits_grow_and_scatter(void **state)
{
	struct trouble t = {.wait_ms = -1};

	(void)state;
	for (uint64_t chance = 0; chance < 1000; chance++) {
		assert_in_range(retry_wait_ms(&t, 1, chance), 375, 500);
		assert_in_range(retry_wait_ms(&t, 2, chance), 750, 1000);
		assert_in_range(retry_wait_ms(&t, 9, chance), 6000, 8000);
	}
}

static void
what_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(model_extra("unknown field: stream_options", 0),
	    1u << EXTRA_USAGE);
	assert_int_equal(model_extra("Unsupported parameter: 'max_tokens'", 0),
	    1u << EXTRA_LENGTH);
	assert_int_equal(model_extra("max_tokens", 1u << EXTRA_LENGTH), 0);
	assert_int_equal(model_extra("output_config.effort: no", 0), 1u << EXTRA_EFFORT);
	assert_int_equal(model_extra("something else", 0), 0);
}

static void
places_in_line(void **state)
{
	static const struct {
		int64_t before;
		const char *words;
	} cases[] = {{0, "next in line"}, {1, "second in line"}, {2, "third in line"},
	    {9, "tenth in line"}, {10, "11th in line"}, {20, "21st in line"},
	    {21, "22nd in line"}, {110, "111th in line"}, {122, "123rd in line"}};
	char words[40];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		queue_words(cases[i].before, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(streams_of_both),
		TEST(reasons_to_stop),
		TEST(errors_in_the_stream),
		TEST(shapes_nobody_expects_do_no_harm),
		TEST(an_answer_is_bounded),
		TEST(thoughts_aloud_are_not_shown),
		TEST(requests_to_anthropic),
		TEST(requests_to_openai),
		TEST(which_model),
		TEST(addresses),
		TEST(statuses),
		TEST(waits_grow_and_scatter),
		TEST(what_is_left_out),
		TEST(places_in_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
