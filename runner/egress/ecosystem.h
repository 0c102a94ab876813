#ifndef EGRESS_ECOSYSTEM_H
#define EGRESS_ECOSYSTEM_H
/*
 * The kinds of packages, one line each in ecosystem.def.  All of it is pure: bytes in,
 * bytes out.
 *
 * An index's page becomes two things: the answer for those inside, whose links lead back
 * here, and the list of where the files really are, one line each:
 *	<checksum> <checksum of its metadata, or -> <address>\n
 * Only files whose checksum the index tells are in either.  Everything is written anew
 * from what was understood; nothing of the page is passed on as it came.
 */
#include "../../shared/base/buf.h"
#include "../../shared/base/err.h"
#include "../../shared/text/digest.h"
#include "../../shared/text/head.h"

#define NAME_SIZE 216		/* npm's names have at most 214 characters */
#define URL_SIZE 2048
#define INSIDE "http://127.0.0.1:3128"	/* where those inside reach us */

struct origin;

struct index_page {
	const char *name;	/* of the package, clean */
	const char *url;	/* where the page really came from */
	const char *type;	/* content type, lower case, without parameters */
	const char *at;
	size_t len;
	const struct origin *home;	/* where the setting points (where.h) */
};

struct ecosystem {
	const char *name, *pages, *files, *accept;
	enum digest_kind kind;
	/* The name as the index knows it; false if no package can be called that. */
	bool (*clean)(struct text part, char out[NAME_SIZE]);
	/* The page's address, below base (which ends with no slash). */
	void (*address)(const char *base, const char *name, struct buf *to);
	/* Adds to links and body; UPSTREAM where the page is none. */
	int (*read)(const struct index_page *p, struct buf *links, struct buf *body,
	    struct err *e);
};

enum ecosystem_id {
#define ECOSYSTEM(name, setting, pages, files, kind, accept) ECOSYSTEM_##name,
#include "ecosystem.def"
#undef ECOSYSTEM
	ECOSYSTEMS
};

extern const struct ecosystem ecosystems[ECOSYSTEMS];

#define ECOSYSTEM(name, setting, pages, files, kind, accept) \
	bool name##_clean(struct text part, char out[NAME_SIZE]); \
	void name##_address(const char *base, const char *name, struct buf *to); \
	int name##_read(const struct index_page *p, struct buf *links, struct buf *body, \
	    struct err *e);
#include "ecosystem.def"
#undef ECOSYSTEM

/* The page of pypi_read (JSON) as HTML, for clients that ask for that. */
int pypi_html(const char *body, size_t n, struct buf *to, struct err *e);
/* The same page as it comes from indexes that only speak HTML (anchor.c). */
int anchor_read(const struct index_page *p, struct buf *links, struct buf *body,
    struct err *e);

/* What both of PyPI's forms tell of a file. */
struct wheel {
	const char *filename, *url, *requires_python, *upload_time;	/* NULL: not told */
	const char *yanked;	/* NULL: no; "": without a reason */
	int64_t size;		/* −1: not told */
	char digest[DIGEST_SIZE], metadata[DIGEST_SIZE];	/* metadata: or "" */
};
/* Adds it; false where it is not fit to be offered. */
bool pypi_add(const struct index_page *p, const struct wheel *w, struct buf *links,
    struct buf *body);

/* For all: adds the line to links, and the address for those inside to inner. */
bool ecosystem_link(const struct ecosystem *eco, const struct index_page *p,
    const char *digest, const char *metadata, const char *url, const char *filename,
    struct buf *links, struct buf *inner);
/* A file's name that is one part of an address and nothing more. */
bool ecosystem_is_filename(const char *name);

#endif
