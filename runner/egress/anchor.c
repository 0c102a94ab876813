/* An index's page in HTML (PEP 503): its <a> elements. */
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/mem.h"
#include "ecosystem.h"
#include "walk.h"

#define TAG_MAX 16384

enum attribute { HREF, PYTHON, YANKED, METADATA, OLD_METADATA, ATTRIBUTES };

static const char *const attributes[ATTRIBUTES] = {
	[HREF] = "href", [PYTHON] = "data-requires-python", [YANKED] = "data-yanked",
	[METADATA] = "data-core-metadata", [OLD_METADATA] = "data-dist-info-metadata",
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The few references that occur in such pages; any other stays as it is. */
static char *
decoded(struct text t)
{
	static const struct {
		const char *name;
		char c;
	} all[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'},
	    {"&#39;", '\''}, {"&#x27;", '\''}, {"&#34;", '"'}, {"&#60;", '<'},
	    {"&#62;", '>'}, {"&#38;", '&'}};
	char *out = mem_new(t.len + 1);
	size_t n = 0, i = 0;

	while (i < t.len) {
		size_t k, used = 1;

		for (k = 0; k < COUNT(all); k++)
			if (text_starts((struct text){t.at + i, t.len - i}, all[k].name))
				break;
		if (k < COUNT(all))
			used = strlen(all[k].name);
		out[n++] = k < COUNT(all) ? all[k].c : t.at[i] ? t.at[i] : '?';
		i += used;
	}
	return out;
}

static const char *
skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* Where the tag that begins at at (behind its name) ends, quotes respected; or NULL. */
static const char *
tag_end(const char *at, const char *end)
{
	char quote = '\0';

	for (const char *stop = end - at > TAG_MAX ? at + TAG_MAX : end; at < stop; at++) {
		if (quote)
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at;
	}
	return NULL;
}

static void
read_attributes(const char *at, const char *end, char *found[ATTRIBUTES])
{
	while ((at = skip_space(at, end)) < end) {
		struct text name = {at, 0}, value = {"", 0};

		while (at < end && !is_space(*at) && *at != '=')
			at++;
		name.len = (size_t)(at - name.at);
		at = skip_space(at, end);
		if (at < end && *at == '=') {
			at = skip_space(at + 1, end);
			if (at < end && (*at == '"' || *at == '\'')) {
				const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));

				value = (struct text){at + 1, (size_t)((close ? close : end) - at - 1)};
				at = close ? close + 1 : end;
			} else {
				value.at = at;
				while (at < end && !is_space(*at))
					at++;
				value.len = (size_t)(at - value.at);
			}
		}
		for (int i = 0; i < ATTRIBUTES; i++)
			if (!found[i] && text_is(name, attributes[i]))
				found[i] = decoded(value);
	}
}

static bool
read_checksum(const char *text, char out[DIGEST_SIZE])
{
	return text && strncmp(text, "sha256=", 7) == 0 &&
	    digest_from_hex(DIGEST_SHA256, text + 7, strcspn(text + 7, "&"), out);
}

static void
offer(const struct index_page *p, char *found[ATTRIBUTES], struct text name,
    struct buf *links, struct buf *body)
{
	AUTO_FREE char *filename = decoded(text_trim(name));
	struct wheel w = {.filename = filename, .url = found[HREF], .size = -1,
	    .requires_python = found[PYTHON], .yanked = found[YANKED]};
	char *hash = strrchr(found[HREF], '#');

	if (!hash || !read_checksum(hash + 1, w.digest))
		return;
	*hash = '\0';
	if (!read_checksum(found[METADATA], w.metadata) &&
	    !read_checksum(found[OLD_METADATA], w.metadata))
		w.metadata[0] = '\0';
	pypi_add(p, &w, links, body);
}

static struct text
trimmed(const char *at, const char *end)
{
	at = skip_space(at, end);
	while (end > at && is_space(end[-1]))
		end--;
	return (struct text){at, (size_t)(end - at)};
}

int
anchor_read(const struct index_page *p, struct buf *links, struct buf *body,
    struct err *e)
{
	const char *at = p->at, *end = p->at + p->len;
	bool is_page = false;

	while ((at = memchr(at, '<', (size_t)(end - at)))) {
		char *found[ATTRIBUTES] = {NULL};
		const char *close, *next;

		at++;
		is_page = true;
		if (end - at < 2 || (*at != 'a' && *at != 'A') || !is_space(at[1]))
			continue;
		close = tag_end(at, end);
		next = close ? memchr(close, '<', (size_t)(end - close)) : NULL;
		if (!next)
			break;
		read_attributes(at + 1, close, found);
		if (found[HREF])
			offer(p, found, trimmed(close + 1, next), links, body);
		for (int i = 0; i < ATTRIBUTES; i++)
			free(found[i]);
		at = next;
	}
	return is_page ? 0 : err_set(e, ERR_UPSTREAM, "The index's page is no HTML.");
}
