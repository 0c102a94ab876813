#ifndef EGRESS_PAGE_H
#define EGRESS_PAGE_H
/*
 * An index's page as it is kept: one blob with the answer for those inside, and the list of
 * where its files are (ecosystem.h).
 */
#include <sys/types.h>

#include "cache.h"
#include "ecosystem.h"

#define PAGE_KEY_SIZE (5 + DIGEST_SIZE)
#define ETAG_SIZE 200

struct page {
	int fd;
	char etag[ETAG_SIZE];		/* the index's own; "" */
	char digest[DIGEST_SIZE];	/* of all below the first line */
	off_t links_at, body_at;
	size_t links_bytes, body_bytes;
};

struct link {
	char url[URL_SIZE];
	char metadata[DIGEST_SIZE];	/* "": none */
};

/* The blob's name. */
void page_key(const struct ecosystem *eco, const char *name, char out[PAGE_KEY_SIZE]);
/* False where there is none; one that is damaged is removed.  The caller closes fd. */
bool page_open(struct cache *c, struct blob *b, struct page *p);
/* The index's etag of a page, "" where there is no page. */
void page_etag(struct cache *c, const char *key, char out[ETAG_SIZE]);
bool page_find(const struct page *p, const char *digest, struct link *l);
/* The answer itself. */
int page_body(const struct page *p, struct buf *to, struct err *e);
struct blob *page_keep(struct cache *c, const char *key, const char *etag,
    const struct buf *links, const struct buf *body, struct err *e);
/* Reads the first line (NUL-terminated, without its end); false where it is none of ours.
 * links_at is then where the line ends plus the etag's length. */
bool page_read_head(const char *line, size_t size, struct page *p);

#endif
