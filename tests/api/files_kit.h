#ifndef TESTS_API_FILES_KIT_H
#define TESTS_API_FILES_KIT_H
/*
 * A notebook for each test, with a volume of its own, and forms that upload to it.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../../shared/base/file.h"
#include "../../shared/store/notebook.h"
#include "../../shared/text/secret.h"
#include "lab.h"

/* No test file needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define TYPE "multipart/form-data; boundary=b"
#define PART(head, text) "--b\r\nContent-Disposition: form-data; " head "\r\n\r\n" text "\r\n"
#define FILE_PART(name, text) PART("name=\"file\"; filename=\"" name "\"", text)
#define END "--b--\r\n"
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

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

#endif
