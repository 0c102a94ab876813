/* Progress files: ids are offsets, "done" is the end, tokens leave room for the rest. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/base/rand.h"
#include "../../shared/wire/progress.h"

static char job[ID_SIZE], path[128];

static void
must(int result, const struct err *e)
{
	if (result < 0)
		fail_msg("%s", e->text);
}

static int
set_up(void **state)
{
	struct err e;

	(void)state;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE,
	    NULL) < 0 || mount("run", "/run", "tmpfs", 0, NULL) < 0) {
		fprintf(stderr, "needs root: %s\n", strerror(errno));
		return -1;
	}
	must(file_mkdirs(PROGRESS_DIR, 0770, &e), &e);
	return 0;
}

static int
new_job(void **state)
{
	(void)state;
	id_new(job);
	snprintf(path, sizeof(path), "%s/%s", PROGRESS_DIR, job);
	return 0;
}

static void
add(const char *event, const char *json)
{
	struct err e;

	must(progress_add(job, event, json, &e), &e);
}

static void
read_all(struct buf *text)
{
	struct err e;

	buf_init(text, PROGRESS_BYTES + 1);
	must(file_read(path, text, &e), &e);
}

static void
ids_are_the_offsets_of_the_ends(void **state)
{
	AUTO_BUF struct buf text = {0};
	const char *at;
	int n = 0;
	struct err e;

	(void)state;
	must(progress_phase(job, "writing", "a \"quote\"\nand a line", &e), &e);
	add("token", "{\"text\":\"x\"}");
	add("token", "{\"text\":\"y\"}");
	read_all(&text);
	for (at = text.at; *at; n++) {
		const char *blank = strstr(at, "\n\n") + 2;

		assert_memory_equal(at, "id: ", 4);
		assert_memory_equal(at + 4, job, ID_LEN);
		assert_int_equal(strtol(at + 4 + ID_LEN + 1, NULL, 10), blank - text.at);
		at = blank;
	}
	assert_int_equal(n, 3);
	assert_non_null(strstr(text.at, "\nevent: phase\ndata: {\"job\":\""));
	assert_non_null(strstr(text.at, "\"detail\":\"a \\\"quote\\\"\\nand a line\"}\n\n"));
}

static void
nothing_follows_done(void **state)
{
	AUTO_BUF struct buf text = {0};

	(void)state;
	add("token", "{\"text\":\"event: done\"}");
	add("token", "{\"text\":\"more\"}");
	add("done", "{\"status\":\"ok\"}");
	add("token", "{\"text\":\"too late\"}");
	add("done", "{\"status\":\"error\"}");
	read_all(&text);
	assert_non_null(strstr(text.at, "more"));
	assert_null(strstr(text.at, "too late"));
	assert_null(strstr(text.at, "error"));
}

static void
tokens_leave_room_for_the_rest(void **state)
{
	size_t n = 300u << 10;
	AUTO_FREE char *json = mem_new(n + 16);
	struct stat st;
	off_t before;

	(void)state;
	memset(json, 'x', n);
	memcpy(json, "{\"text\":\"", 9);
	memcpy(json + n, "\"}", 3);
	for (int i = 0; i < 40; i++)
		add("token", json);
	assert_return_code(stat(path, &st), errno);
	assert_in_range(st.st_size, PROGRESS_BYTES / 2, PROGRESS_BYTES);
	before = st.st_size;
	add("verdict", "{\"ok\":true}");
	add("done", "{\"status\":\"ok\"}");
	assert_return_code(stat(path, &st), errno);
	assert_true(st.st_size > before);
}

static void
both_writers_may_write(void **state)
{
	struct stat st;
	mode_t was = umask(0077);

	(void)state;
	add("token", "{}");
	umask(was);
	assert_return_code(stat(path, &st), errno);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void
reading_and_removing(void **state)
{
	AUTO_FD int fd = -1;
	struct err e;
	char got[4];

	(void)state;
	assert_int_equal(progress_open(job, &e), -1);
	assert_int_equal(e.kind, ERR_MISSING);
	add("token", "{}");
	fd = progress_open(job, &e);
	must(fd, &e);
	assert_int_equal(read(fd, got, 3), 3);
	assert_memory_equal(got, "id:", 3);
	progress_remove(job);
	progress_remove(job);
	assert_int_equal(progress_open(job, &e), -1);
}

static void
strange_names_are_no_files(void **state)
{
	static const char *const names[] = {"", "..", "../../etc/passwd", "a/b",
	    "AAAAAAAAAAAAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(progress_add(names[i], "token", "{}", &e), -1);
		assert_int_equal(progress_open(names[i], &e), -1);
		assert_int_equal(e.kind, ERR_MISSING);
		progress_remove(names[i]);
	}
}

static void
a_link_in_its_place_is_not_followed(void **state)
{
	struct err e;

	(void)state;
	assert_return_code(symlink("/run/elsewhere", path), errno);
	assert_int_equal(progress_add(job, "token", "{}", &e), -1);
	assert_int_equal(access("/run/elsewhere", F_OK), -1);
}

#define TEST(name) cmocka_unit_test_setup(name, new_job)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_are_the_offsets_of_the_ends),
		TEST(nothing_follows_done),
		TEST(tokens_leave_room_for_the_rest),
		TEST(both_writers_may_write),
		TEST(reading_and_removing),
		TEST(strange_names_are_no_files),
		TEST(a_link_in_its_place_is_not_followed),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
