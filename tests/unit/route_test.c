/* The table of addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../cgi/lib/route.h"
#include "../../shared/base/mem.h"

#define ID "abcdefghijklmnopqrstuvwxyz"

static const struct route *
find(const char *method, const char *path, char id[ID_SIZE], char *allowed, size_t size)
{
	AUTO_BUF struct buf allow = {0};
	struct route_part part;
	const struct route *r;
	struct err e = {0};

	buf_init(&allow, 200);
	r = route_find(method, path, id, &part, &allow, &e);
	snprintf(allowed, size, "%s", allow.at);
	if (!r)
		assert_int_equal(e.kind, allow.len ? ERR_METHOD : ERR_MISSING);
	return r;
}

/* The pattern with an id, and other words, in its holes. */
static void
fill(const char *pattern, char *out, size_t size)
{
	size_t n = 0;

	while (*pattern && n < size) {
		bool is_id = strncmp(pattern, "{id}", 4) == 0;

		if (*pattern != '{') {
			out[n++] = *pattern++;
			continue;
		}
		n += (size_t)snprintf(out + n, size - n, "%s", is_id ? ID : "html");
		pattern += strcspn(pattern, "}") + 1;
	}
	out[n] = '\0';
}

static void
each_line_finds_itself(void **state)
{
	char id[ID_SIZE], path[200], allowed[200];

	(void)state;
	for (int i = 0; i < route_count; i++) {
		const char *hole = strstr(routes[i].path, "{id}");

		fill(routes[i].path, path, sizeof(path));
		assert_ptr_equal(find(route_methods[routes[i].method], path, id, allowed,
		    sizeof(allowed)), &routes[i]);
		assert_string_equal(id, hole ? ID : "");
		if (routes[i].method == GET)
			assert_ptr_equal(find("HEAD", path, id, allowed, sizeof(allowed)), &routes[i]);
	}
}

static void
other_methods_are_answered_with_the_right_ones(void **state)
{
	char id[ID_SIZE], allowed[200];

	(void)state;
	assert_null(find("PUT", "/api/app/" ID, id, allowed, sizeof(allowed)));
	assert_string_equal(allowed, "GET, HEAD, PATCH, DELETE");
	assert_null(find("GET", "/api/create", id, allowed, sizeof(allowed)));
	assert_string_equal(allowed, "POST");
	assert_null(find("get", "/api/apps", id, allowed, sizeof(allowed)));
	assert_string_equal(allowed, "GET, HEAD");
}

static void
nothing_else_is_found(void **state)
{
	static const char *const none[] = {"", "/api", "/api/apps/", "/api/app/" ID "/", "//api/apps",
	    "/api/app/abc", "/api/app/" ID "a", "/api/app/ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	    "/api/app/" ID "/statusx", "/api/app/{id}", "/api/app/1bcdefghijklmnopqrstuvwxyz"};
	char id[ID_SIZE], allowed[200];

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		assert_null(find("GET", none[i], id, allowed, sizeof(allowed)));
		assert_string_equal(allowed, "");
	}
}

static void
each_line_is_there_once_and_whole(void **state)
{
	(void)state;
	for (int i = 0; i < route_count; i++) {
		assert_true(routes[i].path[0] == '/');
		assert_true(strlen(routes[i].summary) > 5);
		/* What streams or waits must be told to the web server as such, and is either. */
		assert_false(routes[i].flags & STREAM && routes[i].flags & WAIT);
		for (int k = 0; k < i; k++)
			assert_false(strcmp(routes[i].path, routes[k].path) == 0 &&
			    routes[i].method == routes[k].method);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_finds_itself),
		cmocka_unit_test(other_methods_are_answered_with_the_right_ones),
		cmocka_unit_test(nothing_else_is_found),
		cmocka_unit_test(each_line_is_there_once_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
