/* What json_parse takes it takes the same when written anew; nothing else happens. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/json.h"

static void
write_again(struct buf *b, const cJSON *j)
{
	const cJSON *child;
	int64_t n;

	if (cJSON_IsObject(j) || cJSON_IsArray(j)) {
		json_open(b, cJSON_IsObject(j) ? '{' : '[');
		cJSON_ArrayForEach(child, j) {
			if (cJSON_IsObject(j))
				json_key(b, child->string);
			write_again(b, child);
		}
		json_close(b, cJSON_IsObject(j) ? '}' : ']');
	} else if (cJSON_IsString(j)) {
		json_text(b, j->valuestring);
	} else if (cJSON_IsNumber(j)) {
		json_int(b, json_to_int(j, &n) ? n : 0);
	} else if (cJSON_IsBool(j)) {
		json_bool(b, cJSON_IsTrue(j));
	} else {
		json_text(b, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf once, twice;
	struct err e;
	cJSON *j = json_parse((const char *)data, size, &e), *k;

	if (!j)
		return 0;
	buf_init(&once, 16u << 20);
	buf_init(&twice, 16u << 20);
	write_again(&once, j);
	k = json_parse(once.at, once.len, &e);
	if (!k)
		abort();
	write_again(&twice, k);
	if (once.len != twice.len || memcmp(once.at, twice.at, once.len) != 0)
		abort();
	cJSON_Delete(j);
	cJSON_Delete(k);
	buf_free(&once);
	buf_free(&twice);
	return 0;
}
