#ifndef CGI_SITE_H
#define CGI_SITE_H
/*
 * What all requests of a plugin share and none changes: settings, keys, templates.
 */
#include "../../shared/conf/conf.h"
#include "../../shared/text/secret.h"
#include "../../shared/text/template.h"

#define SITE_NAMES 3
#define CALLER_SIZE 13		/* "key-" and 8 hex digits, or "local" */

struct site_key {
	char caller[CALLER_SIZE];
	unsigned char hash[SECRET_HASH_BYTES];
};

struct site {
	struct conf conf;
	char plugin[32];		/* "apps" */
	/* The control plane's own names: of url, and the address of listen. */
	char hosts[SITE_NAMES][256], origins[SITE_NAMES][300];
	int names;
	struct site_key *keys;		/* none: open mode */
	int key_count;
	struct template_set *templates;	/* NULL where they are not built */
	char page_policy[800];		/* Content-Security-Policy of pages */
};

int site_load(struct site *s, const char *plugin, struct err *e);
/* The caller of a key, or NULL; equally slow for every wrong one. */
const char *site_caller_of(const struct site *s, const char *key);
/* Whether a session's caller still has a key. */
bool site_has_caller(const struct site *s, const char *caller);
bool site_is_host(const struct site *s, const char *host);
bool site_is_origin(const struct site *s, const char *origin);
/* Whether pages of this origin may call with a key (cors_origins). */
bool site_allows_origin(const struct site *s, const char *origin);

#endif
