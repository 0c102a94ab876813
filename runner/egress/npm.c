#include <string.h>

#include "ecosystem.h"
#include "walk.h"

#define SCOPE "%2f"

static bool
is_part(const char *at, size_t n)
{
	if (!n || at[0] == '.' || at[0] == '_')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'z') ||
		    (at[i] >= 'A' && at[i] <= 'Z') || (at[i] && strchr("-._~", at[i]))))
			return false;
	return true;
}

/* "name" or "@scope/name"; in addresses the slash may be written %2f. */
bool
npm_clean(struct text part, char out[NAME_SIZE])
{
	size_t n = 0;
	char *slash;

	for (size_t i = 0; i < part.len; i++) {
		struct text rest = {part.at + i, part.len - i};

		if (n == NAME_SIZE - 1)
			return false;
		if (text_starts(rest, SCOPE)) {
			out[n++] = '/';
			i += strlen(SCOPE) - 1;
		} else {
			out[n++] = part.at[i];
		}
	}
	out[n] = '\0';
	if (out[0] != '@')
		return is_part(out, n);
	slash = strchr(out, '/');
	return slash && is_part(out + 1, (size_t)(slash - out - 1)) &&
	    is_part(slash + 1, n - (size_t)(slash + 1 - out));
}

void
npm_address(const char *base, const char *name, struct buf *to)
{
	const char *slash = strchr(name, '/');

	buf_fmt(to, "%s/", base);
	if (slash)
		buf_fmt(to, "%.*s%s%s", (int)(slash - name), name, SCOPE, slash + 1);
	else
		buf_str(to, name);
}

static bool
read_integrity(const char *text, char out[DIGEST_SIZE])
{
	const char *at = strstr(text, "sha512-");

	return at && digest_from_base64(DIGEST_SHA512, at + 7, strcspn(at + 7, " ?"), out);
}

/* A version as it came, but for where its file is. */
static void
read_version(const struct index_page *p, struct text key, struct text value,
    struct buf *links, struct buf *body)
{
	AUTO_JSON cJSON *name = json_parse(key.at, key.len, NULL);
	AUTO_JSON cJSON *v = json_parse(value.at, value.len, NULL);
	cJSON *dist = (cJSON *)(uintptr_t)json_get(v, "dist");
	const char *url = json_get_words(dist, "tarball"), *file = strrchr(url, '/');
	AUTO_BUF struct buf inner = {0};
	char digest[DIGEST_SIZE], *text;

	buf_init(&inner, URL_SIZE);
	buf_str(&inner, INSIDE);
	if (!cJSON_IsString(name) || !file ||
	    !read_integrity(json_get_words(dist, "integrity"), digest) ||
	    !ecosystem_link(&ecosystems[ECOSYSTEM_npm], p, digest, "", url, file + 1, links,
	    &inner))
		return;
	cJSON_ReplaceItemInObjectCaseSensitive(dist, "tarball", cJSON_CreateString(inner.at));
	text = cJSON_PrintUnformatted(v);
	if (!text)
		return;
	json_key(body, name->valuestring);
	json_raw(body, text);
	cJSON_free(text);
}

static void
read_versions(const struct index_page *p, struct walk *w, struct buf *links,
    struct buf *body)
{
	struct text key, value;

	json_key(body, "versions");
	json_open(body, '{');
	while (walk_next(w, &key, &value))
		read_version(p, key, value, links, body);
	json_close(body, '}');
}

static void
copy_member(const char *name, struct text value, struct buf *body)
{
	AUTO_JSON cJSON *v = json_parse(value.at, value.len, NULL);
	char *text = v ? cJSON_PrintUnformatted(v) : NULL;

	if (!text)
		return;
	json_key(body, name);
	json_raw(body, text);
	cJSON_free(text);
}

int
npm_read(const struct index_page *p, struct buf *links, struct buf *body, struct err *e)
{
	bool has_versions = false, has_tags = false;
	struct text key, value;
	struct walk all, versions = {.is_bad = false};

	if (!walk_open(&all, (struct text){p->at, p->len}))
		return err_set(e, ERR_UPSTREAM, "The registry's page is no JSON.");
	json_open(body, '{');
	json_put_text(body, "name", p->name);
	while (walk_next(&all, &key, &value)) {
		if (walk_key_is(key, "dist-tags") && !has_tags) {
			has_tags = true;
			copy_member("dist-tags", value, body);
		} else if (walk_key_is(key, "versions") && !has_versions) {
			has_versions = value.at[0] == '{' && walk_open(&versions, value);
			if (has_versions)
				read_versions(p, &versions, links, body);
		}
	}
	json_close(body, '}');
	if (all.is_bad || versions.is_bad || !has_versions)
		return err_set(e, ERR_UPSTREAM, "The registry's page is not as it should be.");
	return 0;
}
