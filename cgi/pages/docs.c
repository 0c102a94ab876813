/*
 * GET /docs: the description of the API for people, made at build time from the tables.
 */
#include "../../shared/base/file.h"
#include "view.h"

#define DOCS_PATH "/run/carrel/build/www/docs.json"
#define DOCS_BYTES (2u << 20)

static int
run(struct req *r, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	cJSON *c;

	buf_init(&text, DOCS_BYTES);
	if (file_read(DOCS_PATH, &text, e) < 0 || !(c = json_parse(text.at, text.len, e)))
		return err_set(e, ERR_INTERNAL, "the description of the API is not built");
	view_text(c, "page_title", "The API · Carrel");
	view_text(c, "base", r->site->conf.url);
	view_true(c, "needs_key", r->site->key_count > 0);
	view_true(c, "nav_docs", true);
	return reply_page(r, 200, "docs", c, e);
}

const struct endpoint pages_docs = {
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
