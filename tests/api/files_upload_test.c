/*
 * Uploads to notebooks: all of a form arrives under its names, or nothing does.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/store/notebook.h"
#include "files_kit.h"

static void
a_file_arrives(void **state)
{
	AUTO_REPLY struct lab_reply r = upload(FILE_PART("data.csv", "a,b\n1,2\n") END, 0);
	struct notebook n;
	struct stat st;
	struct err e;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "{\"status\":\"uploaded\",\"path\":\"data.csv\"}");
	assert_string_equal(text_of("data.csv"), "a,b\n1,2\n");
	assert_int_equal(stat(at("data.csv"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(notebook_get(lab_db, id, &lab_arena, &n, &e), 0);
	assert_true(n.disk_bytes > 0);
	assert_true(n.volume_wanted_at > 0);
}

static void
several_arrive_with_their_folders(void **state)
{
	static const char *const html[] = {HTML, NULL};
	AUTO_REPLY struct lab_reply r = upload(PART("name=folder", "in/here/")
	    FILE_PART("a.csv", "1") FILE_PART("x/y/b.csv", "2") FILE_PART("", "") END, 0), form = {0},
	    again = {0};
	struct stat st;

	(void)state;
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "{\"status\":\"uploaded\",\"path\":\"in/here/a.csv\",\"paths\":"
	    "[\"in/here/a.csv\",\"in/here/x/y/b.csv\"]}");
	assert_string_equal(text_of("in/here/x/y/b.csv"), "2");
	assert_int_equal(stat(at("in/here/x"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/upload/%s"), .type = TYPE,
	    .body = FILE_PART("say %22hi%22.txt", "x") END, .more = html});
	assert_int_equal(form.status, 303);
	assert_string_equal(lab_header(&form, "Location"), uri("/notebook/%s"));
	assert_string_equal(text_of("say \"hi\".txt"), "x");
	/* In place of one that is there, whose other names keep what they had. */
	assert_int_equal(link(at("in/here/a.csv"), at("other")), 0);
	again = upload(FILE_PART("in/here/a.csv", "new") END, 0);
	assert_int_equal(again.status, 200);
	assert_string_equal(text_of("in/here/a.csv"), "new");
	assert_string_equal(text_of("other"), "1");
}

static void
names_are_judged(void **state)
{
	static const char *const bad[] = {"../x", "/etc/x", "a/../x", "a//b", ".", "..", "a/",
	    "a\001b", "\xff", "a\tb", ".carrel-upload-x", "x/.carrel-upload-x"};
	char *deep = arena_new(&lab_arena, 3000), *longer = arena_new(&lab_arena, 3000);

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		refused(arena_fmt(&lab_arena, FILE_PART("%s", "x") END, bad[i]), 400, "file");
	memset(longer, 'x', 300);
	refused(arena_fmt(&lab_arena, FILE_PART("%s", "x") END, longer), 400, "file");
	for (int i = 0; i < 40; i++)
		strcat(deep, "d/");
	refused(arena_fmt(&lab_arena, FILE_PART("%sx", "x") END, deep), 400, "file");
	memset(longer, 'x', 1100);
	for (int i = 100; i < 1100; i += 100)
		longer[i] = '/';
	refused(arena_fmt(&lab_arena, FILE_PART("%s", "x") END, longer), 400, "file");
	refused(PART("name=folder", "../up") FILE_PART("a", "x") END, 400, "folder");
	refused(FILE_PART("a", "x") PART("name=folder", "in") END, 400, "folder");
	refused(PART("name=file", "x") END, 400, "file");
	refused(PART("name=other", "x") END, 400, "other");
	refused(FILE_PART("", "") END, 400, "file");
	refused(FILE_PART("", "x") END, 400, "file");
	refused(END, 400, "file");
	assert_int_equal(entries(), 0);
}

static void
half_a_form_leaves_nothing(void **state)
{
	AUTO_REPLY struct lab_reply json = lab_post(uri("/upload/%s"), "{}"), none = {0};

	(void)state;
	refused(FILE_PART("a", "x") FILE_PART("b", "y"), 400, NULL);
	refused("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nxxx", 400,
	    NULL);
	refused(FILE_PART("new/folder/a", "x") PART("name=other", "x") END, 400, "other");
	lab_is_error(&json, 415, NULL);
	none = lab_send(&(struct lab_ask){.method = "POST", .uri = "/upload/" NO_SUCH_ID,
	    .type = TYPE, .body = FILE_PART("a", "x") END});
	lab_is_error(&none, 404, NULL);
	assert_int_equal(entries(), 0);
}

static char *
large(const char *name, size_t bytes, size_t *n)
{
	char *head = arena_fmt(&lab_arena, "--b\r\nContent-Disposition: form-data; name=file; "
	    "filename=%s\r\n\r\n", name), *all;

	*n = strlen(head) + bytes + 9;
	all = arena_new(&lab_arena, *n + 1);
	memcpy(all, head, strlen(head));
	for (size_t i = 0; i < bytes; i++)
		all[strlen(head) + i] = (char)('a' + i % 23);
	memcpy(all + *n - 9, "\r\n" END, 9);
	return all;
}

static void
a_full_disk_is_said_and_left_as_it_was(void **state)
{
	AUTO_REPLY struct lab_reply at_once = {0}, files = {0}, fits = {0};
	struct lab_ask silent = {.method = "POST", .uri = uri("/upload/%s"), .type = TYPE};
	static const char *const no_length[] = {"CONTENT_LENGTH=", NULL};
	size_t n;
	char *body = large("big", 5 << 20, &n);

	(void)state;
	at_once = upload(body, n);
	lab_is_error(&at_once, 507, "file");
	/* Where no length is announced, as behind Apache. */
	silent.body = body;
	silent.len = n;
	silent.more = no_length;
	{
		AUTO_REPLY struct lab_reply r = lab_send(&silent);

		lab_is_error(&r, 507, "file");
	}
	assert_int_equal(entries(), 0);
	body = large("fits", 3 << 20, &n);
	fits = upload(body, n);
	assert_int_equal(fits.status, 200);
	unlink(at("fits"));
	/* No inodes. */
	for (int i = 0; ; i++) {
		int fd = open(at(arena_fmt(&lab_arena, "f%d", i)), O_CREAT | O_WRONLY, 0644);

		if (fd < 0)
			break;
		close(fd);
	}
	files = upload(FILE_PART("one/more", "x") END, 0);
	lab_is_error(&files, 507, "file");
	assert_int_equal(access(at("one"), F_OK), -1);
}

static void
what_is_left_of_a_killed_one_goes(void **state)
{
	size_t n;
	char *body = large("half", 2 << 20, &n);
	struct lab_ask a = {.method = "POST", .uri = uri("/upload/%s"), .type = TYPE, .body = body,
	    .len = n / 2};
	struct lab_running run = lab_start(&a);
	struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	int status;

	(void)state;
	kill(run.pid, SIGKILL);
	waitpid(run.pid, &status, 0);
	close(run.out);
	close(run.err);
	assert_int_equal(entries(), 0);
	/* One that has a name of ours is not shown, nor had; a young one is somebody's. */
	put(".carrel-upload-aaaaaaaaaaaaaaaaaaaaaaaaaa", "x");
	utimensat(AT_FDCWD, at(".carrel-upload-aaaaaaaaaaaaaaaaaaaaaaaaaa"), old, 0);
	assert_int_equal(entries(), 0);
	{
		AUTO_REPLY struct lab_reply r = upload(FILE_PART("a", "x") END, 0), mine = lab_get(
		    uri("/download/%s/.carrel-upload-aaaaaaaaaaaaaaaaaaaaaaaaaa"));

		assert_int_equal(r.status, 200);
		lab_is_error(&mine, 400, "path");
	}
	assert_int_equal(access(at(".carrel-upload-aaaaaaaaaaaaaaaaaaaaaaaaaa"), F_OK), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_arrives),
		TEST(several_arrive_with_their_folders),
		TEST(names_are_judged),
		TEST(half_a_form_leaves_nothing),
		TEST(a_full_disk_is_said_and_left_as_it_was),
		TEST(what_is_left_of_a_killed_one_goes),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
