/* Anthropic's Messages. */
#include <string.h>

#include "../../shared/text/json.h"
#include "provider.h"
#include "retry.h"

static void
put_text(struct buf *json, const char *text, bool is_cached)
{
	json_open(json, '{');
	json_put_text(json, "type", "text");
	json_put_text(json, "text", text);
	if (is_cached) {
		json_key(json, "cache_control");
		json_raw(json, "{\"type\":\"ephemeral\"}");
	}
	json_close(json, '}');
}

static void
put_image(struct buf *json, const struct ask *a)
{
	json_open(json, '{');
	json_put_text(json, "type", "image");
	json_key(json, "source");
	json_open(json, '{');
	json_put_text(json, "type", "base64");
	json_put_text(json, "media_type", a->image_type);
	json_put_text(json, "data", a->image_base64);
	json_close(json, '}');
	json_close(json, '}');
}

static void
put_turn(struct buf *json, const struct ask *a, int i)
{
	json_open(json, '{');
	json_put_text(json, "role", a->turns[i].is_model ? "assistant" : "user");
	json_key(json, "content");
	json_open(json, '[');
	if (a->image_type && i == a->image_turn)
		put_image(json, a);
	put_text(json, a->turns[i].text, false);
	json_close(json, ']');
	json_close(json, '}');
}

void
anthropic_body(const struct ask *a, struct buf *json)
{
	json_open(json, '{');
	json_put_text(json, "model", a->model);
	json_put_int(json, "max_tokens", a->facts->max_tokens);
	json_put_bool(json, "stream", true);
	if (a->facts->effort[0] && !(a->without & 1u << EXTRA_EFFORT)) {
		json_key(json, "output_config");
		json_open(json, '{');
		json_put_text(json, "effort", a->facts->effort);
		json_close(json, '}');
	}
	json_key(json, "system");
	json_open(json, '[');
	put_text(json, a->system, !(a->without & 1u << EXTRA_CACHE));
	json_close(json, ']');
	json_key(json, "messages");
	json_open(json, '[');
	for (int i = 0; i < a->count; i++)
		put_turn(json, a, i);
	json_close(json, ']');
	json_close(json, '}');
}

static void
read_usage(struct reply *r, const cJSON *usage)
{
	int64_t input = json_get_int(usage, "input_tokens", 0) +
	    json_get_int(usage, "cache_creation_input_tokens", 0) +
	    json_get_int(usage, "cache_read_input_tokens", 0);

	if (input > 0)
		r->input_tokens = input;
	r->output_tokens = json_get_int(usage, "output_tokens", r->output_tokens);
}

static enum stop
stop_of(const char *reason)
{
	if (strcmp(reason, "end_turn") == 0 || strcmp(reason, "stop_sequence") == 0)
		return STOP_END;
	if (strcmp(reason, "max_tokens") == 0 ||
	    strcmp(reason, "model_context_window_exceeded") == 0)
		return STOP_LENGTH;
	return strcmp(reason, "refusal") == 0 ? STOP_REFUSED : STOP_OTHER;
}

static int
read_event(struct reply *r, const cJSON *root, struct err *e)
{
	const char *type = json_get_words(root, "type"), *reason;
	const cJSON *part;

	if (strcmp(type, "message_start") == 0) {
		part = json_get(root, "message");
		read_usage(r, json_get(part, "usage"));
	} else if (strcmp(type, "content_block_start") == 0) {
		part = json_get(root, "content_block");
		if (strcmp(json_get_words(part, "type"), "text") == 0)
			return reply_add(r, json_get_words(part, "text"), e);
	} else if (strcmp(type, "content_block_delta") == 0) {
		part = json_get(root, "delta");
		if (strcmp(json_get_words(part, "type"), "text_delta") == 0)
			return reply_add(r, json_get_words(part, "text"), e);
	} else if (strcmp(type, "message_delta") == 0) {
		read_usage(r, json_get(root, "usage"));
		reason = json_get_words(json_get(root, "delta"), "stop_reason");
		if (reason[0])
			r->stop = stop_of(reason);
	} else if (strcmp(type, "message_stop") == 0) {
		r->is_complete = r->is_last = true;
	} else if (strcmp(type, "error") == 0) {
		part = json_get(root, "error");
		return retry_event(json_get_words(part, "type"), json_get_words(part, "message"), e);
	}
	return 0;
}

int
anthropic_event(struct reply *r, const char *data, size_t n, struct err *e)
{
	cJSON *root = json_parse(data, n, NULL);
	int result;

	if (!root)
		return err_set(e, ERR_INPUT, "an event is no JSON");
	result = read_event(r, root, e);
	cJSON_Delete(root);
	return result;
}
