#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/notebook.h"
#include "guard.h"
#include "reply.h"
#include "tries.h"

int
guard_host(struct req *r, struct err *e)
{
	const char *host = req_header(r, "HTTP_HOST");

	if (!host || !site_is_host(r->site, host))
		return err_set(e, ERR_HOST, "No site of this name is served here; "
		    "Carrel's address is %s://%s/.", r->site->conf.scheme, r->site->conf.site);
	return 0;
}

static bool
has_key(const struct req *r)
{
	const char *key = req_header(r, "HTTP_X_API_KEY");

	return key && site_caller_of(r->site, key);
}

int
guard_origin(struct req *r, struct err *e)
{
	const char *origin = req_header(r, "HTTP_ORIGIN");
	const char *from = req_header(r, "HTTP_SEC_FETCH_SITE");

	if (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0)
		return 0;
	/* A key is not sent by a browser of its own accord, so whoever sends one means it. */
	if (origin && has_key(r) && site_allows_origin(r->site, origin))
		return 0;
	if (origin && !site_is_origin(r->site, origin))
		return err_set(e, ERR_DENIED, "A page of another site may not do this.");
	if (from && strcmp(from, "same-origin") != 0 && strcmp(from, "none") != 0)
		return err_set(e, ERR_DENIED, "A page of another site may not do this.");
	return 0;
}

void
guard_cookie(const struct req *r, char *out, size_t size)
{
	guard_cookie_of(r, SESSION_COOKIE, out, size);
}

void
guard_cookie_of(const struct req *r, const char *name, char *out, size_t size)
{
	const char *at = req_header(r, "HTTP_COOKIE");
	size_t n = strlen(name);

	out[0] = '\0';
	while (at && *at) {
		size_t len;

		at += strspn(at, "; ");
		len = strcspn(at, ";");
		if (len > n + 1 && len - n - 1 < size && at[n] == '=' &&
		    memcmp(at, name, n) == 0) {
			memcpy(out, at + n + 1, len - n - 1);
			out[len - n - 1] = '\0';
			return;
		}
		at += len;
	}
}

static int
caller_of_session(struct req *r, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE];
	const char *caller;

	guard_cookie(r, token, sizeof(token));
	if (!token[0])
		return err_set(e, ERR_AUTH, "Invalid API key");
	secret_hash(token, strlen(token), hash);
	if (session_get(r->db, hash, clock_wall_ms(), &r->arena, &caller, e) < 0)
		return -1;
	if (!site_has_caller(r->site, caller))
		return err_set(e, ERR_AUTH, "The key of this session is not valid any more.");
	memcpy(r->caller, caller, strnlen(caller, CALLER_SIZE - 1));
	r->has_session = true;
	return 0;
}

/* The token of "Authorization: Bearer", or NULL. */
static const char *
bearer(const struct req *r)
{
	const char *given = req_header(r, "HTTP_AUTHORIZATION");

	return given && strncasecmp(given, "Bearer ", 7) == 0 ? given + 7 : NULL;
}

static int
refuse_token(struct req *r, struct err *e)
{
	int secs = tries_wrong(r->id, clock_boot_ms());

	if (secs == 0)
		return err_set(e, ERR_AUTH, "This token does not belong to this workspace.");
	err_set(e, ERR_QUOTA, "Too many wrong tokens were sent for this notebook.");
	e->retry_after_secs = secs;
	return -1;
}

/* A workspace's own token lets its holder in there; a wrong one lets nobody in. */
static int
caller_of_token(struct req *r, const char *token, struct err *e)
{
	unsigned char hash[SECRET_HASH_BYTES];
	int got;

	secret_hash(token, strlen(token), hash);
	got = notebook_has_token(r->db, r->id, hash, e);
	if (got == 0)
		return refuse_token(r, e);
	memcpy(r->caller, "token", sizeof("token"));
	r->has_token = true;
	return got < 0 ? -1 : 0;
}

void
guard_operator(const struct req *r, char out[CALLER_SIZE])
{
	const char *secret = r->site->conf.admin_secret;
	unsigned char hash[SECRET_HASH_BYTES];

	secret_hash(secret, strlen(secret), hash);
	snprintf(out, CALLER_SIZE, "adm-%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
}

static bool
has_operator_session(struct req *r)
{
	unsigned char hash[SECRET_HASH_BYTES];
	char token[SECRET_TOKEN_SIZE], operator[CALLER_SIZE];
	const char *caller;

	guard_cookie_of(r, OPERATOR_COOKIE, token, sizeof(token));
	if (!token[0] || !r->db)
		return false;
	secret_hash(token, strlen(token), hash);
	guard_operator(r, operator);
	return session_get(r->db, hash, clock_wall_ms(), &r->arena, &caller, NULL) == 0 &&
	    strcmp(caller, operator) == 0;
}

/* Only this machine's own people reach us, and nothing was set that tells them apart. */
static bool
is_for_all(const struct site *s)
{
	return s->key_count == 0 && strcmp(s->conf.web, "none") != 0 &&
	    (strncmp(s->conf.host, "127.", 4) == 0 || strcmp(s->conf.host, "::1") == 0 ||
	    strcmp(s->conf.host, "localhost") == 0);
}

bool
guard_is_operator(struct req *r)
{
	const char *secret = r->site->conf.admin_secret;

	if (!*secret)
		return is_for_all(r->site);
	return (bearer(r) && secret_is_equal(bearer(r), secret)) || has_operator_session(r);
}

static bool
is_scraper(struct req *r)
{
	const char *token = r->site->conf.metrics_token;

	return *token && bearer(r) && secret_is_equal(bearer(r), token);
}

/* For routes of the operator, and those on which he sees more than others. */
static int
caller_is_operator(struct req *r, struct err *e)
{
	if ((r->route->who == SCRAPER && is_scraper(r)) || guard_is_operator(r)) {
		r->is_operator = true;
		memcpy(r->caller, "admin", sizeof("admin"));
		return 0;
	}
	if (r->route->who == SCRAPER && *r->site->conf.metrics_token)
		return err_set(e, ERR_AUTH, "This needs the metrics_token of this Carrel as Bearer.");
	if (!*r->site->conf.admin_secret)
		return err_set(e, ERR_BUSY, "No ADMIN_SECRET is configured, so this is switched off.");
	return err_set(e, ERR_AUTH, "This needs the ADMIN_SECRET of this Carrel.");
}

int
guard_caller(struct req *r, struct err *e)
{
	const char *key = req_header(r, "HTTP_X_API_KEY"), *caller;
	struct err ignored;

	if (r->route->who >= OPERATOR)
		return caller_is_operator(r, e);
	if (r->route->flags & OWN && !key && caller_is_operator(r, &ignored) == 0)
		return 0;
	if (r->route->who == WORKSPACE && bearer(r))
		return caller_of_token(r, bearer(r), e);
	if (r->site->key_count == 0) {
		memcpy(r->caller, "local", sizeof("local"));
		return 0;
	}
	if (key) {
		caller = site_caller_of(r->site, key);
		if (caller)
			memcpy(r->caller, caller, CALLER_SIZE);
		else if (r->route->who != ANYONE)
			return err_set(e, ERR_AUTH, "Invalid API key");
		return 0;
	}
	return caller_of_session(r, r->route->who == ANYONE ? &ignored : e) < 0 &&
	    r->route->who != ANYONE ? -1 : 0;
}

int
guard_admin(struct req *r, struct err *e)
{
	const char *secret = r->site->conf.admin_secret;

	if (r->route->who != ADMIN)
		return 0;
	if (!*secret)
		return err_set(e, ERR_BUSY, "No ADMIN_SECRET is configured, so this is switched off.");
	if (!secret_is_equal(req_text(r, "admin_secret"), secret))
		return err_field(e, ERR_DENIED, "admin_secret", "The admin secret is wrong.");
	return 0;
}

static const char *
cors_origin(const struct req *r)
{
	const char *origin = req_header(r, "HTTP_ORIGIN");

	if (r->site->key_count == 0 || !origin || !site_allows_origin(r->site, origin))
		return NULL;
	return origin;
}

void
guard_cors(struct req *r)
{
	const char *origin = cors_origin(r);

	if (!origin)
		return;
	reply_header(r, "Access-Control-Allow-Origin", origin);
	reply_header(r, "Access-Control-Expose-Headers", "Location, Retry-After, X-Request-Id");
	reply_header(r, "Vary", "Origin");
}

bool
guard_is_preflight(const struct req *r)
{
	return strcmp(r->method, "OPTIONS") == 0 && cors_origin(r) &&
	    req_header(r, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");
}

void
guard_preflight(struct req *r)
{
	reply_header(r, "Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE");
	reply_header(r, "Access-Control-Allow-Headers",
	    "Content-Type, X-API-Key, Idempotency-Key, Prefer, Last-Event-ID");
	reply_header(r, "Access-Control-Max-Age", "600");
	reply_send(r, 204, NULL);
}
