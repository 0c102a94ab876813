/*
 * Any bytes as a head, both ways: no reading beyond them, a cut of a good head is never
 * bad, and what is passed on reads as one head again with nothing of ours or of the hop
 * in it.
 */
#include <stdlib.h>
#include <string.h>

#include "../../runner/gate/field.h"
#include "../../shared/base/mem.h"

static const struct site site = {"http", "localhost", "http://localhost:8080"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static void
check_request(const struct head *h)
{
	AUTO_BUF struct buf out;
	struct head again;
	struct ask a;
	size_t used;
	int count;

	buf_init(&out, 4 * HEAD_BYTES_MAX);
	if (ask_judge(h, &site, &a).status)
		return;
	field_request(h, &a, &out);
	MUST(!out.is_over && out.len <= 2 * HEAD_BYTES_MAX + FIELD_ADDED_MAX);
	if (out.len > HEAD_BYTES_MAX)
		return;
	if (h->count == HEAD_FIELDS_MAX)
		return;
	MUST(head_request(out.at, out.len, &again, &used) == HEAD_WHOLE &&
	    used == out.len);
	MUST(again.length == h->length && again.is_chunked == h->is_chunked);
	MUST(again.target.len == h->target.len &&
	    memcmp(again.target.at, h->target.at, h->target.len) == 0);
	MUST(head_find(&again, "connection", &count) && count == 1);
	MUST(!head_find(&again, "x-api-key", &count) && count == 0);
	MUST(!head_find(&again, "authorization", &count) && count == 0);
	MUST(!!head_find(&again, "upgrade", &count) == a.is_upgrade);
}

static void
check_response(const struct head *h)
{
	struct ask a = {.is_upgrade = true};
	AUTO_BUF struct buf out;
	struct head again;
	size_t used;
	int count;

	buf_init(&out, 4 * HEAD_BYTES_MAX);
	if (!field_response_is_fine(h, &a))
		return;
	field_response(h, &a, &site, &out);
	MUST(!out.is_over && out.len <= 2 * HEAD_BYTES_MAX + FIELD_ADDED_MAX);
	if (out.len > HEAD_BYTES_MAX || h->count > HEAD_FIELDS_MAX - 16)
		return;
	MUST(head_response(out.at, out.len, &again, &used) == HEAD_WHOLE &&
	    used == out.len);
	MUST(again.status == h->status && again.length == h->length);
	MUST(!head_find(&again, "server", &count) && count == 0);
	for (int i = 0; i < again.count; i++)
		if (text_is(again.fields[i].name, "set-cookie"))
			MUST(!memmem(again.fields[i].value.at, again.fields[i].value.len,
			    "; Domain=", 9));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *copy = mem_new(n ? n : 1); /* of this size: a tool sees a read beyond it */
	enum head_result whole;
	struct head h;
	size_t used;

	memcpy(copy, bytes, n);
	whole = head_request(copy, n, &h, &used);
	if (whole == HEAD_WHOLE) {
		MUST(used <= n && used <= HEAD_BYTES_MAX);
		check_request(&h);
		MUST(head_request(copy, used - 1, &h, &used) == HEAD_PART);
	}
	whole = head_response(copy, n, &h, &used);
	if (whole == HEAD_WHOLE)
		check_response(&h);
	free(copy);
	return 0;
}
