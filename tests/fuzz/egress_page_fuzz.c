/*
 * Any bytes as an index's page, in each of its forms: no reading beyond them, and what is
 * made of a page that was taken is JSON, with one line and one entry for each file.
 */
#include <stdlib.h>
#include <string.h>

#include "../../runner/egress/page.h"
#include "../../runner/egress/walk.h"
#include "../../runner/egress/where.h"
#include "../../shared/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define MUST(claim) do { if (!(claim)) abort(); } while (0)

static int
count_lines(const struct buf *b)
{
	int n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->at[i] == '\n';
	return n;
}

static void
check(const struct ecosystem *eco, const struct index_page *p)
{
	AUTO_BUF struct buf links, body, html;
	cJSON *j, *files;
	struct err e;

	buf_init(&links, 1 << 22);
	buf_init(&body, 1 << 22);
	buf_init(&html, 1 << 22);
	if (eco->read(p, &links, &body, &e) < 0 || links.is_over || body.is_over)
		return;
	j = json_parse(body.at, body.len, &e);
	if (!j)		/* only its own bounds: repeated or too many keys, too deep */
		return;
	files = json_get(j, "files");
	if (files) {
		MUST(cJSON_GetArraySize(files) == count_lines(&links));
		MUST(pypi_html(body.at, body.len, &html, &e) == 0);
	}
	cJSON_Delete(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const types[] = {"text/html", "application/json", "application/json"};
	static struct origin home;
	char *copy = mem_new(n ? n : 1);	/* of this size: a tool sees a read beyond it */
	struct index_page p = {.name = "a", .url = "https://index.example/simple/a/",
	    .at = copy, .len = n ? n - 1 : 0, .home = &home};
	struct err e;

	if (!home.base[0])
		MUST(where_origin("https://index.example/simple", &home, &e) == 0);
	if (n) {
		unsigned form = bytes[0] % 3;

		memcpy(copy, bytes + 1, n - 1);
		p.type = types[form];
		p.at = copy;
		check(&ecosystems[form == 2 ? ECOSYSTEM_npm : ECOSYSTEM_pypi], &p);
	}
	free(copy);
	return 0;
}
