#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "page.h"

#define HEAD_SIZE 256
#define PAGE_MAX (256u << 20)
#define VERSION "carrel-page-1"

void
page_key(const struct ecosystem *eco, const char *name, char out[PAGE_KEY_SIZE])
{
	char digest[DIGEST_SIZE];
	struct digest d;

	digest_start(&d, DIGEST_SHA256);
	digest_add(&d, eco->name, strlen(eco->name) + 1);
	digest_add(&d, name, strlen(name));
	digest_end(&d, digest);
	snprintf(out, PAGE_KEY_SIZE, "page-%s", digest_hex(digest));
}

bool
page_read_head(const char *line, size_t size, struct page *p)
{
	size_t etag, links, body;
	char digest[DIGEST_SIZE];
	enum digest_kind kind;
	int used = 0;

	if (sscanf(line, VERSION " %9zu %9zu %9zu %135s%n", &etag, &links, &body, digest,
	    &used) != 4 || line[used] || etag >= ETAG_SIZE ||
	    !digest_is_valid(digest, &kind) || kind != DIGEST_SHA256 ||
	    size != (size_t)used + 1 + etag + links + body)
		return false;
	memcpy(p->digest, digest, sizeof(digest));
	p->links_at = (off_t)((size_t)used + 1 + etag);
	p->links_bytes = links;
	p->body_at = p->links_at + (off_t)links;
	p->body_bytes = body;
	return true;
}

static int
read_at(int fd, off_t at, size_t n, struct buf *to, struct err *e)
{
	char *room = buf_room(to, n);

	while (room && n) {
		ssize_t got = pread(fd, room, n, at);

		if (got <= 0)
			return err_sys(e, "read a page");
		buf_grew(to, (size_t)got);
		room += got;
		at += got;
		n -= (size_t)got;
	}
	return room ? 0 : err_set(e, ERR_LIMIT, "a page is too large");
}

static bool
is_whole(const struct page *p, off_t from, size_t n)
{
	AUTO_BUF struct buf all = {0};
	char digest[DIGEST_SIZE];
	struct digest d;

	buf_init(&all, PAGE_MAX);
	if (read_at(p->fd, from, n, &all, NULL) < 0)
		return false;
	digest_start(&d, DIGEST_SHA256);
	digest_add(&d, all.at, all.len);
	digest_end(&d, digest);
	return strcmp(digest, p->digest) == 0;
}

static bool
read_page(struct blob *b, struct page *p)
{
	char head[HEAD_SIZE + ETAG_SIZE];
	ssize_t n = pread(p->fd, head, sizeof(head) - 1, 0);
	char *end = n > 0 ? memchr(head, '\n', (size_t)n) : NULL;
	size_t etag;

	if (!end)
		return false;
	head[n] = '\0';
	*end = '\0';
	if (!page_read_head(head, (size_t)b->size, p))
		return false;
	etag = (size_t)p->links_at - (size_t)(end + 1 - head);
	snprintf(p->etag, sizeof(p->etag), "%.*s", (int)etag, end + 1);
	if (!b->is_checked)
		b->is_checked = is_whole(p, end + 1 - head,
		    (size_t)b->size - (size_t)(end + 1 - head));
	return b->is_checked;
}

bool
page_open(struct cache *c, struct blob *b, struct page *p)
{
	*p = (struct page){.fd = cache_fd(c, b)};
	if (p->fd < 0)
		return false;
	if (read_page(b, p))
		return true;
	log_warn("%s is damaged: removed", b->name);
	cache_drop(c, b);
	close(p->fd);
	p->fd = -1;
	return false;
}

void
page_etag(struct cache *c, const char *key, char out[ETAG_SIZE])
{
	struct blob *b = cache_find(c, key);
	struct page p;

	out[0] = '\0';
	if (!b || !page_open(c, b, &p))
		return;
	memcpy(out, p.etag, ETAG_SIZE);
	close(p.fd);
}

bool
page_find(const struct page *p, const char *digest, struct link *l)
{
	AUTO_BUF struct buf links = {0};
	size_t n = strlen(digest);
	char *line, *end;

	buf_init(&links, PAGE_MAX);
	if (!p->links_bytes || read_at(p->fd, p->links_at, p->links_bytes, &links, NULL) < 0)
		return false;
	for (line = links.at; (end = strchr(line, '\n')); line = end + 1) {
		int used = 0;

		*end = '\0';
		if (strncmp(line, digest, n) != 0 || line[n] != ' ' ||
		    sscanf(line + n + 1, "%135s%n", l->metadata, &used) != 1 ||
		    line[n + 1 + (size_t)used] != ' ')
			continue;
		if (strcmp(l->metadata, "-") == 0)
			l->metadata[0] = '\0';
		return (size_t)snprintf(l->url, sizeof(l->url), "%s",
		    line + n + 2 + used) < sizeof(l->url);
	}
	return false;
}

int
page_body(const struct page *p, struct buf *to, struct err *e)
{
	return read_at(p->fd, p->body_at, p->body_bytes, to, e);
}

struct blob *
page_keep(struct cache *c, const char *key, const char *etag, const struct buf *links,
    const struct buf *body, struct err *e)
{
	char digest[DIGEST_SIZE], head[HEAD_SIZE];
	struct digest d;
	struct part p;
	int n;

	digest_start(&d, DIGEST_SHA256);
	digest_add(&d, etag, strlen(etag));
	digest_add(&d, links->at, links->len);
	digest_add(&d, body->at, body->len);
	digest_end(&d, digest);
	n = snprintf(head, sizeof(head), VERSION " %zu %zu %zu %s\n", strlen(etag),
	    links->len, body->len, digest);
	if (part_open(c, &p, e) < 0)
		return NULL;
	if (part_write(&p, head, (size_t)n, e) < 0 ||
	    part_write(&p, etag, strlen(etag), e) < 0 ||
	    part_write(&p, links->at, links->len, e) < 0 ||
	    part_write(&p, body->at, body->len, e) < 0) {
		part_drop(&p);
		return NULL;
	}
	return part_keep(&p, key, e);
}
