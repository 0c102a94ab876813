#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../shared/base/mem.h"
#include "site.h"

#define TEMPLATES "/run/carrel/build/www/templates"
#define KEYS_MAX 1000

static void
add_name(struct site *s, const char *host)
{
	if (site_is_host(s, host))
		return;
	snprintf(s->hosts[s->names], sizeof(s->hosts[0]), "%s", host);
	snprintf(s->origins[s->names++], sizeof(s->origins[0]), "%s://%s", s->conf.scheme, host);
}

/* Who listens at one's own address may be called by it too, as programs like to; an address
 * for all interfaces is nobody's name. */
static void
add_names(struct site *s)
{
	const struct conf *c = &s->conf;
	char host[256];

	add_name(s, c->site);
	if (strcmp(c->host, "0.0.0.0") == 0 || strcmp(c->host, "::") == 0)
		return;
	snprintf(host, sizeof(host), strchr(c->host, ':') ? "[%s]:%d" : "%s:%d", c->host,
	    (int)c->port);
	add_name(s, host);
}

static void
add_keys(struct site *s)
{
	const char *at = s->conf.valid_api_keys;

	s->keys = mem_new(KEYS_MAX * sizeof(*s->keys));
	while (*at && s->key_count < KEYS_MAX) {
		struct site_key *k = &s->keys[s->key_count];
		size_t n;

		at += strspn(at, ", \t");
		n = strcspn(at, ",");
		while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
			n--;
		if (n > 0) {
			secret_hash(at, n, k->hash);
			snprintf(k->caller, sizeof(k->caller), "key-%02x%02x%02x%02x", k->hash[0],
			    k->hash[1], k->hash[2], k->hash[3]);
			s->key_count++;
		}
		at += strcspn(at, ",");
	}
	s->keys = mem_resize(s->keys, (size_t)(s->key_count + 1) * sizeof(*s->keys));
}

int
site_load(struct site *s, const char *plugin, struct err *e)
{
	const char *colon;
	struct err ignored;

	memset(s, 0, sizeof(*s));
	snprintf(s->plugin, sizeof(s->plugin), "%s", plugin);
	if (conf_load(&s->conf, e) < 0)
		return -1;
	add_names(s);
	add_keys(s);
	s->templates = template_load(TEMPLATES, &ignored);
	/* Apps have the port of the control plane. */
	colon = strrchr(s->conf.site, ':');
	snprintf(s->page_policy, sizeof(s->page_policy), "default-src 'none'; script-src 'self'; "
	    "style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
	    "frame-src 'self' %s://*.%s%s; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	    s->conf.scheme, s->conf.apps_domain,
	    colon && !strchr(colon, ']') ? colon : "");
	return 0;
}

const char *
site_caller_of(const struct site *s, const char *key)
{
	unsigned char hash[SECRET_HASH_BYTES];
	const char *found = NULL;

	secret_hash(key, strlen(key), hash);
	for (int i = 0; i < s->key_count; i++)
		if (secret_is_same(hash, s->keys[i].hash))
			found = s->keys[i].caller;
	return found;
}

bool
site_has_caller(const struct site *s, const char *caller)
{
	for (int i = 0; i < s->key_count; i++)
		if (strcmp(s->keys[i].caller, caller) == 0)
			return true;
	return false;
}

bool
site_is_host(const struct site *s, const char *host)
{
	for (int i = 0; i < s->names; i++)
		if (strcasecmp(s->hosts[i], host) == 0)
			return true;
	return false;
}

bool
site_is_origin(const struct site *s, const char *origin)
{
	for (int i = 0; i < s->names; i++)
		if (strcmp(s->origins[i], origin) == 0)
			return true;
	return false;
}

bool
site_allows_origin(const struct site *s, const char *origin)
{
	const char *at = s->conf.cors_origins;
	size_t len = strlen(origin);

	while (*at) {
		size_t n;

		at += strspn(at, ", ");
		n = strcspn(at, ", ");
		if ((n == 1 && *at == '*') || (n == len && memcmp(at, origin, n) == 0))
			return len > 0;
		at += n;
	}
	return false;
}
