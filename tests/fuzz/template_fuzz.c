/* Any text as a template, with a context that has each kind of value. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/text/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char context[] = "{\"a\":\"<x>\",\"b\":[1,{\"a\":null},\"s\",[]],\"c\":true,"
	    "\"d\":{\"e\":{\"f\":2.5}},\"g\":false}";
	static cJSON *c;
	struct template_set *set = template_new();
	struct buf out;
	struct err e;

	if (!c)
		c = json_parse(context, sizeof(context) - 1, &e);
	buf_init(&out, 1u << 16);
	if (template_add(set, "_p", "{{a}}", 5, &e) < 0)
		abort();
	if (template_add(set, "t", (const char *)data, size, &e) == 0)
		template_render(set, "t", c, &out, &e);
	if (strchr(out.at, '\0') > out.at + out.len)
		abort();
	buf_free(&out);
	template_free(set);
	return 0;
}
