#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/wire/count.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "serve.h"

#define HTML_MAX (64u << 20)

static const char *
reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} all[] = {
		{200, "OK"}, {206, "Partial Content"}, {304, "Not Modified"},
		{400, "Bad Request"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"},
		{416, "Range Not Satisfiable"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
		{507, "Insufficient Storage"},
	};

	for (size_t i = 0; i < COUNT(all); i++)
		if (all[i].status == status)
			return all[i].reason;
	return "Error";
}

static void
put_head(struct conn *c, int status, int64_t length, const char *type)
{
	/* Others wait to be let in: whoever is served makes room. */
	if (!c->door->watch)
		c->ask.is_last = true;
	buf_fmt(&c->out, "HTTP/1.1 %d %s\r\nX-Content-Type-Options: nosniff\r\n", status,
	    reason_of(status));
	if (status != 304)
		buf_fmt(&c->out, "Content-Length: %lld\r\nContent-Type: %s\r\n",
		    (long long)length, type);
	if (c->ask.is_last)
		buf_str(&c->out, "Connection: close\r\n");
}

void
serve_words(struct conn *c, int status, const char *words)
{
	put_head(c, status, (int64_t)strlen(words) + 1, "text/plain; charset=utf-8");
	if (status == 405)
		buf_str(&c->out, "Allow: GET, HEAD\r\n");
	if (status == 429 || status == 503)
		buf_fmt(&c->out, "Retry-After: %d\r\n", status == 429 ? 60 : 1);
	buf_str(&c->out, "Cache-Control: no-store\r\n\r\n");
	if (!c->ask.is_head)
		buf_fmt(&c->out, "%s\n", words);
	conn_answered(c);
}

/* The tag, in its quotes, in the list of a client; "*" is any. */
static bool
has_tag(const char *list, const char *tag)
{
	struct text rest = {list, strlen(list)}, item;

	while (list[0] && text_item(&rest, ',', &item)) {
		if (item.len > 2 && memcmp(item.at, "W/", 2) == 0)
			item = (struct text){item.at + 2, item.len - 2};
		if ((item.len == 1 && item.at[0] == '*') ||
		    (item.len == strlen(tag) && memcmp(item.at, tag, item.len) == 0))
			return true;
	}
	return false;
}

static void
send_file(struct conn *c, int fd, int64_t size)
{
	char tag[40];
	int64_t first = 0, bytes = size;
	int status = 200;

	snprintf(tag, sizeof(tag), "\"%.32s\"", digest_hex(c->ask.digest));
	c->is_file = true;
	c->file = fd;
	if (has_tag(c->ask.none_match, tag))
		status = 304;
	else if (c->ask.range[0] && (!c->ask.if_range[0] || strcmp(c->ask.if_range, tag) == 0))
		status = ask_range(c->ask.range, size, &first, &bytes);
	if (status == 416 || status == 304)
		bytes = 0;
	put_head(c, status, bytes, "application/octet-stream");
	if (status == 206)
		buf_fmt(&c->out, "Content-Range: bytes %lld-%lld/%lld\r\n", (long long)first,
		    (long long)(first + bytes - 1), (long long)size);
	if (status == 416)
		buf_fmt(&c->out, "Content-Range: bytes */%lld\r\n", (long long)size);
	buf_fmt(&c->out, "Accept-Ranges: bytes\r\nETag: %s\r\n"
	    "Cache-Control: max-age=31536000, immutable\r\n\r\n", tag);
	c->at = (off_t)first;
	c->left = c->ask.is_head ? 0 : bytes;
	conn_answered(c);
}

static void
put_page_head(struct conn *c, int status, int64_t length, const char *type,
    const char *tag)
{
	put_head(c, status, length, type);
	buf_fmt(&c->out, "ETag: %s\r\nVary: Accept\r\nCache-Control: max-age=%lld\r\n\r\n", tag,
	    (long long)c->door->egress->limits[LIMIT_fresh_ms] / 1000);
}

static void
send_html(struct conn *c, const struct page *p, const char *tag)
{
	AUTO_BUF struct buf body = {0}, html = {0};
	struct err e;

	buf_init(&body, HTML_MAX);
	buf_init(&html, HTML_MAX);
	if (page_body(p, &body, &e) < 0 || pypi_html(body.at, body.len, &html, &e) < 0) {
		log_error("%s", e.text);
		serve_words(c, 502, "The page cannot be shown; try again.");
		return;
	}
	put_page_head(c, 200, (int64_t)html.len, "text/html; charset=utf-8", tag);
	if (!c->ask.is_head)
		buf_add(&c->out, html.at, html.len);
	conn_answered(c);
}

static void
send_page(struct conn *c, struct page *p)
{
	const char *type = c->ask.eco == ECOSYSTEM_pypi ?
	    "application/vnd.pypi.simple.v1+json" : "application/vnd.npm.install-v1+json";
	char tag[40];

	snprintf(tag, sizeof(tag), "\"%.31s%c\"", digest_hex(p->digest),
	    c->ask.form == FORM_HTML ? 'h' : 'j');
	if (has_tag(c->ask.none_match, tag)) {
		close(p->fd);
		put_page_head(c, 304, 0, type, tag);
		conn_answered(c);
		return;
	}
	if (c->ask.form == FORM_HTML) {
		send_html(c, p, tag);
		close(p->fd);
		return;
	}
	put_page_head(c, 200, (int64_t)p->body_bytes, type, tag);
	c->file = p->fd;
	c->at = p->body_at;
	c->left = c->ask.is_head ? 0 : (int64_t)p->body_bytes;
	conn_answered(c);
}

/* Before anything is asked of the world outside; false: it was answered. */
static bool
may_ask(struct conn *c, const char *key)
{
	enum limit over = door_limit(c->door);

	if (job_runs(c->door->egress, key))
		return true;
	if (over) {
		serve_words(c, limit_rows[over].status, limit_rows[over].words);
		return false;
	}
	door_asks(c->door);
	return true;
}

static void
ask_page(struct conn *c, const char *key)
{
	if (!may_ask(c, key))
		return;
	c->was_page_asked = true;
	job_wait_page(c->door->egress, &c->waiter, c->ask.eco, c->ask.name);
	conn_waits(c);
}

static bool
is_fresh(const struct blob *b)
{
	return b && b->fresh_until_ms > clock_boot_ms();
}

static void
serve_page(struct conn *c)
{
	struct cache *cache = c->door->egress->cache;
	char key[PAGE_KEY_SIZE];
	struct blob *b;
	struct page p;

	page_key(&ecosystems[c->ask.eco], c->ask.name, key);
	b = cache_find(cache, key);
	if (!is_fresh(b) && !c->was_page_asked)
		ask_page(c, key);
	else if (b && page_open(cache, b, &p)) {
		count_add(c->was_page_asked ? TOTAL_cache_miss : TOTAL_cache_hit, 1);
		send_page(c, &p);
	} else if (!c->was_page_asked)
		ask_page(c, key);
	else
		serve_words(c, 502, "The page was lost; try again.");
}

/*
 * Where the file is, from its package's page.  False: the connection was answered, or waits
 * for the page, which is asked for again where it does not know the file, and, for a file
 * that must be fetched, where it was not asked for since the start: it is then known where
 * the index is (fetch.c).
 */
static bool
find_link(struct conn *c, bool must_fetch, struct link *l)
{
	struct cache *cache = c->door->egress->cache;
	char key[PAGE_KEY_SIZE];
	struct blob *b;
	struct page p;
	bool is_known = false;

	page_key(&ecosystems[c->ask.eco], c->ask.name, key);
	b = cache_find(cache, key);
	if (b && (c->was_page_asked || b->is_asked || !must_fetch) &&
	    page_open(cache, b, &p)) {
		is_known = page_find(&p, c->ask.digest, l);
		close(p.fd);
		b = cache_find(cache, key);
	}
	if (is_known)
		return true;
	if (!c->was_page_asked && !(b && b->is_asked && is_fresh(b)))
		ask_page(c, key);
	else
		serve_words(c, 404, "The index knows no such file of this package.");
	return false;
}

static void
serve_file(struct conn *c)
{
	struct egress *g = c->door->egress;
	struct blob *b = cache_find(g->cache, c->ask.digest);
	struct link l;
	int fd;

	if (b && !b->is_checked && !c->ask.is_metadata && !c->was_checked) {
		c->was_checked = true;	/* nothing is asked of anybody for that */
		job_wait_file(g, &c->waiter, c->ask.eco, c->ask.digest, "");
		conn_waits(c);
		return;
	}
	l.url[0] = '\0';
	if ((c->ask.is_metadata || !b) && !find_link(c, !b, &l))
		return;
	if (c->ask.is_metadata) {
		if (!l.metadata[0] || strlen(l.url) + 10 > sizeof(l.url)) {
			serve_words(c, 404, "The index knows no metadata of this file.");
			return;
		}
		memcpy(c->ask.digest, l.metadata, sizeof(l.metadata));
		c->ask.is_metadata = false;
		memcpy(l.url + strlen(l.url), ".metadata", 10);
		b = cache_find(g->cache, c->ask.digest);
	}
	if (b && b->is_checked && (fd = cache_fd(g->cache, b)) >= 0) {
		count_add(c->was_file_asked ? TOTAL_cache_miss : TOTAL_cache_hit, 1);
		send_file(c, fd, b->size);
	} else if (c->was_file_asked) {
		serve_words(c, 502, "The file was lost; try again.");
	} else if (may_ask(c, c->ask.digest)) {
		c->was_file_asked = true;
		job_wait_file(g, &c->waiter, c->ask.eco, c->ask.digest, l.url);
		conn_waits(c);
	}
}

void
serve(struct conn *c)
{
	if (c->ask.what == ASK_PAGE)
		serve_page(c);
	else
		serve_file(c);
}
