/* Pages of indexes: what is understood, what is left out, and how they are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runner/egress/page.h"
#include "../../runner/egress/walk.h"
#include "../../runner/egress/where.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct origin home;
static struct buf links, body;

static int
read_page(const char *type, const char *text)
{
	struct index_page p = {.name = "a", .url = "https://index.example/simple/a/",
	    .type = type, .at = text, .len = strlen(text), .home = &home};
	struct err e;

	assert_int_equal(where_origin("https://index.example/simple", &home, &e), 0);
	buf_free(&links);
	buf_free(&body);
	buf_init(&links, 1 << 20);
	buf_init(&body, 1 << 20);
	return pypi_read(&p, &links, &body, &e);
}

static int
count_files(void)
{
	struct err e;
	AUTO_JSON cJSON *j = json_parse(body.at, body.len, &e);

	assert_non_null(j);
	return cJSON_GetArraySize(json_get(j, "files"));
}

#define FILE_(name, url, hash, more) "{\"filename\":\"" name "\",\"url\":\"" url \
	"\",\"hashes\":{\"sha256\":\"" hash "\"}" more "}"

static void
only_what_is_fit_is_offered(void **state)
{
	static const struct {
		const char *file;
		int count;
	} cases[] = {
		{FILE_("a-1.whl", "x/a-1.whl", HEX, ""), 1},
		{FILE_("a-1.whl", "https://files.example/a", HEX, ",\"yanked\":true"), 1},
		{FILE_("a-1.whl", "http://files.example/a", HEX, ""), 0},
		{FILE_("a-1.whl", "ftp://files.example/a", HEX, ""), 0},
		{FILE_("../a", "x", HEX, ""), 0}, {FILE_("", "x", HEX, ""), 0},
		{FILE_("a b", "x", HEX, ""), 0}, {FILE_("a\\u0000b", "x", HEX, ""), 0},
		{FILE_("a.whl", "x", "12", ""), 0},
		{FILE_("a.whl", "x", HEX, ",\"filename\":\"b\""), 0},
		{"{\"filename\":\"a\",\"url\":\"x\",\"hashes\":{\"md5\":\"1\"}}", 0},
		{"7", 0}, {"null", 0}, {"[[[]]]", 0},
	};
	char text[2000];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(text, sizeof(text), "{\"x\":[{\"files\":1}],\"files\": [ %s , %s]}",
		    cases[i].file, FILE_("b", "y", HEX, ""));
		assert_int_equal(read_page("application/json", text), 0);
		if (count_files() != cases[i].count + 1)
			fail_msg("%s: %s", cases[i].file, body.at);
	}
}

static void
what_is_no_page_is_refused(void **state)
{
	static const char *const all[] = {"", "x", "[]", "{}", "{\"files\":1}",
	    "{\"files\":[1}", "{\"files\":[1 ", "{\"files\":[1,]}", "{\"files\":[,1]}",
	    "{\"files\":[\"\\", "{\"files\":[]", "{\"files\":[] \"a\":1}", "{files:[]}"};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++)
		if (read_page("application/json", all[i]) == 0)
			fail_msg("%s gave %s", all[i], body.at);
	assert_int_equal(read_page("text/html", "no page at all"), -1);
}

static void
anchors_are_read(void **state)
{
	struct err e;
	AUTO_BUF struct buf html = {0};

	(void)state;
	assert_int_equal(read_page("text/html", "<html><a>none</a><A class=x HREF='../a-1.whl"
	    "#sha256=" HEX "' data-requires-python=\"&gt;=3 &amp; x\" data-yanked "
	    "data-dist-info-metadata=sha256=" HEX ">\n a-1.whl </a>"
	    "<a href=\"b#md5=1\">b</a><a href=\"c"), 0);
	assert_int_equal(count_files(), 1);
	assert_string_equal(links.at, "sha256-" HEX " sha256-" HEX
	    " https://index.example/simple/a-1.whl\n");
	assert_non_null(strstr(body.at, "\"requires-python\":\">=3 & x\""));
	assert_non_null(strstr(body.at, "\"yanked\":true"));
	buf_init(&html, 10000);
	assert_int_equal(pypi_html(body.at, body.len, &html, &e), 0);
	assert_non_null(strstr(html.at, "<a href=\"/pypi/files/a/" HEX "/a-1.whl#sha256=" HEX
	    "\" data-requires-python=\"&gt;=3 &amp; x\" data-yanked=\"\""));
}

static struct cache *
open_cache(char folder[64], int64_t bytes)
{
	struct cache *c;
	struct err e;

	if (!folder[0]) {
		snprintf(folder, 64, "/tmp/carrel-cache-XXXXXX");
		assert_non_null(mkdtemp(folder));
	}
	c = cache_open(folder, bytes, &e);
	assert_non_null(c);
	return c;
}

static struct blob *
keep(struct cache *c, const char *name, size_t bytes)
{
	AUTO_FREE char *zeros = mem_new(bytes);
	struct part p;
	struct err e;

	assert_int_equal(part_open(c, &p, &e), 0);
	if (part_write(&p, zeros, bytes, &e) < 0) {
		assert_int_equal(e.kind, ERR_FULL);
		part_drop(&p);
		return NULL;
	}
	return part_keep(&p, name, &e);
}

static void
the_cache_is_bounded_and_survives(void **state)
{
	char folder[64] = "", path[100];
	struct cache *c = open_cache(folder, 1000);
	struct part left;
	struct err e;
	int fd;

	(void)state;
	keep(c, "a", 400)->used_ms = 1;
	keep(c, "b", 400)->used_ms = 2;
	assert_non_null(keep(c, "c", 400));
	assert_null(cache_find(c, "a"));
	assert_non_null(cache_find(c, "b"));
	assert_null(keep(c, "d", 1001));
	assert_int_equal(cache_bytes(c), 0);	/* all went for it, and it did not fit */
	assert_non_null(keep(c, "e", 300));
	assert_int_equal(part_open(c, &left, &e), 0);
	assert_int_equal(part_write(&left, "x", 1, &e), 0);
	assert_int_equal(cache_bytes(c), 301);
	close(left.fd);		/* as a kill would */
	cache_close(c);
	c = open_cache(folder, 1000);
	assert_int_equal(cache_count(c), 1);
	assert_int_equal(cache_bytes(c), 300);
	assert_false(cache_find(c, "e")->is_checked);
	snprintf(path, sizeof(path), "%s/e", folder);
	assert_int_equal(truncate(path, 10), 0);
	fd = cache_fd(c, cache_find(c, "e"));
	assert_int_equal(fd, -1);
	assert_null(cache_find(c, "e"));
	cache_close(c);
	file_remove_tree(folder, &e);
}

static void
pages_are_kept_whole(void **state)
{
	char folder[64] = "", path[300], key[PAGE_KEY_SIZE];
	struct cache *c = open_cache(folder, 1 << 20);
	struct link l;
	struct page p;
	struct err e;
	FILE *f;

	(void)state;
	assert_int_equal(read_page("application/json", "{\"files\":["
	    FILE_("a-1.whl", "x", HEX, ",\"core-metadata\":{\"sha256\":\"" HEX "\"}") "]}"), 0);
	page_key(&ecosystems[ECOSYSTEM_pypi], "a", key);
	assert_non_null(page_keep(c, key, "\"tag 1\"", &links, &body, &e));
	cache_close(c);
	c = open_cache(folder, 1 << 20);
	assert_true(page_open(c, cache_find(c, key), &p));
	assert_string_equal(p.etag, "\"tag 1\"");
	assert_true(page_find(&p, "sha256-" HEX, &l));
	assert_string_equal(l.url, "https://index.example/simple/a/x");
	assert_string_equal(l.metadata, "sha256-" HEX);
	assert_false(page_find(&p, "sha256-f" HEX, &l));
	close(p.fd);
	cache_close(c);
	snprintf(path, sizeof(path), "%s/%s", folder, key);
	f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, -3, SEEK_END);
	fputc('#', f);
	fclose(f);
	c = open_cache(folder, 1 << 20);
	assert_false(page_open(c, cache_find(c, key), &p));
	assert_null(cache_find(c, key));
	cache_close(c);
	file_remove_tree(folder, &e);
	buf_free(&links);
	buf_free(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_fit_is_offered),
		cmocka_unit_test(what_is_no_page_is_refused),
		cmocka_unit_test(anchors_are_read),
		cmocka_unit_test(the_cache_is_bounded_and_survives),
		cmocka_unit_test(pages_are_kept_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
