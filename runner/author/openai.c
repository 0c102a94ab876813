/* Chat completions, as OpenAI and many compatible services speak them. */
#include <string.h>

#include "../../shared/text/json.h"
#include "provider.h"
#include "retry.h"

/* The address that carries the picture itself: two texts of the ask in one JSON string,
 * with nothing in them that would need an escape. */
static void
put_image(struct buf *json, const struct ask *a)
{
	json_raw(json, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:");
	buf_str(json, a->image_type);
	buf_str(json, ";base64,");
	buf_str(json, a->image_base64);
	buf_str(json, "\"}}");
}

static void
put_pictured(struct buf *json, const struct ask *a, const char *text)
{
	json_open(json, '[');
	put_image(json, a);
	json_open(json, '{');
	json_put_text(json, "type", "text");
	json_put_text(json, "text", text);
	json_close(json, '}');
	json_close(json, ']');
}

static void
put_turn(struct buf *json, const char *role, const char *text, const struct ask *pictured)
{
	json_open(json, '{');
	json_put_text(json, "role", role);
	json_key(json, "content");
	if (pictured)
		put_pictured(json, pictured, text);
	else
		json_text(json, text);
	json_close(json, '}');
}

void
openai_body(const struct ask *a, struct buf *json)
{
	json_open(json, '{');
	json_put_text(json, "model", a->model);
	json_put_bool(json, "stream", true);
	if (!(a->without & 1u << EXTRA_USAGE)) {
		json_key(json, "stream_options");
		json_raw(json, "{\"include_usage\":true}");
	}
	if (!(a->without & 1u << EXTRA_LENGTH))
		json_put_int(json, a->facts->length_field, a->facts->max_tokens);
	if (a->facts->effort[0] && !(a->without & 1u << EXTRA_EFFORT))
		json_put_text(json, "reasoning_effort", a->facts->effort);
	json_key(json, "messages");
	json_open(json, '[');
	put_turn(json, "system", a->system, NULL);
	for (int i = 0; i < a->count; i++)
		put_turn(json, a->turns[i].is_model ? "assistant" : "user",
		    a->turns[i].text, a->image_type && i == a->image_turn ? a : NULL);
	json_close(json, ']');
	json_close(json, '}');
}

static enum stop
stop_of(const char *reason)
{
	if (strcmp(reason, "stop") == 0 || strcmp(reason, "eos") == 0)
		return STOP_END;
	if (strcmp(reason, "length") == 0)
		return STOP_LENGTH;
	return strcmp(reason, "content_filter") == 0 ? STOP_REFUSED : STOP_OTHER;
}

static int
read_choice(struct reply *r, const cJSON *choice, struct err *e)
{
	const cJSON *delta = json_get(choice, "delta");
	const char *reason = json_get_words(choice, "finish_reason"),
	    *refusal = json_get_words(delta, "refusal");

	/* With a reason given the answer is whole: some services then close without
	 * [DONE]. */
	if (reason[0]) {
		r->is_complete = true;
		if (r->stop != STOP_REFUSED)
			r->stop = stop_of(reason);
	}
	if (refusal[0]) {
		r->stop = STOP_REFUSED;
		return reply_add(r, refusal, e);
	}
	return reply_add(r, json_get_words(delta, "content"), e);
}

static int
read_event(struct reply *r, const cJSON *root, struct err *e)
{
	const cJSON *error = json_get(root, "error");
	const cJSON *usage = json_get(root, "usage");
	const cJSON *choices = json_get(root, "choices");

	if (cJSON_IsObject(error))
		return retry_event(json_get_words(error, "type"), json_get_words(error, "message"), e);
	if (cJSON_IsString(error))
		return retry_event("", error->valuestring, e);
	r->input_tokens = json_get_int(usage, "prompt_tokens", r->input_tokens);
	r->output_tokens = json_get_int(usage, "completion_tokens", r->output_tokens);
	return read_choice(r, cJSON_GetArrayItem(choices, 0), e);
}

int
openai_event(struct reply *r, const char *data, size_t n, struct err *e)
{
	cJSON *root;
	int result;

	if (strcmp(data, "[DONE]") == 0) {
		if (r->stop == STOP_NONE)
			r->stop = STOP_END;
		r->is_complete = r->is_last = true;
		return 0;
	}
	root = json_parse(data, n, NULL);
	if (!root)
		return err_set(e, ERR_INPUT, "an event is no JSON");
	result = read_event(r, root, e);
	cJSON_Delete(root);
	return result;
}
