/*
 * Any bytes as a request from inside a sandbox, and as the first line of a kept page: names
 * and checksums that come out are clean, and a range lies within its file.
 */
#include <stdlib.h>
#include <string.h>

#include "../../runner/egress/ask.h"
#include "../../runner/egress/page.h"
#include "../../shared/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static void
check_request(const struct head *h)
{
	struct text name;
	char again[NAME_SIZE];
	enum digest_kind kind;
	const char *words = NULL;
	int64_t first, size;
	struct ask a;

	if (ask_judge(h, &a, &words)) {
		MUST(words);
		return;
	}
	name = (struct text){a.name, strlen(a.name)};
	MUST(ecosystems[a.eco].clean(name, again) && strcmp(again, a.name) == 0);
	MUST(!strstr(a.name, "..") || a.eco == ECOSYSTEM_npm);
	MUST(a.what == ASK_PAGE || (digest_is_valid(a.digest, &kind) &&
	    kind == ecosystems[a.eco].kind));
	if (ask_range(a.range, 1000, &first, &size) == 206)
		MUST(first >= 0 && size > 0 && first + size <= 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *copy = mem_new(n + 1);
	struct page p;
	struct head h;
	size_t used;

	memcpy(copy, bytes, n);
	if (head_request(copy, n, &h, &used) == HEAD_WHOLE)
		check_request(&h);
	if (page_read_head(copy, n + 1000, &p))
		MUST((size_t)p.body_at + p.body_bytes == n + 1000 &&
		    p.links_at + (off_t)p.links_bytes == p.body_at);
	free(copy);
	return 0;
}
