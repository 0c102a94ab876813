#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/file.h"
#include "../base/mem.h"
#include "../base/num.h"
#include "conf.h"

extern char **environ;

enum type { TEXT, NUMBER, FLAG, SECRET };

static const struct setting {
	enum type type;
	const char *name, *def;
	int64_t min, max;
	const char *unit;
	unsigned readers;
	const char *other, *doc;
	size_t at;
} settings[] = {
#define NONE CONF_NONE
#define ALL CONF_ALL
#define WEB CONF_WEB
#define GATE CONF_GATE
#define KEEP CONF_KEEP
#define AUTHOR CONF_AUTHOR
#define EGRESS CONF_EGRESS
#define CONF(type, name, def, min, max, unit, readers, other, doc) \
	{type, #name, def, min, max, unit, readers, other, doc, offsetof(struct conf, name)},
#include "conf.def"
#undef CONF
};

static int
set_value(struct conf *c, const struct setting *s, const char *value, const char *where,
    struct err *e)
{
	char *at = (char *)c + s->at;
	size_t n = strlen(value);
	int64_t number;

	switch (s->type) {
	case NUMBER:
		if (!num_int(value, s->min, s->max, &number))
			return err_field(e, ERR_INPUT, s->name,
			    "%s: %s must be a whole number from %lld to %lld%s%s, not \"%.60s\"",
			    where, s->name, (long long)s->min, (long long)s->max,
			    s->unit[0] ? " " : "", s->unit, value);
		*(int64_t *)(void *)at = number;
		return 0;
	case FLAG:
		if (strcmp(value, "yes") && strcmp(value, "no"))
			return err_field(e, ERR_INPUT, s->name, "%s: %s must be yes or no", where,
			    s->name);
		*(bool *)at = value[0] == 'y';
		return 0;
	default:
		if (n < (size_t)s->min || n > (size_t)s->max || strpbrk(value, "\n\r"))
			return err_field(e, ERR_INPUT, s->name,
			    "%s: %s must have %lld to %lld characters on one line", where, s->name,
			    (long long)s->min, (long long)s->max);
		*(const char **)(void *)at = mem_dup(value);
		return 0;
	}
}

static const struct setting *
find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		if (strlen(settings[i].name) == n && strncasecmp(settings[i].name, name, n) == 0)
			return &settings[i];
	return NULL;
}

static int
load_file(struct conf *c, const char *path, struct err *e)
{
	AUTO_BUF struct buf text = {0};
	char *line, *next, *value, *end, where[1100];
	int number = 0;

	buf_init(&text, 1 << 20);
	if (file_read(path, &text, e) < 0)
		return -1;
	for (line = text.at; line; line = next) {
		const struct setting *s;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		snprintf(where, sizeof(where), "%s line %d", path, ++number);
		line += strspn(line, " \t\r");
		if (!*line || *line == '#')
			continue;
		value = strchr(line, '=');
		if (!value)
			return err_set(e, ERR_INPUT, "%s: expected `name = value`", where);
		for (end = value; end > line && isspace((unsigned char)end[-1]); end--)
			;
		s = find(line, (size_t)(end - line));
		if (!s)
			return err_set(e, ERR_INPUT, "%s: there is no setting \"%.*s\"", where,
			    (int)(end - line), line);
		value += 1 + strspn(value + 1, " \t");
		for (end = value + strlen(value); end > value && isspace((unsigned char)end[-1]);)
			*--end = '\0';
		if (set_value(c, s, value, where, e) < 0)
			return -1;
	}
	return 0;
}

static int
load_environment(struct conf *c, struct err *e)
{
	static const char *const not_settings[] = {"CONF", "SEALED", "BUILD", "TEST"};
	const struct setting *s;
	const char *value;

	for (size_t i = 0; i < COUNT(settings); i++)
		if (settings[i].other[0] && (value = getenv(settings[i].other)) && value[0] &&
		    set_value(c, &settings[i], value, settings[i].other, e) < 0)
			return -1;
	for (char **v = environ; *v; v++) {
		const char *name = *v + 7, *equals = strchr(*v, '=');
		bool is_known = false;
		size_t n;

		if (strncmp(*v, "CARREL_", 7) != 0 || !equals || equals < name)
			continue;
		n = (size_t)(equals - name);
		for (size_t i = 0; i < COUNT(not_settings); i++)
			is_known |= strlen(not_settings[i]) == n &&
			    strncmp(not_settings[i], name, n) == 0;
		if (is_known || strncmp(name, "TEST_", 5) == 0)
			continue;
		s = find(name, n);
		if (!s)
			return err_set(e, ERR_INPUT, "environment: there is no setting CARREL_%.*s",
			    (int)n, name);
		if ((equals[1] || s->min == 0) &&
		    set_value(c, s, equals + 1, "environment", e) < 0)
			return -1;
	}
	return 0;
}

/* A misspelt tier would give everybody the wrong limits. */
static int
check_tier(const struct conf *c, struct err *e)
{
	static const char *const names[] = {
#define TIER(name, ...) #name,
#include "../rule/tier.def"
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(c->account_tier, names[i]) == 0)
			return 0;
	return err_field(e, ERR_INPUT, "account_tier", "there is no account_tier \"%.20s\"",
	    c->account_tier);
}

/* listen and url taken apart. */
static int
derive(struct conf *c, struct err *e)
{
	const char *colon = strrchr(c->listen, ':'), *rest;
	char *host;

	if (check_tier(c, e) < 0)
		return -1;
	if (!colon || !num_int(colon + 1, 0, 65535, &c->port))
		return err_field(e, ERR_INPUT, "listen",
		    "listen must be address:port, such as 127.0.0.1:8080, not \"%.60s\"", c->listen);
	host = mem_dup(c->listen);
	host[colon - c->listen] = '\0';
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		host++;
	}
	c->host = host;
	if (c->url[0]) {
		size_t n = strlen(c->url);
		char *url;

		if (strncmp(c->url, "http://", 7) && strncmp(c->url, "https://", 8))
			return err_field(e, ERR_INPUT, "url", "url must begin with http:// or https://");
		url = mem_dup(c->url);
		while (n && url[n - 1] == '/')
			url[--n] = '\0';
		rest = strstr(url, "//") + 2;
		if (!rest[0] || strpbrk(rest, "/?#@ "))
			return err_field(e, ERR_INPUT, "url",
			    "url must be scheme://host[:port] and nothing more, not \"%.80s\"", c->url);
		c->url = url;
		c->has_url = true;
		c->scheme = url[4] == 's' ? "https" : "http";
		c->site = rest;
	} else {
		conf_set_port(c, (int)c->port);
	}
	return 0;
}

/* The model where none is named.  Programs that see no key are told by carreld. */
static void
choose_model(struct conf *c)
{
	if (c->model[0] || getenv("CARREL_SEALED"))
		return;
	if (c->anthropic_api_key[0])
		c->model = "anthropic/claude-sonnet-5";
	else if (c->openai_api_key[0] || c->openai_base_url[0])
		c->model = "openai";	/* the first one it lists */
	else
		c->model = "sample";
}

/* A model that nobody could ever answer for is found at the start, not at the first job. */
static int
check_model(const struct conf *c, struct err *e)
{
	static const char *const known[] = {
#define PROVIDER(name, path, address, header, other, key) #name,
#include "provider.def"
#undef PROVIDER
		"sample",
	};
	size_t n = strcspn(c->model, "/");

	if (!c->model[0])
		return 0;
	for (size_t i = 0; i < COUNT(known); i++)
		if (strlen(known[i]) == n && strncmp(known[i], c->model, n) == 0)
			return 0;
	return err_field(e, ERR_INPUT, "model", "model must begin with anthropic/ or openai/, "
	    "or be sample, not \"%.60s\"", c->model);
}

int
conf_load(struct conf *c, struct err *e)
{
	static const char *const places[] = {"carrel.conf", "/etc/carrel/carrel.conf"};
	const char *path = getenv("CARREL_CONF");

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < COUNT(settings); i++)
		if (set_value(c, &settings[i], settings[i].def, "default", e) < 0)
			return -1;
	if (!getenv("CARREL_SEALED")) {
		for (size_t i = 0; !path && i < COUNT(places); i++)
			if (access(places[i], F_OK) == 0)
				path = places[i];
		if (path && path[0] && load_file(c, path, e) < 0)
			return -1;
	}
	if (load_environment(c, e) < 0)
		return -1;
	choose_model(c);
	return check_model(c, e) < 0 ? -1 : derive(c, e);
}

void
conf_set_port(struct conf *c, int port)
{
	char text[200];

	c->port = port;
	snprintf(text, sizeof(text), strchr(c->host, ':') ? "[%s]:%d" : "%s:%d", c->host, port);
	c->listen = mem_dup(text);
	if (c->has_url)
		return;
	if (port == 80)
		snprintf(text, sizeof(text), "http://localhost");
	else
		snprintf(text, sizeof(text), "http://localhost:%d", port);
	c->url = mem_dup(text);
	c->site = c->url + strlen("http://");
	c->scheme = "http";
}

static char *
joined(const char *name, const char *value)
{
	size_t n = strlen("CARREL_") + strlen(name) + 1 + strlen(value) + 1;
	char *s = mem_new(n);
	int at = snprintf(s, n, "CARREL_%s=%s", name, value);

	(void)at;
	for (char *p = s; *p != '='; p++)
		*p = (char)toupper((unsigned char)*p);
	return s;
}

static char *
setting_value(const struct conf *c, const struct setting *s)
{
	const char *at = (const char *)c + s->at;
	char number[24];

	if (s->type == FLAG)
		return joined(s->name, *(const bool *)at ? "yes" : "no");
	if (s->type != NUMBER)
		return joined(s->name, *(const char *const *)(const void *)at);
	snprintf(number, sizeof(number), "%lld", (long long)*(const int64_t *)(const void *)at);
	return joined(s->name, number);
}

char **
conf_environment(const struct conf *c, enum conf_reader reader)
{
	static const struct {
		const char *start;
		unsigned readers;
	} passed[] = {
		{"SSL_CERT_FILE=", ALL}, {"SSL_CERT_DIR=", ALL}, {"CURL_CA_BUNDLE=", ALL},
		{"TZ=", ALL}, {"LANG=", ALL}, {"ASAN_OPTIONS=", ALL},
		{"UBSAN_OPTIONS=", ALL}, {"LSAN_OPTIONS=", ALL}, {"CARREL_TEST_", ALL},
		/* They may hold a password. */
		{"http_proxy=", EGRESS}, {"https_proxy=", EGRESS}, {"HTTPS_PROXY=", EGRESS},
		{"all_proxy=", EGRESS}, {"ALL_PROXY=", EGRESS}, {"no_proxy=", EGRESS},
		{"NO_PROXY=", EGRESS},
	};
	size_t n = 0, have = 0;
	char **env;

	while (environ[have])
		have++;
	env = mem_new((COUNT(settings) + have + 4) * sizeof(*env));
	for (size_t i = 0; i < COUNT(settings); i++)
		if (settings[i].readers & reader)
			env[n++] = setting_value(c, &settings[i]);
	env[n++] = mem_dup("CARREL_SEALED=1");
	env[n++] = mem_dup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	for (size_t i = 0; i < have; i++)
		for (size_t k = 0; k < COUNT(passed); k++)
			if ((passed[k].readers & reader) &&
			    strncmp(environ[i], passed[k].start, strlen(passed[k].start)) == 0)
				env[n++] = mem_dup(environ[i]);
	return env;
}

void
conf_print_manual(FILE *to)
{
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *s = &settings[i];

		fprintf(to, "# %s%s%s%s\n", s->doc, s->unit[0] ? " (" : "", s->unit,
		    s->unit[0] ? ")" : "");
		if (s->other[0])
			fprintf(to, "# also from the environment as %s\n", s->other);
		fprintf(to, "#%s = %s\n\n", s->name, s->def);
	}
}

void
conf_app_url(const struct conf *c, const char *id, char *out, size_t size)
{
	const char *colon = strrchr(c->site, ':'), *bracket = strrchr(c->site, ']');

	if (bracket && colon && colon < bracket)
		colon = NULL;
	snprintf(out, size, "%s://%s.%s%s/", c->scheme, id, c->apps_domain,
	    colon ? colon : "");
}
