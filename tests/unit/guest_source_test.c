/*
 * Source trees as the guest reads them: what is refused, what is written, and that no
 * bytes at all make it read past its message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runner/guest/source.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"

static void
add(struct buf *b, const char *path, size_t path_len, const char *bytes, size_t n)
{
	pack_bytes(b, path, path_len);
	pack_bytes(b, bytes, n);
}

static int
parse(const struct buf *b, struct source *s, struct err *e)
{
	/* A copy of just this size, so that a sanitizer sees one byte too far. */
	AUTO_FREE char *exact = mem_new(b->len);

	memcpy(exact, b->at, b->len);
	return source_parse(s, "src/", exact, b->len, e);
}

static int
parse_path(const char *path, size_t n)
{
	AUTO_BUF struct buf b = {0};
	struct source s;
	struct err e;

	buf_init(&b, GUEST_PAYLOAD_MAX);
	pack_u32(&b, 1);
	add(&b, path, n, "x", 1);
	return parse(&b, &s, &e);
}

static void
paths(void **state)
{
	static const char *const good[] = {
	    "src/a", "src/LLMComponent.tsx", "src/a/b/c.d-e_f.ts", "src/a..b", "src/A9"};
	static const char *const bad[] = {"", "src", "src/", "/src/a", "src//a",
	    "src/./a", "src/../a", "src/..", "src/.a", "src/a/", "src/a/.b", "srcx/a",
	    "a", "src/a b", "src/a\\b", "src/\xc3\xa4", "src/a\n", "SRC/a", "./src/a"};
	char longest[SOURCE_PATH_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(parse_path(good[i], strlen(good[i])), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(parse_path(bad[i], strlen(bad[i])), -1);
	assert_int_equal(parse_path("src/a\0b", 7), -1);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "src/", 4);
	assert_int_equal(parse_path(longest, SOURCE_PATH_MAX), 0);
	assert_int_equal(parse_path(longest, SOURCE_PATH_MAX + 1), -1);
}

static void
clashes(void **state)
{
	static const struct {
		const char *a, *b;
		int result;
	} pairs[] = {
	    {"src/a", "src/a", -1},
	    {"src/a", "src/a/b", -1},
	    {"src/a/b", "src/a", -1},
	    {"src/a", "src/ab", 0},
	    {"src/a.ts", "src/a/b", 0},
	    {"src/a", "src/A", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		AUTO_BUF struct buf b = {0};
		struct source s;
		struct err e;

		buf_init(&b, GUEST_PAYLOAD_MAX);
		pack_u32(&b, 2);
		add(&b, pairs[i].a, strlen(pairs[i].a), "x", 1);
		add(&b, pairs[i].b, strlen(pairs[i].b), "y", 1);
		assert_int_equal(parse(&b, &s, &e), pairs[i].result);
	}
}

static int
parse_sizes(size_t files, size_t bytes_each)
{
	AUTO_BUF struct buf b = {0};
	AUTO_FREE char *bytes = mem_new(bytes_each);
	char path[32];
	struct source s;
	struct err e;

	buf_init(&b, 64u << 20);
	pack_u32(&b, (uint32_t)files);
	for (size_t i = 0; i < files; i++)
		add(&b, path, (size_t)snprintf(path, sizeof(path), "src/f%zu", i), bytes,
		    bytes_each);
	return parse(&b, &s, &e);
}

static void
limits(void **state)
{
	(void)state;
	assert_int_equal(parse_sizes(0, 0), -1);
	assert_int_equal(parse_sizes(1, 0), 0);
	assert_int_equal(parse_sizes(SOURCE_FILES_MAX, 10), 0);
	assert_int_equal(parse_sizes(SOURCE_FILES_MAX + 1, 10), -1);
	assert_int_equal(parse_sizes(1, SOURCE_FILE_BYTES), 0);
	assert_int_equal(parse_sizes(1, SOURCE_FILE_BYTES + 1), -1);
	assert_int_equal(parse_sizes(4, SOURCE_BYTES / 4), 0);
	assert_int_equal(parse_sizes(5, SOURCE_BYTES / 4), -1);
}

/* Every beginning of a good message, and the message with any one byte changed. */
static void
cut_and_changed(void **state)
{
	AUTO_BUF struct buf b = {0};
	struct source s;
	struct err e;
	size_t whole;

	(void)state;
	buf_init(&b, GUEST_PAYLOAD_MAX);
	pack_u32(&b, 2);
	add(&b, "src/a.ts", 8, "hello", 5);
	add(&b, "src/b/c.ts", 10, "", 0);
	whole = b.len;
	assert_int_equal(parse(&b, &s, &e), 0);
	assert_int_equal(s.count, 2);
	for (b.len = 0; b.len < whole; b.len++)
		assert_int_equal(parse(&b, &s, &e), -1);
	for (size_t i = 0; i < whole; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.at[i] ^= (char)(1 << bit);
			if (parse(&b, &s, &e) < 0)
				assert_int_equal(e.kind, ERR_INPUT);
			b.at[i] ^= (char)(1 << bit);
		}
	buf_char(&b, 'x');
	assert_int_equal(parse(&b, &s, &e), -1);
}

static void
written(void **state)
{
	char top[] = "/tmp/source.XXXXXX", dir[64], path[128];
	AUTO_BUF struct buf b = {0}, back = {0};
	struct source s;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/1", top);
	buf_init(&b, GUEST_PAYLOAD_MAX);
	buf_init(&back, 100);
	pack_u32(&b, 2);
	add(&b, "src/x/y/a.ts", 12, "one", 3);
	add(&b, "src/x/b.ts", 10, "two", 3);
	assert_int_equal(source_parse(&s, "src/", b.at, b.len, &e), 0);
	assert_int_equal(source_write(&s, dir, &e), 0);
	snprintf(path, sizeof(path), "%s/src/x/y/a.ts", dir);
	assert_int_equal(file_read(path, &back, &e), 0);
	assert_string_equal(back.at, "one");
	/* It must not be there already, and a link on the way is not followed. */
	assert_int_equal(source_write(&s, dir, &e), -1);
	assert_int_equal(file_remove_tree(dir, &e), 0);
	assert_int_equal(symlink("/tmp", dir), 0);
	assert_int_equal(source_write(&s, dir, &e), -1);
	assert_int_equal(file_remove_tree(top, &e), 0);
}

/* A notebook's files: anywhere, also none; missing ones are made, others left alone. */
static void
filled(void **state)
{
	char top[] = "/tmp/source.XXXXXX", path[128];
	AUTO_BUF struct buf b = {0}, back = {0};
	struct source s;
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(top));
	buf_init(&b, GUEST_PAYLOAD_MAX);
	buf_init(&back, 100);
	pack_u32(&b, 0);
	assert_int_equal(source_parse(&s, "", b.at, b.len, &e), 0);
	assert_int_equal(source_fill(&s, top, &e), 0);
	buf_reset(&b);
	pack_u32(&b, 4);
	add(&b, "notebook.py", 11, "new", 3);
	add(&b, "data/x/y.csv", 12, "1,2", 3);
	add(&b, "away/z", 6, "3", 1);
	add(&b, "link", 4, "4", 1);
	assert_int_equal(source_parse(&s, "src/", b.at, b.len, &e), -1);
	assert_int_equal(source_parse(&s, "", b.at, b.len, &e), 0);
	snprintf(path, sizeof(path), "%s/notebook.py", top);
	assert_int_equal(file_write(path, "old", 3, 0644, &e), 0);
	snprintf(path, sizeof(path), "%s/away", top);
	assert_int_equal(symlink("/tmp", path), 0);
	snprintf(path, sizeof(path), "%s/link", top);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(source_fill(&s, top, &e), 0);
	snprintf(path, sizeof(path), "%s/notebook.py", top);
	assert_int_equal(file_read(path, &back, &e), 0);
	snprintf(path, sizeof(path), "%s/data/x/y.csv", top);
	assert_int_equal(file_read(path, &back, &e), 0);
	assert_string_equal(back.at, "old1,2");
	snprintf(path, sizeof(path), "%s/nowhere", top);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access("/tmp/z", F_OK), -1);
	snprintf(path, sizeof(path), "%s/.carrel-new", top);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(source_fill(&s, "/nowhere", &e), -1);
	assert_int_equal(file_remove_tree(top, &e), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(clashes),
		cmocka_unit_test(limits),
		cmocka_unit_test(cut_and_changed),
		cmocka_unit_test(written),
		cmocka_unit_test(filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
