#ifndef EGRESS_CACHE_H
#define EGRESS_CACHE_H
/*
 * What was downloaded, in one folder that only we write: files under their checksum, pages
 * of indexes under the checksum of their package's name.  Least recently used goes first.
 *
 * A name appears by rename, when what it names is whole; so a kill at any point leaves at
 * most a temporary file, which the next start removes.  Nothing is synced to disk: a power
 * cut may leave a file with other bytes, and that is found, because whoever uses a blob for
 * the first time after a start looks at all of it before is_checked is set.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/base/err.h"

struct cache;

struct blob {
	struct blob *next;		/* in its bucket */
	int64_t size, used_ms;		/* wall time */
	int64_t fresh_until_ms;		/* boot time; of a page */
	bool is_asked;			/* a page: its index was asked since the start */
	bool is_checked;
	char name[];
};

/* A download under way. */
struct part {
	struct cache *cache;
	int fd;				/* −1: none */
	char name[32];
	int64_t size;
};

/* Takes up what is there.  most_bytes: in all. */
struct cache *cache_open(const char *folder, int64_t most_bytes, struct err *e);
void cache_close(struct cache *c);
/* NULL: it is not there.  Valid until the loop's next round at most. */
struct blob *cache_find(struct cache *c, const char *name);
/* Opens it for reading, and counts it as used; −1: it is not (or not as it was), and gone. */
int cache_fd(struct cache *c, struct blob *b);
void cache_drop(struct cache *c, struct blob *b);
int64_t cache_bytes(const struct cache *c);
int cache_count(const struct cache *c);

int part_open(struct cache *c, struct part *p, struct err *e);
/* FULL where it does not fit, even with all else removed. */
int part_write(struct part *p, const void *bytes, size_t n, struct err *e);
/* It is whole, and is called name from now on; the part is over either way. */
struct blob *part_keep(struct part *p, const char *name, struct err *e);
void part_drop(struct part *p);		/* safe on one that is over */

#endif
