#include <string.h>

#include "ecosystem.h"
#include "where.h"

const struct ecosystem ecosystems[ECOSYSTEMS] = {
#define ECOSYSTEM(name, setting, pages, files, kind, accept) \
	[ECOSYSTEM_##name] = {#name, pages, files, accept, kind, name##_clean, \
	    name##_address, name##_read},
#include "ecosystem.def"
#undef ECOSYSTEM
};

bool
ecosystem_is_filename(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > 255 || name[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] <= 0x20 || (unsigned char)name[i] >= 0x7f ||
		    strchr("/\\\"<>%?#&'", name[i]))
			return false;
	return true;
}

static void
add_encoded(struct buf *b, const char *s)
{
	for (; *s; s++)
		if (strchr("-._~!@", *s) || (*s >= '0' && *s <= '9') ||
		    (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z'))
			buf_char(b, *s);
		else
			buf_fmt(b, "%%%02X", (unsigned)(unsigned char)*s);
}

bool
ecosystem_link(const struct ecosystem *eco, const struct index_page *p,
    const char *digest, const char *metadata, const char *url, const char *filename,
    struct buf *links, struct buf *inner)
{
	char whole[URL_SIZE];

	if (!ecosystem_is_filename(filename) || !where_join(p->url, url, whole) ||
	    !where_may(whole, p->home))
		return false;
	buf_fmt(links, "%s %s %s\n", digest, metadata[0] ? metadata : "-", whole);
	buf_fmt(inner, "%s%s/%s/", eco->files, p->name, digest_hex(digest));
	add_encoded(inner, filename);
	return true;
}
