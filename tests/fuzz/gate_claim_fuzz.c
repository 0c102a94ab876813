/*
 * Any head of a request as what lets somebody in: no reading beyond it, what is found has a
 * token's form where that is promised, and the address without what it showed is the same
 * address, shows nothing more and stays on this host.
 */
#include <stdlib.h>
#include <string.h>

#include "../../runner/gate/claim.h"
#include "../../shared/base/mem.h"

static const struct site site = {"http", "localhost", "http://localhost:8080"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static void
check_address(const struct head *h, const struct ask *a, const struct claim *c)
{
	AUTO_BUF struct buf rest = {0};
	struct head again = *h;
	struct claim c2;

	buf_init(&rest, HEAD_BYTES_MAX);
	claim_add_address(c, &rest);
	MUST(!rest.is_over && rest.len < h->target.len && rest.at[0] == '/');
	MUST(rest.at[1] != '/' && rest.at[1] != '\\');
	MUST(memcmp(rest.at, h->target.at, c->before.len) == 0);
	again.target = (struct text){rest.at, rest.len};
	MUST(claim_read(&again, &site, a, &c2).status == 0);
	MUST(c2.address == CLAIM_NOTHING);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *copy = mem_new(n ? n : 1); /* of this size: a tool sees a read beyond it */
	struct claim c;
	struct head h;
	struct ask a;
	size_t used;

	memcpy(copy, bytes, n);
	if (head_request(copy, n, &h, &used) == HEAD_WHOLE) {
		ask_judge(&h, &site, &a);
		if (claim_read(&h, &site, &a, &c).status == 0) {
			MUST(c.cookie_count >= 0 && c.cookie_count <= CLAIM_COOKIES_MAX);
			for (int i = 0; i < c.cookie_count; i++)
				MUST(claim_is_token(c.cookies[i]));
			if (c.address != CLAIM_NOTHING)
				check_address(&h, &a, &c);
		}
	}
	free(copy);
	return 0;
}
