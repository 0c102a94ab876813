/* What keep takes of a guest as a frozen app, and how it comes to the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/keep/frozen.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/pack.h"

#define KEY "0123456789abcdef"
#define ID "aaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct frozen_app app;

static void
put(struct buf *b, const char *path, const char *text)
{
	pack_bytes(b, path, strlen(path));
	pack_bytes(b, text, strlen(text));
}

static void
start(struct buf *b, uint32_t count, const char *key)
{
	buf_init(b, GUEST_PAYLOAD_MAX);
	pack_u32(b, count);
	pack_bytes(b, key, strlen(key));
}

static int
parse(const struct buf *b, struct err *e)
{
	return frozen_parse(&app, b->at, b->len, e);
}

/* A page and one more file of that path. */
static int
parse_path(const char *path)
{
	AUTO_BUF struct buf b = {0};
	struct err e;

	start(&b, 2, KEY);
	put(&b, "index.html", "<p>");
	put(&b, path, "x");
	return parse(&b, &e);
}

static void
takes_what_an_app_is(void **state)
{
	AUTO_BUF struct buf b = {0};
	struct err e;

	(void)state;
	start(&b, 3, KEY);
	put(&b, "index.html", "<p>");
	put(&b, "assets/app-a1_B.js", "let a");
	put(&b, "assets/app-a1_B.js.gz", "z");
	assert_int_equal(parse(&b, &e), 0);
	assert_int_equal(app.count, 3);
	assert_int_equal(app.bytes, 9);
	assert_string_equal(app.packages, KEY);
	assert_string_equal(app.files[1].path, "assets/app-a1_B.js");
}

static void
refuses_other_paths(void **state)
{
	static const char *const paths[] = {"", "/", "index.html", "assets", "assets/",
	    "assets/.x", "assets/..", "assets/../x", "assets/a/b.js", "assets//a.js", "/assets/a.js",
	    "../assets/a.js", "other/a.js", "assets/a b.js", "assets/a\n.js", "assets/a%2e.js",
	    "assets/\xc3\xa9.js", "Assets/a.js", "index.html/a", "assets\\a.js"};
	char longest[FROZEN_NAME_MAX + 20] = "assets/";

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		if (parse_path(paths[i]) == 0)
			fail_msg("%s was taken", paths[i]);
	memset(longest + 7, 'a', FROZEN_NAME_MAX);
	assert_int_equal(parse_path(longest), 0);
	longest[7 + FROZEN_NAME_MAX] = 'a';
	assert_int_equal(parse_path(longest), -1);
}

static void
refuses_what_is_malformed(void **state)
{
	static const char *const keys[] = {"", "0123456789abcde", "0123456789abcdef0",
	    "0123456789ABCDEF", "../../../../../..", "0123456789abcde/"};
	AUTO_BUF struct buf b = {0}, c = {0}, d = {0};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		AUTO_BUF struct buf k = {0};

		start(&k, 1, keys[i]);
		put(&k, "index.html", "<p>");
		assert_int_equal(parse(&k, &e), -1);
	}
	start(&b, FROZEN_FILES_MAX + 1, KEY);
	assert_int_equal(parse(&b, &e), -1);
	start(&c, 1, KEY);
	put(&c, "assets/a.js", "x");
	assert_int_equal(parse(&c, &e), -1);	/* no page */
	start(&d, 1, KEY);
	put(&d, "index.html", "<p>");
	for (size_t n = 0; n < d.len; n++)
		assert_int_equal(frozen_parse(&app, d.at, n, &e), -1);
	buf_char(&d, 'x');
	assert_int_equal(parse(&d, &e), -1);
}

static void
takes_why_it_could_not_be(void **state)
{
	static const char said[] = "{\"file\":\"src/A.tsx\",\"message\":\"no export\"}";
	static const char ours[] = "{\"kind\":\"gone\",\"message\":\"It ended.\"}";
	AUTO_BUF struct buf b = {0}, c = {0}, d = {0};
	struct err e;

	(void)state;
	start(&b, 0, said);
	assert_int_equal(parse(&b, &e), 0);
	assert_int_equal(app.count, 0);
	assert_string_equal(app.problem, "src/A.tsx: no export");
	assert_string_equal(app.kind, "");
	start(&c, 0, ours);
	assert_int_equal(parse(&c, &e), 0);
	assert_string_equal(app.kind, "gone");
	start(&d, 0, "{\"file\":\"src/A.tsx\"}");
	assert_int_equal(parse(&d, &e), -1);
}

static bool
is_there(const char *folder, const char *path)
{
	char full[512];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", folder, path);
	return lstat(full, &st) == 0;
}

static void
write_version(const char *folder, const char *asset)
{
	AUTO_BUF struct buf b = {0};
	struct err e;

	start(&b, 2, KEY);
	put(&b, "index.html", "<p>");
	put(&b, asset, "x");
	assert_int_equal(parse(&b, &e), 0);
	if (frozen_write(&app, folder, ID, 7, &e) < 0)
		fail_msg("%s", e.text);
}

static void
writes_whole_and_in_place(void **state)
{
	char folder[] = "/tmp/keep-frozen-XXXXXX", left[128];
	struct err e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_version(folder, "assets/a.js");
	assert_true(is_there(folder, ID "/7/index.html"));
	assert_true(is_there(folder, ID "/7/assets/a.js"));
	/* What an end in the middle of it leaves. */
	snprintf(left, sizeof(left), "%s/" ID "/.new", folder);
	assert_int_equal(mkdir(left, 0700), 0);
	write_version(folder, "assets/b.js");
	assert_false(is_there(folder, ID "/7/assets/a.js"));
	assert_true(is_there(folder, ID "/7/assets/b.js"));
	assert_false(is_there(folder, ID "/.new"));
	assert_int_equal(frozen_remove(folder, ID, 7, &e), 0);
	assert_false(is_there(folder, ID));
	assert_int_equal(frozen_remove(folder, ID, 7, &e), 0);	/* again */
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_an_app_is),
		cmocka_unit_test(refuses_other_paths),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(takes_why_it_could_not_be),
		cmocka_unit_test(writes_whole_and_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
