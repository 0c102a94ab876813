#include <stdio.h>
#include <string.h>

#include "../../shared/text/html.h"
#include "ecosystem.h"
#include "walk.h"

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* PEP 503: lower case, and a run of - _ . is one "-". */
bool
pypi_clean(struct text part, char out[NAME_SIZE])
{
	size_t n = 0;

	if (!part.len || !is_alnum(part.at[0]) || !is_alnum(part.at[part.len - 1]))
		return false;
	for (size_t i = 0; i < part.len; i++) {
		char c = part.at[i];

		if (n == NAME_SIZE - 1)
			return false;
		if (c >= 'A' && c <= 'Z')
			out[n++] = (char)(c + 32);
		else if (is_alnum(c))
			out[n++] = c;
		else if (c != '-' && c != '_' && c != '.')
			return false;
		else if (out[n - 1] != '-')
			out[n++] = '-';
	}
	out[n] = '\0';
	return true;
}

void
pypi_address(const char *base, const char *name, struct buf *to)
{
	buf_fmt(to, "%s/%s/", base, name);
}

bool
pypi_add(const struct index_page *p, const struct wheel *w, struct buf *links,
    struct buf *body)
{
	AUTO_BUF struct buf inner = {0};

	buf_init(&inner, URL_SIZE);
	if (!ecosystem_link(&ecosystems[ECOSYSTEM_pypi], p, w->digest, w->metadata, w->url,
	    w->filename, links, &inner))
		return false;
	json_open(body, '{');
	json_put_text(body, "filename", w->filename);
	json_put_text(body, "url", inner.at);
	json_key(body, "hashes");
	json_open(body, '{');
	json_put_text(body, "sha256", digest_hex(w->digest));
	json_close(body, '}');
	if (w->requires_python)
		json_put_text(body, "requires-python", w->requires_python);
	if (w->size >= 0)
		json_put_int(body, "size", w->size);
	if (w->upload_time)
		json_put_text(body, "upload-time", w->upload_time);
	if (w->yanked && w->yanked[0])
		json_put_text(body, "yanked", w->yanked);
	else if (w->yanked)
		json_put_bool(body, "yanked", true);
	if (w->metadata[0]) {
		json_key(body, "core-metadata");
		json_open(body, '{');
		json_put_text(body, "sha256", digest_hex(w->metadata));
		json_close(body, '}');
	}
	json_close(body, '}');
	return true;
}

static bool
read_sha256(const cJSON *hashes, char out[DIGEST_SIZE])
{
	const char *hex = json_get_words(hashes, "sha256");

	return digest_from_hex(DIGEST_SHA256, hex, strlen(hex), out);
}

static void
read_file(const struct index_page *p, struct text value, struct buf *links,
    struct buf *body)
{
	struct err e;
	AUTO_JSON cJSON *f = json_parse(value.at, value.len, &e);
	const cJSON *yanked = json_get(f, "yanked"), *metadata = json_get(f, "core-metadata");
	struct wheel w = {
		.filename = json_get_text(f, "filename"), .url = json_get_text(f, "url"),
		.requires_python = json_get_text(f, "requires-python"),
		.upload_time = json_get_text(f, "upload-time"),
		.size = json_get_int(f, "size", -1),
	};

	if (!w.filename || !w.url || !read_sha256(json_get(f, "hashes"), w.digest))
		return;
	if (!cJSON_IsObject(metadata))
		metadata = json_get(f, "dist-info-metadata");
	if (!read_sha256(metadata, w.metadata))
		w.metadata[0] = '\0';
	if (cJSON_IsString(yanked))
		w.yanked = yanked->valuestring;
	else if (cJSON_IsTrue(yanked))
		w.yanked = "";
	pypi_add(p, &w, links, body);
}

int
pypi_read(const struct index_page *p, struct buf *links, struct buf *body, struct err *e)
{
	struct text key, value, file;
	struct walk all, files;
	bool has_files = false;

	json_open(body, '{');
	json_key(body, "meta");
	json_raw(body, "{\"api-version\":\"1.0\"}");
	json_put_text(body, "name", p->name);
	json_key(body, "files");
	json_open(body, '[');
	if (strstr(p->type, "html")) {
		if (anchor_read(p, links, body, e) < 0)
			return -1;
	} else {
		if (!walk_open(&all, (struct text){p->at, p->len}))
			return err_set(e, ERR_UPSTREAM, "The index's page is no JSON.");
		while (walk_next(&all, &key, &value)) {
			if (!walk_key_is(key, "files") || has_files)
				continue;
			has_files = walk_open(&files, value);
			while (has_files && walk_next(&files, &key, &file))
				read_file(p, file, links, body);
			all.is_bad |= files.is_bad;
		}
		if (all.is_bad || !has_files)
			return err_set(e, ERR_UPSTREAM, "The index's page is not as it should be.");
	}
	json_close(body, ']');
	json_close(body, '}');
	return 0;
}

static void
put_attribute(struct buf *to, const char *name, const char *value)
{
	if (!value)
		return;
	buf_fmt(to, " %s=\"", name);
	html_escape(to, value, strlen(value));
	buf_char(to, '"');
}

static void
put_anchor(struct buf *to, const cJSON *f)
{
	const cJSON *yanked = json_get(f, "yanked");
	const char *metadata = json_get_text(json_get(f, "core-metadata"), "sha256");
	const char *name = json_get_words(f, "filename");

	buf_fmt(to, "<a href=\"%s#sha256=%s\"", json_get_words(f, "url"),
	    json_get_words(json_get(f, "hashes"), "sha256"));
	put_attribute(to, "data-requires-python", json_get_text(f, "requires-python"));
	if (yanked)
		put_attribute(to, "data-yanked",
		    cJSON_IsString(yanked) ? yanked->valuestring : "");
	if (metadata)
		buf_fmt(to, " data-core-metadata=\"sha256=%s\""
		    " data-dist-info-metadata=\"sha256=%s\"", metadata, metadata);
	buf_char(to, '>');
	html_escape(to, name, strlen(name));
	buf_str(to, "</a><br>\n");
}

int
pypi_html(const char *body, size_t n, struct buf *to, struct err *e)
{
	struct text key, value, file;
	struct walk all, files;

	buf_str(to, "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" "
	    "content=\"1.0\"><title>Links</title></head><body>\n");
	walk_open(&all, (struct text){body, n});
	while (walk_next(&all, &key, &value)) {
		if (!walk_key_is(key, "files") || !walk_open(&files, value))
			continue;
		while (walk_next(&files, &key, &file)) {
			AUTO_JSON cJSON *f = json_parse(file.at, file.len, e);

			if (f)
				put_anchor(to, f);
		}
	}
	buf_str(to, "</body></html>\n");
	return all.is_bad ? err_set(e, ERR_INTERNAL, "a page of ours is no JSON") : 0;
}
