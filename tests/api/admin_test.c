/*
 * What operators and admins ask, by the API's own words, as plain CGI.
 */
#include <string.h>

#include "apps_kit.h"

static void
health_looks_at_each_part(void **state)
{
	AUTO_REPLY struct lab_reply down = lab_get("/health");
	const cJSON *parts = json_get(down.json, "parts");

	(void)state;
	assert_int_equal(down.status, 503);
	assert_string_equal(json_get_text(json_get(parts, "store"), "status"), "ok");
	assert_string_equal(json_get_text(json_get(parts, "keep"), "status"), "down");
	assert_non_null(json_get_text(json_get(parts, "disk"), "detail"));
	assert_non_null(json_get(parts, "author"));
	assert_non_null(json_get(parts, "gate"));
	assert_non_null(json_get(parts, "model"));
}

/* One that runs when the file's own is terminated already. */
static int
add_another(void **state)
{
	(void)state;
	lab_app("Another");
	return 0;
}

static void
admin_endpoints(void **state)
{
	static const char secret[] = "{\"admin_secret\":\"open sesame\"}";
	AUTO_REPLY struct lab_reply wrong = lab_post(uri("/terminate"),
	    "{\"admin_secret\":\"x\"}"), off = {0}, t, s, f, f2, all, status;

	(void)state;
	lab_is_error(&wrong, 403, "admin_secret");
	lab_settings(NULL);
	off = lab_post(uri("/terminate"), secret);
	lab_is_error(&off, 503, NULL);
	lab_settings(admin);
	t = lab_post(uri("/terminate"), secret);
	assert_int_equal(t.status, 200);
	assert_string_equal(json_get_text(t.json, "status"), "success");
	status = lab_get(uri("/status"));
	assert_string_equal(status.body, "{\"status\":\"terminated\"}");
	s = lab_post(uri("/snapshot"), secret);
	assert_non_null(strchr(json_get_text(s.json, "image"), '@'));
	f = lab_post(uri("/toggle-feature"), secret);
	f2 = lab_post(uri("/toggle-feature"), secret);
	assert_true(cJSON_IsTrue(json_get(f.json, "is_featured")));
	assert_true(cJSON_IsFalse(json_get(f2.json, "is_featured")));
	all = lab_post("/api/admin/terminate-all", secret);
	assert_true(json_get_int(all.json, "terminated", 0) >= 1);
	assert_int_equal(json_get_int(all.json, "failed", -1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(health_looks_at_each_part),
		cmocka_unit_test_setup(admin_endpoints, add_another),
	};

	return cmocka_run_group_tests(tests, set_up, lab_tear_down);
}
