/* Settings: every one can be given, and what is bad is named with its file and line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "../../shared/conf/conf.h"

/* The texts of a struct conf live as long as the process, by design; here many are loaded. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}

static char path[64];
extern char **environ;

static int
start(void **state)
{
	(void)state;
	clearenv();
	snprintf(path, sizeof(path), "/tmp/carrel-conf-%d", (int)getpid());
	setenv("CARREL_CONF", path, 1);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static int
load(const char *text, struct conf *c, struct err *e)
{
	assert_int_equal(file_write(path, text, strlen(text), 0600, e), 0);
	return conf_load(c, e);
}

static void
refused(const char *text, const char *said)
{
	struct conf c;
	struct err e;

	assert_int_equal(load(text, &c, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.text, said))
		fail_msg("\"%s\" does not say \"%s\"", e.text, said);
}

static void
test_defaults(void **state)
{
	struct conf c;
	struct err e;

	(void)state;
	assert_int_equal(load("# nothing\n\n   \n", &c, &e), 0);
	assert_string_equal(c.listen, "127.0.0.1:8080");
	assert_string_equal(c.url, "http://localhost:8080");
	assert_string_equal(c.site, "localhost:8080");
	assert_string_equal(c.web, "lighttpd");
	assert_false(c.open);
	conf_set_port(&c, 4711);
	assert_string_equal(c.url, "http://localhost:4711");
	assert_string_equal(c.listen, "127.0.0.1:4711");
}

/* Each setting's default, given as a line of its own, is accepted; so no default is bad. */
static void
test_every_setting(void **state)
{
	static const struct {
		const char *name, *def;
	} all[] = {
#define CONF(type, name, def, min, max, unit, readers, other, doc) {#name, def},
#include "../../shared/conf/conf.def"
#undef CONF
	};
	struct conf c;
	struct err e;
	char line[600];

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		snprintf(line, sizeof(line), "%s = %s\n", all[i].name, all[i].def);
		if (load(line, &c, &e) < 0)
			fail_msg("%s: %s", line, e.text);
	}
}

static void
test_bounds(void **state)
{
	static const struct {
		bool is_number;
		const char *name;
		long long min, max;
	} all[] = {
#define TEXT false
#define SECRET false
#define FLAG false
#define NUMBER true
#define CONF(type, name, def, min, max, unit, readers, other, doc) {type, #name, min, max},
#include "../../shared/conf/conf.def"
#undef CONF
	};
	struct conf c;
	struct err e;
	char line[100];

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		if (!all[i].is_number)
			continue;
		snprintf(line, sizeof(line), "%s=%lld", all[i].name, all[i].min);
		assert_int_equal(load(line, &c, &e), 0);
		snprintf(line, sizeof(line), "%s=%lld", all[i].name, all[i].max);
		assert_int_equal(load(line, &c, &e), 0);
		snprintf(line, sizeof(line), "\n\n%s=%lld", all[i].name, all[i].max + 1);
		refused(line, "line 3");
		snprintf(line, sizeof(line), "%s=%lld", all[i].name, all[i].min - 1);
		refused(line, all[i].name);
		assert_int_equal(load("", &c, &e), 0);
	}
}

static void
test_bad_lines(void **state)
{
	(void)state;
	refused("listen = 127.0.0.1:8080\nnonsense\n", "line 2");
	refused("\n\n\nno_such = 1\n", "line 4: there is no setting \"no_such\"");
	refused("idle = ten\n", "line 1: idle");
	refused("idle = 10 s\n", "idle");
	refused("verbose = true\n", "yes or no");
	refused("listen = 8080\n", "listen");
	refused("listen = 127.0.0.1:65536\n", "listen");
	refused("listen =\n", "listen");
	refused("model = oracle/delphi\n", "oracle/delphi");
	refused("model = openaix/one\n", "model");
	refused("url = ftp://x\n", "url");
	refused("url = http://x/path\n", "url");
}

static void
test_environment_wins(void **state)
{
	struct conf c;
	struct err e;

	(void)state;
	setenv("CARREL_IDLE", "77", 1);
	assert_int_equal(load("idle = 99\nweb = apache\n", &c, &e), 0);
	assert_int_equal(c.idle, 77);
	assert_string_equal(c.web, "apache");
	setenv("CARREL_IDLE", "0", 1);
	refused("", "idle");
	unsetenv("CARREL_IDLE");
	setenv("CARREL_IDEL", "1", 1);
	refused("", "CARREL_IDEL");
	unsetenv("CARREL_IDEL");
	setenv("OPENAI_BASE_URL", "http://localhost:1/v1", 1);
	assert_int_equal(load("", &c, &e), 0);
	assert_string_equal(c.openai_base_url, "http://localhost:1/v1");
	unsetenv("OPENAI_BASE_URL");
}

static bool
has(char **env, const char *name)
{
	for (; *env; env++)
		if (strncmp(*env, name, strlen(name)) == 0)
			return true;
	return false;
}

/* Only author is given the providers' keys, only the web its own secrets. */
static void
test_secrets_stay_apart(void **state)
{
	static const enum conf_reader others[] = {
	    CONF_WEB, CONF_GATE, CONF_KEEP, CONF_LAUNCH};
	struct conf c;
	struct err e;

	(void)state;
	assert_int_equal(load("anthropic_api_key = sk-1\nadmin_secret = s\n", &c, &e), 0);
	assert_true(
	    has(conf_environment(&c, CONF_AUTHOR), "CARREL_ANTHROPIC_API_KEY=sk-1"));
	assert_false(has(conf_environment(&c, CONF_AUTHOR), "CARREL_ADMIN_SECRET"));
	assert_true(has(conf_environment(&c, CONF_WEB), "CARREL_ADMIN_SECRET=s"));
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(
		    has(conf_environment(&c, others[i]), "CARREL_ANTHROPIC_API_KEY"));
		assert_true(has(conf_environment(&c, others[i]), "CARREL_SEALED=1"));
	}
}

static void
test_app_url(void **state)
{
	struct conf c;
	struct err e;
	char out[300];

	(void)state;
	assert_int_equal(
	    load("url = https://carrel.example:8443\napps_domain = apps.example\n", &c,
		&e),
	    0);
	conf_app_url(&c, "abc", out, sizeof(out));
	assert_string_equal(out, "https://abc.apps.example:8443/");
	assert_int_equal(load("url = http://[::1]\n", &c, &e), 0);
	conf_app_url(&c, "abc", out, sizeof(out));
	assert_string_equal(out, "http://abc.localhost/");
	assert_int_equal(load("listen = [::1]:0\n", &c, &e), 0);
	assert_string_equal(c.host, "::1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, start, end),
		cmocka_unit_test_setup_teardown(test_every_setting, start, end),
		cmocka_unit_test_setup_teardown(test_bounds, start, end),
		cmocka_unit_test_setup_teardown(test_bad_lines, start, end),
		cmocka_unit_test_setup_teardown(test_environment_wins, start, end),
		cmocka_unit_test_setup_teardown(test_secrets_stay_apart, start, end),
		cmocka_unit_test_setup_teardown(test_app_url, start, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
