/*
 * The files of notebooks: on a volume of the test's own, with everything in it that a hostile
 * notebook could have put there.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/pass.h"
#include "../../shared/text/secret.h"
#include "lab.h"

#define TYPE "multipart/form-data; boundary=b"
#define PART(head, text) "--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" text "\r\n"
#define FILE_PART(name, text) PART("name=\"file\"; filename=\"" name "\"", text)
#define END "--b--\r\n"

static char id[ID_SIZE], work[64];

static void
mount_volume(const char *options)
{
	struct err e;

	snprintf(work, sizeof(work), "/run/carrel/vol/%s", id);
	assert_int_equal(file_mkdirs(work, 0755, &e), 0);
	assert_int_equal(mount("volume", work, "tmpfs", MS_NODEV, options), 0);
	strcat(work, "/work");
	assert_int_equal(mkdir(work, 0755), 0);
}

static void
add_notebook(void)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	struct notebook n = {.template_name = "empty", .tier = "own", .disk_mb = 16,
	    .disk_files = 256};
	struct workspace w = {.kind = "notebook", .title = "A", .owner = "local", .created_at = 1};
	struct source none = {0};
	struct err e;

	id_new(id);
	memcpy(w.id, id, ID_SIZE);
	memcpy(n.id, id, ID_SIZE);
	secret_hash(id, ID_LEN, hash);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(workspace_add(lab_db, &w, &e), 0);
	assert_int_equal(notebook_add(lab_db, &n, hash, &none, &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
}

static int
begin(void **state)
{
	(void)state;
	lab_settings(NULL);
	add_notebook();
	mount_volume("size=4m,nr_inodes=200,mode=755");
	return 0;
}

static void
unmount_volume(void)
{
	work[strlen(work) - 5] = '\0';
	assert_int_equal(umount2(work, MNT_DETACH), 0);
}

static int
end(void **state)
{
	(void)state;
	unmount_volume();
	arena_reset(&lab_arena);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	lab_open();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	lab_close();
	return 0;
}

static const char *
at(const char *path)
{
	return arena_fmt(&lab_arena, "%s/%s", work, path);
}

static const char *
uri(const char *fmt)
{
	return arena_fmt(&lab_arena, fmt, id);
}

static void
put(const char *path, const char *text)
{
	struct err e;

	assert_int_equal(file_write(at(path), text, strlen(text), 0644, &e), 0);
}

static const char *
text_of(const char *path)
{
	AUTO_BUF struct buf b = {0};
	struct err e;

	buf_init(&b, 100000);
	return file_read(at(path), &b, &e) < 0 ? NULL : arena_dup(&lab_arena, b.at);
}

/* How many entries the top folder has. */
static int
entries(void)
{
	AUTO_REPLY struct lab_reply r = lab_get(uri("/workspaces/%s/files"));

	assert_int_equal(r.status, 200);
	return cJSON_GetArraySize(json_get(r.json, "files"));
}

static struct lab_reply
upload(const void *body, size_t n)
{
	return lab_send(&(struct lab_ask){.method = "POST", .uri = uri("/upload/%s"), .type = TYPE,
	    .body = body, .len = n});
}

static void
refused(const char *body, int status, const char *field)
{
	AUTO_REPLY struct lab_reply r = upload(body, 0);

	if (r.status != status)
		fail_msg("%d, not %d: %.300s %s", r.status, status, body, r.body);
	lab_is_error(&r, status, field);
}

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

static void
downloads_have_ranges_and_marks(void **state)
{
	static const struct {
		const char *range;
		int status;
		const char *body, *says;
	} cases[] = {
		{"bytes=0-3", 206, "0123", "bytes 0-3/10"}, {"bytes=7-", 206, "789", "bytes 7-9/10"},
		{"bytes=-2", 206, "89", "bytes 8-9/10"}, {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
		{"bytes=0003-004", 206, "34", "bytes 3-4/10"},
		{"bytes=5-99999999999999999999999", 206, "56789", "bytes 5-9/10"},
		{"bytes=10-", 416, "", "bytes */10"}, {"bytes=-0", 416, "", "bytes */10"},
		{"bytes=99999999999999999999-", 416, "", "bytes */10"},
		{"bytes=4-2", 200, "0123456789", NULL}, {"bytes=0-1,3-4", 200, "0123456789", NULL},
		{"bytes=", 200, "0123456789", NULL}, {"bytes=-", 200, "0123456789", NULL},
		{"lines=0-1", 200, "0123456789", NULL}, {"bytes=1-2x", 200, "0123456789", NULL},
	};
	AUTO_REPLY struct lab_reply all = {0}, known = {0}, other = {0}, head = {0};
	const char *tag;

	(void)state;
	mkdir(at("sub"), 0755);
	put("sub/däta \"1\".csv", "0123456789");
	all = lab_get(uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"));
	assert_int_equal(all.status, 200);
	assert_string_equal(all.body, "0123456789");
	assert_string_equal(lab_header(&all, "Content-Type"), "text/csv; charset=utf-8");
	assert_string_equal(lab_header(&all, "Content-Disposition"), "attachment; "
	    "filename=\"d__ta _1_.csv\"; filename*=UTF-8''d%C3%A4ta%20%221%22.csv");
	assert_non_null(strstr(lab_header(&all, "Last-Modified"), " GMT"));
	assert_non_null(strstr(lab_header(&all, "Content-Security-Policy"), "sandbox"));
	tag = arena_dup(&lab_arena, lab_header(&all, "ETag"));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *more[] = {arena_fmt(&lab_arena, "HTTP_RANGE=%s", cases[i].range), NULL};
		AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "GET",
		    .uri = uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"), .more = more});

		if (r.status != cases[i].status || strcmp(r.body, cases[i].body) != 0)
			fail_msg("%s: %d %s", cases[i].range, r.status, r.body);
		if (cases[i].says)
			assert_string_equal(lab_header(&r, "Content-Range"), cases[i].says);
	}
	{
		const char *match[] = {arena_fmt(&lab_arena, "HTTP_IF_NONE_MATCH=\"x\", W/%s", tag), NULL};
		const char *stale[] = {"HTTP_RANGE=bytes=0-1", "HTTP_IF_RANGE=\"stale\"", NULL};
		struct lab_ask a = {.method = "GET", .uri = uri("/download/%s/sub/d%%C3%%A4ta%%20%%221%%22.csv"),
		    .more = match};

		known = lab_send(&a);
		assert_int_equal(known.status, 304);
		assert_int_equal(known.len, 0);
		a.more = stale;
		other = lab_send(&a);
		assert_int_equal(other.status, 200);
		a.method = "HEAD";
		a.more = NULL;
		head = lab_send(&a);
		assert_int_equal(head.status, 200);
		assert_int_equal(head.len, 0);
		assert_string_equal(lab_header(&head, "Content-Length"), "10");
	}
}

static void
what_could_do_harm_is_never_shown(void **state)
{
	static const struct {
		const char *name, *type, *how;
	} cases[] = {
		{"a.png", "image/png", "inline"}, {"a.csv", "text/csv; charset=utf-8", "inline"},
		{"a.html", "text/html; charset=utf-8", "attachment"},
		{"a.SVG", "image/svg+xml", "attachment"}, {"a", "application/octet-stream", "attachment"},
		{"a.xhtml", "application/octet-stream", "attachment"},
		{"a.png.html", "text/html; charset=utf-8", "attachment"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		put(cases[i].name, "<script>alert(1)</script>");
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/download/%s/%s?inline=1",
		    id, cases[i].name));

		assert_int_equal(r.status, 200);
		assert_string_equal(lab_header(&r, "Content-Type"), cases[i].type);
		assert_int_equal(strncmp(lab_header(&r, "Content-Disposition"), cases[i].how,
		    strlen(cases[i].how)), 0);
		assert_non_null(strstr(lab_header(&r, "Content-Security-Policy"), "sandbox;"));
		assert_string_equal(lab_header(&r, "X-Content-Type-Options"), "nosniff");
	}
}

static void
hostile_things_are_not_followed(void **state)
{
	static const char *const names[] = {"link", "etc/passwd", "etc", "up", "fifo", "device",
	    "socket", "folder", "none", "other/work/secret", "loop", "proc"};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	AUTO_REPLY struct lab_reply list = {0}, over = {0};

	(void)state;
	put("file", "mine");
	put("../secret", "secret");
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", at("socket"));
	assert_int_equal(bind(s, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(symlink("file", at("link")) | symlink("/etc", at("etc")) |
	    symlink("../secret", at("up")) | symlink("/run/carrel/vol", at("other")) |
	    symlink("loop", at("loop")) | symlink("/proc/self/environ", at("proc")) |
	    mkfifo(at("fifo"), 0666) | mknod(at("device"), S_IFCHR | 0666, 0x0101) |
	    mkdir(at("folder"), 0755), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/download/%s/%s", id,
		    names[i]));

		lab_is_error(&r, 404, NULL);
	}
	for (size_t i = 0; i < 4; i++) {
		static const char *const folders[] = {"etc", "other", "up", "file"};
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena,
		    "/workspaces/%s/files?path=%s", id, folders[i]));

		lab_is_error(&r, 404, "path");
	}
	/* Through a link nothing is written; over one, the link itself is replaced. */
	refused(FILE_PART("etc/carrel-test", "x") END, 404, "file");
	refused(FILE_PART("link/x", "x") END, 404, "file");
	refused(FILE_PART("folder", "x") END, 409, "file");
	over = upload(FILE_PART("up", "new") FILE_PART("fifo", "plain") END, 0);
	assert_int_equal(over.status, 200);
	assert_string_equal(text_of("../secret"), "secret");
	assert_string_equal(text_of("up"), "new");
	list = lab_get(uri("/workspaces/%s/files"));
	assert_non_null(strstr(list.body, "{\"name\":\"socket\",\"type\":\"other\",\"size\":0,"));
	assert_non_null(strstr(list.body, "{\"name\":\"folder\",\"type\":\"folder\",\"size\":0,"));
	close(s);
}

static void
a_race_wins_nothing(void **state)
{
	pid_t racer;
	int status;

	(void)state;
	put("good", "good");
	racer = fork();
	if (racer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			(void)!symlink("/etc/passwd", at("swap"));
			(void)!rename(at("swap"), at("x"));
			(void)!link(at("good"), at("swap"));
			(void)!rename(at("swap"), at("x"));
		}
	}
	for (int i = 0; i < 60; i++) {
		AUTO_REPLY struct lab_reply r = lab_get(uri("/download/%s/x"));

		assert_true(r.status == 404 || (r.status == 200 && strcmp(r.body, "good") == 0));
	}
	kill(racer, SIGKILL);
	waitpid(racer, &status, 0);
}

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
a_preview_has_no_origin(void **state)
{
	static const char *const html[] = {HTML, NULL};
	struct lab_ask a = {.method = "GET", .uri = uri("/workspaces/%s/preview"), .more = html};
	AUTO_REPLY struct lab_reply none = lab_send(&a), program = lab_get(a.uri), r = {0},
	    link_r = {0};
	const char *policy;

	(void)state;
	assert_int_equal(none.status, 404);
	assert_non_null(strstr(none.body, "Nothing has been run yet."));
	lab_is_error(&program, 404, NULL);
	mkdir(at("__marimo__"), 0755);
	assert_int_equal(symlink("/etc/passwd", at("__marimo__/preview.html")), 0);
	link_r = lab_send(&a);
	assert_int_equal(link_r.status, 404);
	unlink(at("__marimo__/preview.html"));
	put("__marimo__/preview.html", "<!doctype html><p>Seen</p>");
	r = lab_send(&a);
	assert_int_equal(r.status, 200);
	assert_string_equal(r.body, "<!doctype html><p>Seen</p>");
	assert_string_equal(lab_header(&r, "X-Frame-Options"), "SAMEORIGIN");
	assert_string_equal(lab_header(&r, "Referrer-Policy"), "no-referrer");
	policy = lab_header(&r, "Content-Security-Policy");
	assert_int_equal(strncmp(policy, "sandbox allow-scripts allow-popups; default-src 'none';", 55),
	    0);
	assert_null(strstr(policy, "allow-same-origin"));
	assert_non_null(strstr(policy, " http://localhost:8080/__carrel/marimo/"));
	assert_non_null(strstr(policy, "frame-ancestors 'self'"));
}

static void
links_for_viewing_are_for_viewing(void **state)
{
	static const char *const keys[] = {"VALID_API_KEYS=alpha", NULL};
	static const char *const kinds[] = {"view", "app", "edit"};
	char tokens[3][SECRET_TOKEN_SIZE], share_id[ID_SIZE];
	struct err e;

	(void)state;
	lab_settings(keys);
	mkdir(at("__marimo__"), 0755);
	put("__marimo__/preview.html", "Seen");
	assert_int_equal(db_begin(lab_db, &e), 0);
	for (int i = 0; i < 3; i++) {
		unsigned char hash[SECRET_HASH_BYTES];
		struct share s = {.kind = kinds[i], .created_at = 1};

		secret_token(tokens[i]);
		secret_hash(tokens[i], strlen(tokens[i]), hash);
		id_new(s.id);
		memcpy(s.workspace, id, ID_SIZE);
		memcpy(share_id, i == 0 ? s.id : share_id, ID_SIZE);
		assert_int_equal(share_add(lab_db, &s, hash, &e), 0);
	}
	assert_int_equal(db_commit(lab_db, &e), 0);
	for (int i = 0; i < 3; i++) {
		AUTO_REPLY struct lab_reply r = lab_get(arena_fmt(&lab_arena, "/view/%s", tokens[i]));

		if (i > 0) {
			lab_is_error(&r, 404, NULL);
			continue;
		}
		assert_int_equal(r.status, 200);
		assert_string_equal(r.body, "Seen");
		assert_string_equal(lab_header(&r, "X-Robots-Tag"), "noindex");
	}
	for (int step = 0; step < 3; step++) {	/* private, revoked, public */
		AUTO_REPLY struct lab_reply by_id = lab_get(uri("/view/%s")),
		    by_token = lab_get(arena_fmt(&lab_arena, "/view/%s", tokens[0]));

		assert_int_equal(by_id.status, step == 2 ? 200 : 404);
		assert_int_equal(by_token.status, step == 0 ? 200 : 404);
		assert_int_equal(db_begin(lab_db, &e), 0);
		assert_int_equal(step == 0 ? share_delete(lab_db, id, share_id, &e) :
		    notebook_set_public(lab_db, id, true, &e), 0);
		assert_int_equal(db_commit(lab_db, &e), 0);
	}
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

static void
wait_until_wanted(int64_t after)
{
	int64_t last = clock_boot_ms() + 10000;
	struct notebook n;
	struct err e;

	do {
		assert_true(clock_boot_ms() < last);
		assert_int_equal(notebook_get(lab_db, id, &lab_arena, &n, &e), 0);
		poll(NULL, 0, 5);
	} while (n.volume_wanted_at <= after);
}

/* keep mounts it when the store says that it is wanted. */
static void
a_volume_is_waited_for(void **state)
{
	struct lab_ask get = {.method = "GET", .uri = uri("/workspaces/%s/files")};
	struct lab_ask post = {.method = "POST", .uri = uri("/upload/%s"), .type = TYPE,
	    .body = FILE_PART("late", "x") END};
	struct lab_running list, send;

	(void)state;
	unmount_volume();
	list = lab_start(&get);
	send = lab_start(&post);
	wait_until_wanted(0);
	mount_volume("size=4m,nr_inodes=200,mode=755");
	{
		AUTO_REPLY struct lab_reply seen = lab_finish(&list), sent = lab_finish(&send);

		assert_int_equal(seen.status, 200);
		assert_int_equal(sent.status, 200);
	}
	assert_string_equal(text_of("late"), "x");
}

static void
one_that_never_comes_is_said(void **state)
{
	struct lab_ask get = {.method = "GET", .uri = uri("/workspaces/%s/files")};
	struct lab_running run;

	(void)state;
	unmount_volume();
	run = lab_start(&get);
	{
		AUTO_REPLY struct lab_reply r = lab_finish(&run);

		lab_is_error(&r, 503, NULL);
		assert_non_null(lab_header(&r, "Retry-After"));
	}
	mount_volume("size=4m,mode=755");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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
		TEST(downloads_have_ranges_and_marks),
		TEST(what_could_do_harm_is_never_shown),
		TEST(hostile_things_are_not_followed),
		TEST(a_race_wins_nothing),
		TEST(lists_are_sorted_and_bounded),
		TEST(files_and_folders_are_deleted),
		TEST(files_are_renamed),
		TEST(a_preview_has_no_origin),
		TEST(links_for_viewing_are_for_viewing),
		TEST(the_token_opens_one_notebook),
		TEST(a_volume_is_waited_for),
		TEST(one_that_never_comes_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
