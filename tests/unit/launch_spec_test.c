/*
 * The specification that runsc is given: JSON, with every wall of the sandbox in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "../../runner/launch/shot.h"
#include "../../runner/launch/spec.h"
#include "../../shared/base/mem.h"

static const struct spec example = {
    .id = "abcdefghijklmnopqrstuvwxyz",
    .root = "/run/carrel/build/image/vite/1/rootfs",
    .group = "/carrel/test/abcdefghijklmnopqrstuvwxyz",
    .epoch = 3,
    .memory_mb = 512,
    .cpu_percent = 150,
    .pids = 256,
    .workload_uid = 61000,
};

static const char *const names[] = {"vite", "marimo"};

static cJSON *
print_as(const struct spec *given, const char *name)
{
	AUTO_BUF struct buf json = {0};
	struct spec s = *given;
	cJSON *root;

	s.what = spec_find(name);
	assert_non_null(s.what);
	buf_init(&json, 65536);
	spec_print(&s, &json);
	assert_false(json.is_over);
	root = cJSON_ParseWithOpts(json.at, NULL, 1);
	assert_non_null(root);
	return root;
}

static cJSON *
print(const struct spec *given)
{
	return print_as(given, "vite");
}

/* "a.b.c" */
static cJSON *
at(cJSON *from, const char *path)
{
	char part[64];

	while (from && *path) {
		size_t n = strcspn(path, ".");

		memcpy(part, path, n);
		part[n] = '\0';
		from = cJSON_GetObjectItemCaseSensitive(from, part);
		path += n + (path[n] == '.');
	}
	assert_non_null(from);
	return from;
}

static void
has_walls(const char *name)
{
	static const char *const caps[] = {
	    "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_CHOWN", "CAP_DAC_OVERRIDE"};
	static const char *const sets[] = {"bounding", "effective", "permitted"};
	cJSON *root = print_as(&example, name), *list;

	assert_true(cJSON_IsTrue(at(root, "process.noNewPrivileges")));
	for (size_t i = 0; i < COUNT(sets); i++) {
		list = at(at(root, "process.capabilities"), sets[i]);
		assert_int_equal(cJSON_GetArraySize(list), COUNT(caps));
		for (size_t k = 0; k < COUNT(caps); k++)
			assert_string_equal(
			    cJSON_GetArrayItem(list, (int)k)->valuestring, caps[k]);
	}
	assert_int_equal(
	    cJSON_GetArraySize(at(root, "process.capabilities.inheritable")), 0);
	assert_int_equal(cJSON_GetArraySize(at(root, "process.capabilities.ambient")), 0);
	assert_int_equal(cJSON_GetArraySize(at(root, "linux.namespaces")), 5);
	assert_string_equal(at(root, "linux.cgroupsPath")->valuestring, example.group);
	assert_string_equal(at(root, "hostname")->valuestring, example.id);
	assert_string_equal(at(root, "root.path")->valuestring, example.root);
	cJSON_Delete(root);
}

static void
walls(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		has_walls(names[i]);
}

static void
limits(void **state)
{
	cJSON *root = print(&example), *cpu = at(root, "linux.resources.cpu");

	(void)state;
	assert_true(
	    at(root, "linux.resources.memory.limit")->valuedouble == 512.0 * 1048576);
	assert_true(
	    at(cpu, "quota")->valuedouble / at(cpu, "period")->valuedouble == 1.5);
	assert_int_equal(at(root, "linux.resources.pids.limit")->valueint, 256);
	cJSON_Delete(root);
}

/* What can be written takes memory, so it has a size; what must not be is read-only. */
static void
has_mounts(const char *name)
{
	cJSON *root = print_as(&example, name), *m, *o;

	cJSON_ArrayForEach(m, at(root, "mounts")) {
		const char *to = at(m, "destination")->valuestring;
		bool has_size = false, is_ro = false;

		cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(m, "options")) {
			has_size |= strncmp(o->valuestring, "size=", 5) == 0;
			is_ro |= strcmp(o->valuestring, "ro") == 0;
		}
		if (strcmp(at(m, "type")->valuestring, "tmpfs") == 0 &&
		    strcmp(to, "/dev") != 0)
			assert_true(has_size);
		assert_int_equal(is_ro, strcmp(to, "/opt/guest") == 0 ||
		    strcmp(to, "/run/egress") == 0);
	}
	cJSON_Delete(root);
}

static void
mounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		has_mounts(names[i]);
}

/* The mount there; NULL: none. */
static cJSON *
mount_at(cJSON *root, const char *to)
{
	cJSON *m;

	cJSON_ArrayForEach(m, at(root, "mounts"))
		if (strcmp(at(m, "destination")->valuestring, to) == 0)
			return m;
	return NULL;
}

static bool
has_env(cJSON *root, const char *expected)
{
	cJSON *v;

	cJSON_ArrayForEach(v, at(root, "process.env"))
		if (strcmp(v->valuestring, expected) == 0)
			return true;
	return false;
}

/* A notebook has a volume of its own and a way out; an app has neither. */
static void
notebook(void **state)
{
	static const struct {
		const char *to, *from;
	} own[] = {{"/work", "/run/carrel/vol/abcdefghijklmnopqrstuvwxyz/work"},
	    {"/env", "/run/carrel/vol/abcdefghijklmnopqrstuvwxyz/env"},
	    {"/run/egress", "/run/carrel/egress/abcdefghijklmnopqrstuvwxyz"}};
	cJSON *app = print(&example), *book = print_as(&example, "marimo");

	(void)state;
	for (size_t i = 0; i < COUNT(own); i++) {
		assert_null(mount_at(app, own[i].to));
		assert_non_null(mount_at(book, own[i].to));
		assert_string_equal(
		    at(mount_at(book, own[i].to), "source")->valuestring, own[i].from);
	}
	assert_true(has_env(app, "WORKLOAD_KIND=app"));
	assert_true(has_env(app, "WORKLOAD_DOORS=app=unix:/run/vite/app.sock"));
	assert_false(has_env(app, "WORKLOAD_EGRESS=3128"));
	assert_true(has_env(book, "WORKLOAD_KIND=notebook"));
	assert_true(has_env(book,
	    "WORKLOAD_DOORS=app=tcp:2718,run=tcp:2719,tool=tcp:2720"));
	assert_true(has_env(book, "WORKLOAD_EGRESS=3128"));
	assert_true(has_env(book, "WORKLOAD_START_SECS=300"));
	assert_string_equal(cJSON_GetArrayItem(at(book, "process.args"), 1)->valuestring,
	    "/opt/marimo/bin/python");
	assert_true(spec_find("marimo")->has_volume);
	assert_false(spec_find("vite")->has_volume);
	cJSON_Delete(app);
	cJSON_Delete(book);
}

/* Few processes leave the workload few tasks, never none. */
static void
tasks(void **state)
{
	static const struct {
		uint32_t pids;
		const char *expected;
	} cases[] = {{48, "WORKLOAD_TASKS=12"}, {256, "WORKLOAD_TASKS=108"},
	    {4096, "WORKLOAD_TASKS=128"}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct spec s = example;
		cJSON *root;

		s.pids = cases[i].pids;
		root = print(&s);
		assert_true(has_env(root, cases[i].expected));
		cJSON_Delete(root);
	}
}

static void
templates(void **state)
{
	(void)state;
	assert_null(spec_find(""));
	assert_null(spec_find("../vite"));
	assert_null(spec_find("vit"));
}

/* No rights, no network, and one file that can be written. */
static void
picture(void **state)
{
	static const char *const sets[] = {"bounding", "effective", "permitted", "inheritable",
	    "ambient"};
	AUTO_BUF struct buf json = {0};
	struct spec s = example;
	cJSON *root, *m, *o;

	(void)state;
	s.cpu_shares = 64;
	buf_init(&json, 65536);
	shot_print(&s, "/run/carrel/ctl/x/card.webp", &json);
	assert_false(json.is_over);
	root = cJSON_ParseWithOpts(json.at, NULL, 1);
	assert_int_equal(at(root, "process.user.uid")->valueint, 61000);
	assert_true(cJSON_IsTrue(at(root, "process.noNewPrivileges")));
	for (size_t i = 0; i < COUNT(sets); i++)
		assert_null(cJSON_GetObjectItem(at(root, "process.capabilities"), sets[i]));
	assert_int_equal(cJSON_GetArraySize(at(root, "linux.namespaces")), 5);
	assert_int_equal(at(root, "linux.resources.cpu.shares")->valueint, 64);
	cJSON_ArrayForEach(m, at(root, "mounts")) {
		bool is_ro = false;

		if (strcmp(at(m, "type")->valuestring, "bind") != 0)
			continue;
		cJSON_ArrayForEach(o, at(m, "options"))
			is_ro |= strcmp(o->valuestring, "ro") == 0;
		assert_int_equal(is_ro, strcmp(at(m, "destination")->valuestring,
		    "/out/card.webp") != 0);
	}
	cJSON_Delete(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walls),
		cmocka_unit_test(limits),
		cmocka_unit_test(mounts),
		cmocka_unit_test(notebook),
		cmocka_unit_test(tasks),
		cmocka_unit_test(templates),
		cmocka_unit_test(picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
