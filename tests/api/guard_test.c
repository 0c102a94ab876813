/*
 * Who may ask what: for every line of routes.def.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

enum { ANYONE, CALLER, WORKSPACE, ADMIN, OPERATOR, SCRAPER };
enum { BIG = 1, STREAM = 2, WAIT = 4, PAGE = 8, RAW = 16, OWN = 32,
	LIGHT = 64 };

static const struct {
	const char *method, *path, *name;
	int who, flags;
} routes[] = {
#define ROUTE(plugin, method, path, endpoint, who, flags, summary) \
	{#method, path, #endpoint, who, flags},
#include "../../cgi/routes.def"
#undef ROUTE
};

static const char *const keys[] = {"VALID_API_KEYS=alpha, beta", "ADMIN_SECRET=open sesame",
    NULL};

static int
reset(void **state)
{
	(void)state;
	lab_settings(NULL);
	arena_reset(&lab_arena);
	return 0;
}

/* The pattern with the id of no app, and other words, in its holes. */
static const char *
address(const char *pattern)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 400);
	while (*pattern) {
		size_t n = strcspn(pattern, "{");

		buf_add(&b, pattern, n);
		pattern += n;
		if (*pattern)
			buf_str(&b, strncmp(pattern, "{id}", 4) == 0 ? NO_SUCH_ID : "html");
		pattern += *pattern ? strcspn(pattern, "}") + 1 : 0;
	}
	return arena_dup(&lab_arena, b.at);
}

/* The route's address; a field nobody knows makes sure that whoever is let in changes
 * nothing. */
static struct lab_ask
ask_for(size_t i, const char *const *more)
{
	struct lab_ask a = {.method = routes[i].method, .more = more};

	a.uri = address(routes[i].path);
	if (strcmp(a.method, "GET") != 0) {
		a.type = JSON;
		a.body = routes[i].who == ADMIN ? "{\"admin_secret\":\"wrong\"}" : "{\"nobody_knows\":1}";
	}
	return a;
}

static void
expect(size_t i, const char *const *more, bool is_let_in, int status, const char *what)
{
	struct lab_ask a = ask_for(i, more);
	AUTO_REPLY struct lab_reply r = lab_send(&a);
	bool is_refused = r.status == 401 || r.status == 403 || r.status == 421;

	if (is_let_in ? is_refused : r.status != status)
		fail_msg("%s (%s %s): %d %.200s", what, a.method, a.uri, r.status, r.body);
	if (r.status >= 500)
		fail_msg("%s (%s %s): %d %s", what, a.method, a.uri, r.status, r.log);
	if (!is_let_in && status == 401 && r.json && routes[i].who < OPERATOR && !(more && strstr(more[0], "COOKIE")))
		assert_string_equal(json_get_text(r.json, "detail"), "Invalid API key");
}

/* Of one that the admin's secret was not shown to. */
static int
refusal(size_t i)
{
	return routes[i].who == ADMIN ? 403 : 401;
}

static void
open_mode_lets_in_and_the_secret_counts(void **state)
{
	static const char *const secret[] = {"ADMIN_SECRET=open sesame", NULL};

	(void)state;
	lab_settings(secret);
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (strcmp(routes[i].name, "system_health") == 0)
			continue;	/* 503 here, where no program runs */
		expect(i, NULL, routes[i].who < ADMIN, refusal(i), "open mode");
	}
}

static void
without_a_key_only_anyone(void **state)
{
	static const char *const wrong[] = {"HTTP_X_API_KEY=gamma", NULL};
	static const char *const empty[] = {"HTTP_X_API_KEY=", NULL};
	static const char *const cookie[] = {"HTTP_COOKIE=__Host-carrel=aaaaaaaaaaaaaaaaaaaaaaaaaa",
	    NULL};

	(void)state;
	lab_settings(keys);
	for (size_t i = 0; i < COUNT(routes); i++) {
		bool is_free = routes[i].who == ANYONE;

		if (strcmp(routes[i].name, "system_health") == 0)
			continue;
		/* Signing in is how one gets a key accepted; its own 400 comes first here. */
		expect(i, NULL, is_free, 401, "no key");
		expect(i, wrong, is_free, 401, "wrong key");
		expect(i, empty, is_free, 401, "empty key");
		expect(i, cookie, is_free, 401, "made-up session");
	}
}

static void
with_a_key_all_but_admin(void **state)
{
	static const char *const right[] = {"HTTP_X_API_KEY=beta", NULL};

	(void)state;
	lab_settings(keys);
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (strcmp(routes[i].name, "system_health") == 0)
			continue;
		expect(i, right, routes[i].who < ADMIN, refusal(i), "right key");
	}
}

/* Neither keys nor a secret: who can ask is the admin, unless others can ask, too. */
static void
the_admin_is_who_shows_the_secret(void **state)
{
	static const char *const right[] = {"HTTP_AUTHORIZATION=Bearer open sesame", NULL};
	static const char *const wrong[] = {"HTTP_AUTHORIZATION=Bearer open", NULL};
	static const char *const token[] = {"HTTP_AUTHORIZATION=Bearer scrape", NULL};
	static const char *const far[] = {"CARREL_LISTEN=0.0.0.0:8080", NULL};
	static const char *const shared[] = {"CARREL_WEB=none", NULL};
	static const char *const scraped[] = {"VALID_API_KEYS=alpha", "ADMIN_SECRET=open sesame",
	    "CARREL_METRICS_TOKEN=scrape", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++) {
		if (routes[i].who < OPERATOR)
			continue;
		lab_settings(NULL);
		expect(i, NULL, true, 0, "nothing is set");
		for (size_t k = 0; k < 2; k++) {
			struct lab_ask a = ask_for(i, NULL);
			AUTO_REPLY struct lab_reply r = {0};

			lab_settings(k ? shared : far);
			r = lab_send(&a);
			lab_is_error(&r, 503, NULL);
		}
		lab_settings(scraped);
		expect(i, right, true, 0, "the secret");
		expect(i, wrong, false, 401, "a part of the secret");
		expect(i, token, routes[i].who == SCRAPER, 401, "the scraper's token");
	}
}

static void
health_is_for_anyone(void **state)
{
	AUTO_REPLY struct lab_reply r = {0};

	(void)state;
	lab_settings(keys);
	r = lab_get("/health");
	assert_int_equal(r.status, 503);
	assert_non_null(json_get(r.json, "parts"));
}

static void
pages_of_others_change_nothing(void **state)
{
	static const char *const bad[][3] = {
		{"HTTP_ORIGIN=http://evil.example", NULL}, {"HTTP_ORIGIN=null", NULL},
		{"HTTP_ORIGIN=", NULL}, {"HTTP_ORIGIN=https://localhost:8080", NULL},
		{"HTTP_ORIGIN=http://localhost:8081", NULL}, {"HTTP_ORIGIN=http://localhost", NULL},
		{"HTTP_ORIGIN=http://a.localhost:8080", NULL},
		{"HTTP_ORIGIN=http://localhost:8080.evil.example", NULL},
		{"HTTP_SEC_FETCH_SITE=cross-site", NULL}, {"HTTP_SEC_FETCH_SITE=same-site", NULL},
		{"HTTP_SEC_FETCH_SITE=bogus", NULL},
		{"HTTP_ORIGIN=http://localhost:8080", "HTTP_SEC_FETCH_SITE=cross-site", NULL},
		{"HTTP_ORIGIN=http://evil.example", "HTTP_SEC_FETCH_SITE=same-origin", NULL},
	};
	static const char *const good[] = {"HTTP_ORIGIN=http://localhost:8080",
	    "HTTP_SEC_FETCH_SITE=same-origin", NULL};

	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++) {
		bool reads = strcmp(routes[i].method, "GET") == 0;

		if (strcmp(routes[i].name, "system_health") == 0 || routes[i].who == ADMIN)
			continue;
		expect(i, good, true, 0, "our own page");
		/* All of them on one route, two on each. */
		for (size_t k = 0; k < COUNT(bad); k++)
			if (k == i % COUNT(bad) || k == 0 ||
			    strcmp(routes[i].name, "apps_create") == 0)
				expect(i, bad[k], reads, 403, bad[k][0]);
	}
}

static void
a_key_makes_a_foreign_page_welcome(void **state)
{
	static const char *const both[] = {"HTTP_ORIGIN=https://friend.example",
	    "HTTP_SEC_FETCH_SITE=cross-site", "HTTP_X_API_KEY=alpha", NULL};
	static const char *const friends[] = {"VALID_API_KEYS=alpha",
	    "CARREL_CORS_ORIGINS=https://friend.example,https://other.example", NULL};
	static const char *const others[] = {"VALID_API_KEYS=alpha",
	    "CARREL_CORS_ORIGINS=https://other.example", NULL};
	static const char *const preflight[] = {"HTTP_ORIGIN=https://friend.example",
	    "HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST", NULL};
	struct lab_ask post = {.method = "POST", .uri = "/api/create", .type = JSON,
	    .body = "{\"prompt\":\"\"}", .more = both};
	struct lab_ask options = {.method = "OPTIONS", .uri = "/api/create", .more = preflight};
	AUTO_REPLY struct lab_reply in = {0}, out = {0}, flight = {0}, grounded = {0}, open = {0};

	(void)state;
	lab_settings(friends);
	in = lab_send(&post);
	lab_is_error(&in, 400, "prompt");
	assert_string_equal(lab_header(&in, "Access-Control-Allow-Origin"),
	    "https://friend.example");
	assert_null(lab_header(&in, "Access-Control-Allow-Credentials"));
	flight = lab_send(&options);
	assert_int_equal(flight.status, 204);
	assert_non_null(strstr(lab_header(&flight, "Access-Control-Allow-Headers"), "X-API-Key"));
	lab_settings(others);
	out = lab_send(&post);
	lab_is_error(&out, 403, NULL);
	assert_null(lab_header(&out, "Access-Control-Allow-Origin"));
	grounded = lab_send(&options);
	lab_is_error(&grounded, 405, NULL);
	lab_settings(NULL);
	open = lab_send(&options);
	lab_is_error(&open, 405, NULL);
	assert_null(lab_header(&open, "Access-Control-Allow-Origin"));
}

static void
a_session_stands_for_the_key(void **state)
{
	static const char *const html[] = {HTML, NULL}, *const fewer[] = {"VALID_API_KEYS=alpha",
	    NULL};
	const char *with[] = {NULL, NULL, NULL};
	struct lab_ask get = {.method = "GET", .uri = "/api/apps", .more = with};
	AUTO_REPLY struct lab_reply wrong = {0}, in = {0}, seen = {0}, foreign = {0}, gone = {0},
	    out = {0}, after = {0};
	char cookie[200];

	(void)state;
	lab_settings(keys);
	wrong = lab_send(&(struct lab_ask){.method = "POST", .uri = "/login", .type = FORM,
	    .body = "key=gamma&next=%2Fapps", .more = html});
	assert_int_equal(wrong.status, 401);
	assert_non_null(strstr(wrong.body, "name=\"key\""));
	in = lab_send(&(struct lab_ask){.method = "POST", .uri = "/login", .type = FORM,
	    .body = "key=beta&next=%2F%2Fevil.example", .more = html});
	assert_int_equal(in.status, 303);
	assert_string_equal(lab_header(&in, "Location"), "/");
	snprintf(cookie, sizeof(cookie), "%s", lab_header(&in, "Set-Cookie"));
	assert_non_null(strstr(cookie, "; Secure; HttpOnly; SameSite=Lax"));
	cookie[strcspn(cookie, ";")] = '\0';

	with[0] = arena_fmt(&lab_arena, "HTTP_COOKIE=other=1; %s; more=2", cookie);
	seen = lab_send(&get);
	assert_int_equal(seen.status, 200);
	with[1] = "HTTP_ORIGIN=http://evil.example";
	foreign = lab_send(&(struct lab_ask){.method = "POST", .uri = "/api/create", .type = JSON,
	    .body = "{\"prompt\":\"x\"}", .more = with});
	lab_is_error(&foreign, 403, NULL);
	with[1] = NULL;
	lab_settings(fewer);
	gone = lab_send(&get);
	lab_is_error(&gone, 401, NULL);
	lab_settings(keys);
	out = lab_send(&(struct lab_ask){.method = "POST", .uri = "/logout", .type = FORM,
	    .body = "", .more = with});
	assert_int_equal(out.status, 303);
	after = lab_send(&get);
	lab_is_error(&after, 401, NULL);
}

static void
a_page_asks_for_the_key(void **state)
{
	static const char *const html[] = {HTML, NULL};
	AUTO_REPLY struct lab_reply r = {0};

	(void)state;
	lab_settings(keys);
	r = lab_send(&(struct lab_ask){.method = "GET", .uri = "/apps?q=x", .more = html});
	assert_int_equal(r.status, 401);
	assert_non_null(strstr(r.body, "name=\"next\" value=\"/apps\""));
}

static void
the_host_must_be_ours(void **state)
{
	static const struct {
		const char *header;
		int status;
	} hosts[] = {
		{"HTTP_HOST=localhost:8080", 200}, {"HTTP_HOST=LocalHost:8080", 200},
		{"HTTP_HOST=127.0.0.1:8080", 200}, {"HTTP_HOST=localhost", 421},
		{"HTTP_HOST=localhost:80801", 421}, {"HTTP_HOST=evil.example", 421},
		{"HTTP_HOST=", 421}, {"HTTP_HOST=a.localhost:8080", 421},
		{"HTTP_HOST=localhost:8080@evil.example", 421},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		const char *more[] = {hosts[i].header, NULL};
		AUTO_REPLY struct lab_reply r = lab_send(&(struct lab_ask){.method = "GET",
		    .uri = "/api/apps", .more = more});

		if (r.status != hosts[i].status)
			fail_msg("%s: %d", hosts[i].header, r.status);
		if (r.status != 200)
			lab_is_error(&r, 421, NULL);
	}
}

/* Whether the other pattern has this address, too. */
static bool
is_covered(const char *path, const char *other)
{
	const char *rest = strstr(other, "{path}");

	return strcmp(path, other) == 0 ||
	    (rest && strncmp(path, other, (size_t)(rest - other)) == 0);
}

static void
other_methods_are_told_the_right_ones(void **state)
{
	static const char *const others[] = {"GET", "PUT", "POST", "PATCH", "DELETE", "BREW"};

	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++) {
		struct lab_ask a = ask_for(i, NULL);

		a.method = others[i % COUNT(others)];
		a.body = NULL;
		for (size_t k = 0; k < COUNT(routes); k++)
			if (is_covered(routes[i].path, routes[k].path) &&
			    strcmp(routes[k].method, a.method) == 0)
				a.method = "PUT";
		AUTO_REPLY struct lab_reply r = lab_send(&a);

		lab_is_error(&r, 405, NULL);
		assert_non_null(strstr(lab_header(&r, "Allow"), routes[i].method));
	}
}

static void
head_is_get_without_the_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(routes); i++) {
		struct lab_ask a = ask_for(i, NULL);

		if (strcmp(a.method, "GET") != 0)
			continue;
		AUTO_REPLY struct lab_reply get = lab_send(&a), head = {0};

		a.method = "HEAD";
		head = lab_send(&a);
		assert_int_equal(head.status, get.status);
		assert_int_equal(head.len, 0);
		if (get.len)
			assert_int_equal(atoi(lab_header(&head, "Content-Length")) > 0, 1);
	}
}

static void
no_address_is_404(void **state)
{
	static const char *const none[] = {"/api/nope", "/api", "/api/", "/api/app", "/api/app/",
	    "/api/app/x", "/api/app/" NO_SUCH_ID "x", "/api/app/" NO_SUCH_ID "/",
	    "/api/app/" NO_SUCH_ID "/nope", "/api/app/AAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "/api/app/99999999999999999999999999", "/api/app/%61aaaaaaaaaaaaaaaaaaaaaaaaa",
	    "/api/app/" NO_SUCH_ID "%2fstatus", "//api/apps", "/nope", "/API/apps"};
	static const char *const html[] = {HTML, NULL};
	AUTO_REPLY struct lab_reply page = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		AUTO_REPLY struct lab_reply r = lab_get(none[i]);

		lab_is_error(&r, 404, NULL);
	}
	page = lab_send(&(struct lab_ask){.method = "GET", .uri = "/nope", .more = html});
	assert_int_equal(page.status, 404);
	assert_int_equal(strncmp(page.body, "<!doctype html>", 15), 0);
	assert_non_null(strstr(lab_header(&page, "Content-Security-Policy"), "script-src 'self'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(open_mode_lets_in_and_the_secret_counts, reset),
		cmocka_unit_test_setup(without_a_key_only_anyone, reset),
		cmocka_unit_test_setup(with_a_key_all_but_admin, reset),
		cmocka_unit_test_setup(the_admin_is_who_shows_the_secret, reset),
		cmocka_unit_test_setup(health_is_for_anyone, reset),
		cmocka_unit_test_setup(pages_of_others_change_nothing, reset),
		cmocka_unit_test_setup(a_key_makes_a_foreign_page_welcome, reset),
		cmocka_unit_test_setup(a_session_stands_for_the_key, reset),
		cmocka_unit_test_setup(a_page_asks_for_the_key, reset),
		cmocka_unit_test_setup(the_host_must_be_ours, reset),
		cmocka_unit_test_setup(other_methods_are_told_the_right_ones, reset),
		cmocka_unit_test_setup(head_is_get_without_the_body, reset),
		cmocka_unit_test_setup(no_address_is_404, reset),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
