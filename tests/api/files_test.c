/*
 * The files of notebooks: listed, deleted and renamed, on a volume of the test's own.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files_kit.h"

static void
lists_are_sorted_and_bounded(void **state)
{
	AUTO_REPLY struct lab_reply r = {0}, sub = {0}, none = {0}, many = {0};
	const cJSON *disk, *f;
	int listed = 0;

	(void)state;
	put("b", "12345");
	put(".hidden", "x");
	put("a\nb", "x");
	mkdir(at("c"), 0755);
	r = lab_get(uri("/workspaces/%s/files"));
	assert_int_equal(r.status, 200);
	f = json_get(r.json, "files");
	assert_int_equal(cJSON_GetArraySize(f), 4);
	assert_string_equal(json_get_text(cJSON_GetArrayItem(f, 0), "name"), ".hidden");
	assert_string_equal(json_get_text(cJSON_GetArrayItem(f, 1), "name"), "a\nb");
	assert_int_equal(json_get_int(cJSON_GetArrayItem(f, 2), "size", 0), 5);
	assert_string_equal(json_get_text(cJSON_GetArrayItem(f, 3), "type"), "folder");
	disk = json_get(r.json, "disk");
	assert_int_equal(json_get_int(disk, "limit_bytes", 0), 4 << 20);
	assert_int_equal(json_get_int(disk, "files_limit", 0), 200);
	assert_true(json_get_int(disk, "used_bytes", 0) > 0);
	sub = lab_get(uri("/workspaces/%s/files?path=c"));
	assert_string_equal(json_get_text(sub.json, "path"), "c");
	none = lab_get(uri("/workspaces/%s/files?path=../c"));
	lab_is_error(&none, 400, "path");
	/* On a disk with room for more. */
	unmount_volume();
	mount_volume("size=50m,nr_inodes=20000,mode=755");
	for (int i = 0; i < 10001; i++)
		close(open(at(arena_fmt(&lab_arena, "%d", i)), O_CREAT | O_WRONLY, 0644));
	many = lab_get(uri("/workspaces/%s/files"));
	assert_int_equal(many.status, 200);
	for (const char *p = many.body; (p = strstr(p, "\"size\"")); p++)
		listed++;
	assert_int_equal(listed, 10000);
	assert_non_null(strstr(many.body, "],\"more\":true,"));
}

static struct lab_reply
remove_file(const char *path)
{
	return lab_send(&(struct lab_ask){.method = "DELETE", .uri = arena_fmt(&lab_arena,
	    "/workspaces/%s/files/%s", id, path)});
}

static void
files_and_folders_are_deleted(void **state)
{
	AUTO_REPLY struct lab_reply file = {0}, full = {0}, tree = {0}, link_too = {0}, none = {0},
	    form = {0}, top = {0}, odd = {0};
	static const char *const html[] = {HTML, NULL};

	(void)state;
	put("a", "x");
	put("../outside", "x");
	mkdir(at("t"), 0755);
	mkdir(at("t/u"), 0755);
	put("t/u/b", "x");
	put("%41", "x");
	assert_int_equal(symlink("../..", at("t/up")) | symlink("t", at("l")), 0);
	file = remove_file("a");
	assert_int_equal(file.status, 200);
	assert_string_equal(file.body, "{\"status\":\"deleted\"}");
	full = remove_file("t");
	lab_is_error(&full, 409, "path");
	link_too = remove_file("l?recursive=1");
	assert_int_equal(link_too.status, 200);
	assert_string_equal(text_of("t/u/b"), "x");
	tree = remove_file("t?recursive=1");
	assert_int_equal(tree.status, 200);
	assert_int_equal(access(at("t"), F_OK), -1);
	assert_string_equal(text_of("../outside"), "x");
	none = remove_file("t");
	lab_is_error(&none, 404, "path");
	top = remove_file("%2e%2e/outside");
	lab_is_error(&top, 400, "path");
	odd = remove_file("t?recursive=2");
	lab_is_error(&odd, 400, "recursive");
	form = lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/workspaces/%s/files/delete"),
	    .type = FORM, .body = "path=%2541", .more = html});
	assert_int_equal(form.status, 303);
	assert_int_equal(entries(), 0);
}

static void
files_are_renamed(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *field;
	} cases[] = {
		{"{\"from\":\"a\",\"to\":\"b\"}", 409, "to"}, {"{\"from\":\"x\",\"to\":\"y\"}", 404, "from"},
		{"{\"from\":\"a\",\"to\":\"../y\"}", 400, "to"}, {"{\"from\":\"/a\",\"to\":\"y\"}", 400, "from"},
		{"{\"from\":\"f\",\"to\":\"f/g\"}", 409, "to"}, {"{\"from\":\"a\",\"to\":\"out/y\"}", 404, "to"},
		{"{\"from\":\"a\",\"to\":\"b/y\"}", 404, "to"}, {"{\"from\":\"a\"}", 400, "to"},
		{"{\"from\":\"a\",\"to\":\".carrel-upload-\"}", 400, "to"},
	};
	AUTO_REPLY struct lab_reply r = {0};

	(void)state;
	put("a", "A");
	put("b", "B");
	mkdir(at("f"), 0755);
	assert_int_equal(symlink("/tmp", at("out")), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_REPLY struct lab_reply bad = lab_post(uri("/workspaces/%s/files/rename"),
		    cases[i].body);

		lab_is_error(&bad, cases[i].status, cases[i].field);
	}
	r = lab_post(uri("/workspaces/%s/files/rename"), "{\"from\":\"a\",\"to\":\"new/deep/c\"}");
	assert_int_equal(r.status, 200);
	assert_string_equal(text_of("new/deep/c"), "A");
	assert_string_equal(text_of("b"), "B");
}

static void
the_token_opens_one_notebook(void **state)
{
	static const char *const keys[] = {"VALID_API_KEYS=alpha", NULL};
	const char *right[] = {arena_fmt(&lab_arena, "HTTP_AUTHORIZATION=Bearer %s", id), NULL};
	static const char *const wrong[] = {"HTTP_AUTHORIZATION=Bearer nonsense", NULL};
	struct lab_ask a = {.method = "GET", .uri = uri("/workspaces/%s/files"), .more = right};
	AUTO_REPLY struct lab_reply in = {0}, out = {0}, none = {0};

	(void)state;
	lab_settings(keys);
	in = lab_send(&a);
	assert_int_equal(in.status, 200);
	a.more = wrong;
	out = lab_send(&a);
	lab_is_error(&out, 401, NULL);
	a.more = NULL;
	none = lab_send(&a);
	lab_is_error(&none, 401, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_are_sorted_and_bounded),
		TEST(files_and_folders_are_deleted),
		TEST(files_are_renamed),
		TEST(the_token_opens_one_notebook),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
