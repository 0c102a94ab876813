/*
 * What accounts may use, by the API's own words, as plain CGI.  The test does what carrelctl
 * and keep would.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/account.h"
#include "../../shared/store/assist.h"
#include "../../shared/store/notebook.h"
#include "../../shared/store/sandbox.h"
#include "lab.h"

#define SAID(r, name) json_get_text((r).json, name)
#define KEYS "VALID_API_KEYS=alpha,beta"

static const char *const keys[] = {KEYS, NULL};
static const char *const free_tier[] = {KEYS, "CARREL_ACCOUNT_TIER=free", NULL};
static const char *const alpha[] = {"HTTP_X_API_KEY=alpha", NULL};
static const char *const beta[] = {"HTTP_X_API_KEY=beta", NULL};
static struct err e;

static struct lab_reply
send(const char *method, const char *uri, const char *json, const char *const *key)
{
	return lab_send(&(struct lab_ask){.method = method, .uri = uri, .type = json ? JSON : NULL,
	    .body = json, .more = key});
}

static struct lab_reply
make(const char *json, const char *const *key)
{
	return send("POST", "/workspaces", json, key);
}

/* The owner that a key is. */
static const char *
owner_of(const char *const *key)
{
	AUTO_REPLY struct lab_reply r = make("{}", key);
	struct workspace w;

	assert_int_equal(r.status, 200);
	assert_int_equal(workspace_get(lab_db, SAID(r, "id"), &lab_arena, &w, &e), 0);
	return w.owner;
}

static void
agree(const char *owner, const char *tier, enum tier_limit limit, int64_t value)
{
	struct account a = {.tier = tier};

	snprintf(a.owner, sizeof(a.owner), "%s", owner);
	for (int i = 0; i < TIER_LIMITS; i++)
		a.agreed[i] = TIER_AS_IS;
	a.agreed[limit] = value;
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(account_set(lab_db, &a, clock_wall_ms(), &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
}

static int
begin(void **state)
{
	(void)state;
	lab_settings(keys);
	arena_reset(&lab_arena);
	return 0;
}

/* Who has no account of his own has the setting's tier, which is the settings themselves. */
static void
the_setting_holds_for_all(void **state)
{
	AUTO_REPLY struct lab_reply own = {0}, free = {0}, shown = {0};

	(void)state;
	own = make("{}", alpha);
	shown = send("GET", arena_fmt(&lab_arena, "/workspaces/%s", SAID(own, "id")), NULL, alpha);
	assert_string_equal(SAID(shown, "tier"), "own");
	assert_int_equal(json_get_int(shown.json, "memory_limit", 0), 2048LL << 20);
	lab_free(&shown);
	lab_settings(free_tier);
	free = make("{}", alpha);
	shown = send("GET", arena_fmt(&lab_arena, "/workspaces/%s", SAID(free, "id")), NULL, alpha);
	assert_string_equal(SAID(shown, "tier"), "free");
	assert_int_equal(json_get_int(shown.json, "memory_limit", 0), 1024LL << 20);
	assert_int_equal(json_get_int(shown.json, "disk_limit", 0), 1024LL << 20);
	assert_int_equal(json_get_int(shown.json, "snapshot_limit", 0), 1024LL << 20);
}

/* A notebook may have less than its owner, not more; and never more than he has now. */
static void
a_tier_is_chosen_below_ones_own(void **state)
{
	const char *owner = owner_of(beta);
	AUTO_REPLY struct lab_reply more = {0}, less = {0}, shown = {0}, none = {0};
	const char *uri;

	(void)state;
	agree(owner, "paid", TIER_memory_mb, 9000);
	more = make("{\"tier\":\"enterprise\"}", beta);
	lab_is_error(&more, 403, "tier");
	assert_non_null(strstr(SAID(more, "detail"), "free or paid"));
	none = make("{\"tier\":\"gold\"}", beta);
	lab_is_error(&none, 400, "tier");
	less = make("{\"tier\":\"free\"}", beta);
	uri = arena_fmt(&lab_arena, "/workspaces/%s", SAID(less, "id"));
	shown = send("GET", uri, NULL, beta);
	assert_string_equal(SAID(shown, "tier"), "free");
	assert_int_equal(json_get_int(shown.json, "memory_limit", 0), 1024LL << 20);
	lab_free(&less);
	less = make("{}", beta);
	uri = arena_fmt(&lab_arena, "/workspaces/%s", SAID(less, "id"));
	lab_free(&shown);
	shown = send("GET", uri, NULL, beta);
	assert_string_equal(SAID(shown, "tier"), "paid");
	assert_int_equal(json_get_int(shown.json, "memory_limit", 0), 9000LL << 20);
	agree(owner, "free", TIER_memory_mb, TIER_AS_IS);
	lab_free(&shown);
	shown = send("GET", uri, NULL, beta);
	assert_string_equal(SAID(shown, "tier"), "free");
}

/* By number and time; apps, notebooks and copies count alike, and others are not touched. */
static void
creations_are_counted(void **state)
{
	const char *owner = owner_of(alpha);
	AUTO_REPLY struct lab_reply first = {0}, second = {0}, third = {0}, other = {0}, gone = {0};

	(void)state;
	agree(owner, "own", TIER_creates_day, 3);	/* one was made in the free tier */
	first = make("{}", alpha);
	assert_int_equal(first.status, 200);
	second = send("POST", "/api/create", "{\"prompt\":\"a clock\"}", alpha);
	assert_int_equal(second.status, 200);
	gone = send("DELETE", arena_fmt(&lab_arena, "/workspaces/%s", SAID(first, "id")), NULL,
	    alpha);
	assert_int_equal(gone.status, 200);
	third = make("{}", alpha);
	lab_is_error(&third, 429, NULL);
	assert_non_null(strstr(SAID(third, "detail"), "made 3 apps and notebooks in the last 24 "
	    "hours, as many as your tier (own) allows."));
	assert_in_range(atoi(lab_header(&third, "Retry-After")), 86300, 86400);
	other = make("{}", beta);
	assert_int_equal(other.status, 200);
	agree(owner, "own", TIER_creates_day, 0);
	lab_free(&third);
	third = make("{}", alpha);
	assert_int_equal(third.status, 200);
}

/* A key that was used is answered again, quota or not: nothing is made. */
static void
a_repeat_is_no_creation(void **state)
{
	static const char *const once[] = {"HTTP_X_API_KEY=alpha", "HTTP_IDEMPOTENCY_KEY=tiers",
	    NULL};
	const char *owner = owner_of(alpha);
	AUTO_REPLY struct lab_reply first = {0}, again = {0}, new = {0};

	(void)state;
	agree(owner, "own", TIER_creates_day, 0);
	agree(owner, "own", TIER_creates_minute, 4);	/* three were made above */
	first = make("{\"title\":\"Once\"}", once);
	assert_int_equal(first.status, 200);
	again = make("{\"title\":\"Once\"}", once);
	assert_int_equal(again.status, 200);
	assert_string_equal(SAID(first, "id"), SAID(again, "id"));
	new = make("{}", alpha);
	lab_is_error(&new, 429, NULL);
	agree(owner, "own", TIER_creates_minute, 0);
}

static int64_t
ask_agent(const char *notebook, const char *body, struct lab_reply *r)
{
	struct assist a;

	*r = send("POST", arena_fmt(&lab_arena, "/workspaces/%s/agent", notebook), body, alpha);
	if (r->status != 202)
		return 0;
	assert_int_equal(assist_get(lab_db, json_get_text(r->json, "assist"), &lab_arena, &a, &e), 0);
	return a.tokens_max;
}

/* What runs has what it may use promised, so several together do not pass the budget. */
static void
agents_share_a_budget(void **state)
{
	const char *owner = owner_of(alpha);
	AUTO_REPLY struct lab_reply book = make("{}", alpha), r = {0};
	const char *id = SAID(book, "id");

	(void)state;
	agree(owner, "own", TIER_agent_tokens_day, 70000);
	assert_int_equal(ask_agent(id, "{\"goal\":\"x\"}", &r), 60000);
	lab_free(&r);
	assert_int_equal(ask_agent(id, "{\"goal\":\"y\"}", &r), 10000);
	lab_free(&r);
	assert_int_equal(ask_agent(id, "{\"goal\":\"z\"}", &r), 0);
	lab_is_error(&r, 429, NULL);
	assert_non_null(strstr(SAID(r, "detail"), "may use 70000 tokens in 24 hours"));
	assert_string_equal(lab_header(&r, "Retry-After"), "60");
	agree(owner, "own", TIER_agent_tokens_day, 0);
}

/* Who waits is told where; who does not is told nothing. */
static void
the_line_is_shown(void **state)
{
	AUTO_REPLY struct lab_reply book = make("{}", alpha), app = {0}, shown = {0}, status = {0};
	const char *id = SAID(book, "id"), *one;

	(void)state;
	app = send("POST", "/api/create", "{\"prompt\":\"a clock\"}", alpha);
	one = SAID(app, "app_id");
	status = send("GET", arena_fmt(&lab_arena, "/api/app/%s/status", one), NULL, alpha);
	assert_string_equal(status.body, "{\"status\":\"created\"}");
	lab_free(&status);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(sandbox_set_pace(lab_db, 1000, 2000, "", clock_wall_ms(), &e), 0);
	assert_int_equal(sandbox_set_turn(lab_db, one, 5, "", &e), 0);
	assert_int_equal(sandbox_set_turn(lab_db, id, 7, "", &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	status = send("GET", arena_fmt(&lab_arena, "/api/app/%s/status", one), NULL, alpha);
	assert_string_equal(status.body,
	    "{\"status\":\"created\",\"place\":1,\"eta_seconds\":2}");
	shown = send("GET", arena_fmt(&lab_arena, "/workspaces/%s", id), NULL, alpha);
	assert_int_equal(json_get_int(shown.json, "place", 0), 2);
	assert_int_equal(json_get_int(shown.json, "eta_seconds", 0), 3);
}

/* A line of more than ten minutes is not made longer. */
static void
too_long_a_line_is_refused(void **state)
{
	AUTO_REPLY struct lab_reply no = {0}, yes = {0};

	(void)state;
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(sandbox_set_pace(lab_db, 1000, 700000, "", clock_wall_ms(), &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	no = make("{}", alpha);
	lab_is_error(&no, 503, NULL);
	assert_true(atoi(lab_header(&no, "Retry-After")) >= 100);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(sandbox_set_pace(lab_db, 300, 1000, "", clock_wall_ms(), &e), 0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	yes = make("{}", alpha);
	assert_int_equal(yes.status, 200);
}

/* One that sleeps says until when, and its page warns when that is soon. */
static void
eviction_is_announced(void **state)
{
	static const char *const html[] = {"HTTP_X_API_KEY=alpha", HTML, NULL};
	const char *owner = owner_of(alpha);
	AUTO_REPLY struct lab_reply book = make("{}", alpha), shown = {0}, page = {0};
	const char *id = SAID(book, "id");
	char iso[21];
	int64_t now = clock_wall_ms();

	(void)state;
	agree(owner, "paid", TIER_evict_s, 86400);
	assert_int_equal(db_begin(lab_db, &e), 0);
	assert_int_equal(sandbox_set_ended(lab_db, id, "hibernated", "Slept.", 0, now - 80000000, &e),
	    0);
	assert_int_equal(db_commit(lab_db, &e), 0);
	shown = send("GET", arena_fmt(&lab_arena, "/workspaces/%s", id), NULL, alpha);
	clock_iso(now - 80000000 + 86400000, iso);
	assert_string_equal(SAID(shown, "evicts_at"), iso);
	page = send("GET", arena_fmt(&lab_arena, "/notebook/%s", id), NULL, html);
	assert_int_equal(page.status, 200);
	assert_non_null(strstr(page.body, "cover-keeps fading"));
	assert_non_null(strstr(page.body, "Its variables are kept for another 2 h."));
}

#define T(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_setting_holds_for_all), T(a_tier_is_chosen_below_ones_own),
		T(creations_are_counted), T(a_repeat_is_no_creation), T(agents_share_a_budget),
		T(the_line_is_shown), T(too_long_a_line_is_refused), T(eviction_is_announced),
	};

	return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
