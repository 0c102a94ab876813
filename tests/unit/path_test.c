/* Names of files that somebody else chose, and what is beneath a folder nobody trusts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/beneath.h"
#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/text/path.h"

static char top[] = "/tmp/carrel-path-XXXXXX";
static int dir = -1;

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(top) || chdir(top) < 0 || mkdir("in", 0755) < 0)
		return -1;
	dir = open("in", O_PATH | O_DIRECTORY);
	return dir < 0 ? -1 : 0;
}

static int
tear_down(void **state)
{
	struct err e;

	(void)state;
	close(dir);
	return chdir("/") < 0 ? -1 : file_remove_tree(top, &e);
}

static void
put(const char *path, const char *text)
{
	struct err e;

	assert_int_equal(file_write(path, text, strlen(text), 0644, &e), 0);
}

static char *
repeated(const char *part, int n)
{
	static char text[8000];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", part);
	return text;
}

static void
names_are_plain(void **state)
{
	static const char *const good[] = {"a", ".hidden", "..a", "a..", "...", "a/b/c.csv",
	    "Köln – 1.csv", "a\\b", "a b", "-rf", "~", "\xf0\x9f\x90\x9f.png", "COM1", "a:b", "%2e"};
	static const char *const bad[] = {"", ".", "..", "/", "/a", "a/", "a//b", "./a", "a/.",
	    "a/..", "a/../b", "../a", "a\nb", "a\x01", "\x7f", "\t", "\xff", "a/\xc0\xaf", "\xed\xa0\x80"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (path_trouble(good[i]))
			fail_msg("%s %s", good[i], path_trouble(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!path_trouble(bad[i]))
			fail_msg("%s is let through", bad[i]);
	assert_null(path_trouble(repeated("x", 255)));
	assert_non_null(path_trouble(repeated("x", 256)));
	assert_non_null(path_trouble(repeated("x", 300)));
	assert_non_null(path_trouble(repeated("ä", 200)));
	assert_null(path_trouble(strcat(repeated("a/", 31), "a")));
	assert_non_null(path_trouble(strcat(repeated("a/", 32), "a")));
	assert_non_null(path_trouble(strcat(repeated("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/", 30), "a")));
}

static void
only_files_are_opened(void **state)
{
	static const struct {
		const char *name;
		int why;
	} cases[] = {{"link", ELOOP}, {"out", ELOOP}, {"out/passwd", ELOOP}, {"up", ELOOP},
	    {"fifo", EINVAL}, {"device", EINVAL}, {"socket", EINVAL}, {"folder", EISDIR},
	    {"none", ENOENT}, {"file/x", ENOTDIR}, {"proc", ELOOP}, {"folder/none", ENOENT}};
	struct sockaddr_un sa = {.sun_family = AF_UNIX, .sun_path = "in/socket"};
	AUTO_FD int s = socket(AF_UNIX, SOCK_STREAM, 0), fd = -1;
	struct stat st;

	(void)state;
	put("in/file", "hello");
	put("outside", "secret");
	assert_int_equal(symlink("file", "in/link") | symlink("/etc", "in/out") |
	    symlink("../outside", "in/up") | symlink("/proc/self/fd/0", "in/proc"), 0);
	assert_int_equal(mkfifo("in/fifo", 0666), 0);
	assert_int_equal(mknod("in/device", S_IFCHR | 0666, 0x0101), 0);
	assert_int_equal(bind(s, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(mkdir("in/folder", 0755), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		errno = 0;
		if (beneath_file(dir, cases[i].name, &st) >= 0 || errno != cases[i].why)
			fail_msg("%s: %d", cases[i].name, errno);
	}
	fd = beneath_file(dir, "file", &st);
	assert_true(fd >= 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(beneath_folder(dir, "out"), -1);
	assert_int_equal(beneath_folder(dir, ".."), -1);
	assert_int_equal(beneath_file(dir, "../outside", &st), -1);
	assert_int_equal(beneath_file(dir, "/etc/passwd", &st), -1);
}

static void
folders_are_made_and_unmade(void **state)
{
	const char *last;
	size_t made;
	AUTO_FD int one = -1, two = -1, three = -1;

	(void)state;
	one = beneath_parent(dir, "p/q/r/file.csv", true, &last, &made);
	assert_true(one >= 0);
	assert_string_equal(last, "file.csv");
	assert_int_equal(made, 1);
	two = beneath_parent(dir, "p/q/s/t/x", true, &last, &made);
	assert_int_equal(made, 5);
	beneath_unmake(dir, "p/q/s/t/x", made);
	assert_int_equal(access("in/p/q/s", F_OK), -1);
	assert_int_equal(access("in/p/q/r", F_OK), 0);
	put("in/p/q/r/kept", "x");
	beneath_unmake(dir, "p/q/r/file.csv", 1);
	assert_int_equal(access("in/p/q/r/kept", F_OK), 0);
	/* What stands in the way is no folder: nothing is made at all. */
	three = beneath_parent(dir, "n/../x", true, &last, &made);
	assert_int_equal(three, -1);
	assert_int_equal(beneath_parent(dir, "out/x", true, &last, &made), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(beneath_parent(dir, "p/q/r/kept/a/b", true, &last, &made), -1);
	assert_int_equal(errno, ENOTDIR);
}

static void
trees_go_and_links_are_not_followed(void **state)
{
	(void)state;
	assert_int_equal(system("mkdir -p in/t/a/b out/keep && touch out/keep/file in/t/a/b/c && "
	    "ln -s ../../../out in/t/a/link && ln out/keep/file in/t/hard && mkfifo in/t/f"), 0);
	assert_int_equal(beneath_remove(dir, "t", false, 0), -1);
	assert_int_equal(errno, ENOTEMPTY);
	assert_int_equal(beneath_remove(dir, "t/a", true, 2), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(beneath_remove(dir, "t", true, 100), 0);
	assert_int_equal(access("in/t", F_OK), -1);
	assert_int_equal(access("out/keep/file", F_OK), 0);
	assert_int_equal(beneath_remove(dir, "t", true, 100), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(beneath_remove(dir, "link", false, 0), 0);
	assert_int_equal(access("in/file", F_OK), 0);
	assert_int_equal(beneath_remove(dir, "out/passwd", true, 100), -1);
	assert_int_equal(system("d=in/deep; mkdir $d; cd $d; for i in $(seq 150); do mkdir d; cd d; "
	    "done"), 0);
	assert_int_equal(beneath_remove(dir, "deep", true, 1000), -1);
	assert_int_equal(errno, EOVERFLOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_plain),
		cmocka_unit_test(only_files_are_opened),
		cmocka_unit_test(folders_are_made_and_unmade),
		cmocka_unit_test(trees_go_and_links_are_not_followed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
