/* Which program the web servers' configurations bring an address to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../runner/carreld/web.h"
#include "../../shared/base/mem.h"

static const struct web_route routes[] = {
	{"apps", "/api/app/{id}/events", "STREAM"},
	{"notebooks", "/workspaces", "0"}, {"notebooks", "/workspaces/{id}", "0"},
	{"notebooks", "/workspaces/{id}/export/{format}", "0"},
	{"notebooks", "/open/{id}", "0"},
	{"files", "/upload/{id}", "RAW"}, {"files", "/download/{id}/{path}", "STREAM"},
	{"files", "/workspaces/{id}/files", "0"},
	{"files", "/workspaces/{id}/files/{path}", "0"},
	{"files", "/workspaces/{id}/files/delete", "0"},
	{"files", "/workspaces/{id}/preview", "STREAM | PAGE"},
	{"pages", "/notebook/{id}", "PAGE"},
};

static char *text;
static size_t len;

static FILE *
begin(void)
{
	free(text);
	text = NULL;
	return open_memstream(&text, &len);
}

static int
set_up(void **state)
{
	(void)state;
	web_use_routes(routes, COUNT(routes));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(text);
	return 0;
}

static void
prefixes_are_those_that_nobody_shares(void **state)
{
	static const char *const want[][2] = {{"apps", "/api"}, {"notebooks", "/workspaces"},
	    {"notebooks", "/open"}, {"files", "/upload"}, {"files", "/download"}};
	struct web_prefix got[40];
	int n = web_prefixes(got, COUNT(got));

	(void)state;
	assert_int_equal(n, COUNT(want));
	for (int i = 0; i < n; i++) {
		assert_string_equal(got[i].plugin, want[i][0]);
		assert_string_equal(got[i].path, want[i][1]);
	}
}

static void
what_lies_below_anothers_prefix_has_a_pattern(void **state)
{
	const char *inner[8];
	FILE *to = begin();

	(void)state;
	assert_int_equal(web_inner(inner, COUNT(inner)), 1);
	assert_string_equal(inner[0], "files");
	web_inner_regex(to, "files");
	fclose(to);
	assert_string_equal(text,
	    "^(/workspaces/[^/]+/files|/workspaces/[^/]+/preview)(/|$)");
}

static void
flags_have_patterns(void **state)
{
	FILE *to = begin();

	(void)state;
	assert_true(web_has_flag("files", "RAW"));
	assert_false(web_has_flag("notebooks", "STREAM"));
	web_flag_regex(to, "files", "STREAM");
	fclose(to);
	assert_string_equal(text, "^(/download/[^/]+/.+|/workspaces/[^/]+/preview)$");
}

/* The pattern stands before the prefix it is an exception from. */
static void
is_in_order(web_print_fn *print, const char *first, const char *second)
{
	const struct conf c = {.listen = "127.0.0.1:8080", .host = "127.0.0.1", .port = 8080,
	    .site = "localhost:8080", .scheme = "http", .url = "http://localhost:8080",
	    .apps_domain = "localhost", .web = "lighttpd", .uid_base = 61000};
	const struct web_place w = {.conf = &c, .www = "/www"};
	FILE *to = begin();
	const char *one, *two;

	print(to, &w);
	fclose(to);
	one = strstr(text, first);
	two = strstr(text, second);
	if (!one || !two || one > two)
		fail_msg("%s … %s in %s", first, second, text);
}

static void
all_three_ask_for_patterns_first(void **state)
{
	(void)state;
	is_in_order(web_lighttpd, "=~ \"^(/workspaces/[^/]+/files|",
	    "=~ \"^(/workspaces|/open)(/|$)\"");
	is_in_order(web_lighttpd, "\"^(/upload/[^/]+)$\"", "server.stream-request-body = 2");
	is_in_order(web_apache, "ProxyPassMatch \"^(/workspaces/[^/]+/files|",
	    "ProxyPass \"/workspaces\"");
	is_in_order(web_nginx, "location ~ ^(/workspaces/[^/]+/files|",
	    "location ~ ^(/workspaces|/open)(/|$)");
	is_in_order(web_nginx, "fcgi/files.sock", "fastcgi_request_buffering off");
}

static const char *
printed(web_print_fn *print, const char *log, bool has_access, bool is_ours)
{
	const struct conf c = {.listen = "127.0.0.1:8080", .host = "127.0.0.1", .port = 8080,
	    .site = "localhost:8080", .scheme = "http", .url = "http://localhost:8080",
	    .apps_domain = "localhost", .web = "lighttpd", .uid_base = 61000, .log = log,
	    .access_log = has_access};
	const struct web_place w = {.conf = &c, .www = "/www", .is_ours = is_ours};
	FILE *to = begin();

	print(to, &w);
	fclose(to);
	return text;
}

/* In the form of our own log, with the request's id and without its address. */
static void
the_access_log_has_the_id_and_no_address(void **state)
{
	static const struct {
		web_print_fn *print;
		const char *id, *plain, *json;
	} servers[] = {
		{web_lighttpd, "%{X-Request-Id}o", " req=%{X-Request-Id}o at=access msg=\\\"%m at ",
		    ",\\\"req\\\":\\\"%{X-Request-Id}o\\\",\\\"at\\\":\\\"access\\\","},
		{web_apache, "%{X-Request-Id}o", " req=%{X-Request-Id}o at=access msg=\\\"%m at ",
		    ",\\\"req\\\":\\\"%{X-Request-Id}o\\\",\\\"at\\\":\\\"access\\\","},
		{web_nginx, "$request_id", " req=$request_id at=access msg=\"$request_method at ",
		    ",\"req\":\"$request_id\",\"at\":\"access\","},
	};
	static const char *const addresses[] = {"%r", "%U", "%q", "$request_uri at", "$request\""};

	(void)state;
	for (size_t i = 0; i < COUNT(servers); i++) {
		assert_non_null(strstr(printed(servers[i].print, "text", true, true), servers[i].plain));
		assert_non_null(strstr(printed(servers[i].print, "json", true, false), servers[i].json));
		for (size_t k = 0; k < COUNT(addresses); k++)
			assert_null(strstr(text, addresses[k]));
		printed(servers[i].print, "text", false, true);
		assert_null(strstr(text, "at=access"));
	}
	printed(web_nginx, "text", true, false);
	assert_non_null(strstr(text, "fastcgi_param HTTP_X_REQUEST_ID $request_id;"));
	assert_non_null(strstr(text, "proxy_set_header X-Request-Id $request_id;"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_those_that_nobody_shares),
		cmocka_unit_test(what_lies_below_anothers_prefix_has_a_pattern),
		cmocka_unit_test(flags_have_patterns),
		cmocka_unit_test(all_three_ask_for_patterns_first),
		cmocka_unit_test(the_access_log_has_the_id_and_no_address),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
