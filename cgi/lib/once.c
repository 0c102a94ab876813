#include <stdio.h>
#include <string.h>

#include "../../shared/base/clock.h"
#include "once.h"

#define KEY_MAX 200

/* NULL: none given, or (err set) a bad one. */
static const char *
find_key(const struct req *r, struct err *e)
{
	const char *key = req_header(r, "HTTP_IDEMPOTENCY_KEY");

	e->kind = ERR_NONE;
	if (!key)
		return NULL;
	for (const char *p = key; *p; p++)
		if (*p < 0x21 || *p > 0x7e || p - key >= KEY_MAX) {
			err_set(e, ERR_INPUT, "An Idempotency-Key is up to %d visible ASCII characters.",
			    KEY_MAX);
			return NULL;
		}
	if (!*key) {
		err_set(e, ERR_INPUT, "The Idempotency-Key is empty.");
		return NULL;
	}
	return key;
}

/* Of the decoded fields, so that JSON with other spaces, or a form, is the same request. */
static void
hash_fields(const struct req *r, unsigned char out[TOKEN_HASH_BYTES])
{
	const struct field *f = r->endpoint->fields;
	AUTO_BUF struct buf all = {0};

	buf_init(&all, 2u << 20);
	for (int i = 0; f && f[i].name; i++) {
		const struct value *v = &r->values[i];
		unsigned char part[SECRET_HASH_BYTES];
		const void *bytes = v->bytes ? v->bytes : v->text ? v->text : (const void *)"";

		if (!v->is_set)
			continue;
		secret_hash(bytes, v->len, part);
		buf_fmt(&all, "%s %lld\n", f[i].name, (long long)v->number);
		buf_add(&all, part, sizeof(part));
	}
	secret_hash(all.at, all.len, out);
}

int
once_find(struct req *r, const char *route, struct idempotency *made, struct err *e)
{
	unsigned char hash[TOKEN_HASH_BYTES];
	struct err bad;
	const char *key = find_key(r, &bad);
	int got;

	if (bad.kind != ERR_NONE) {
		*e = bad;
		return -1;
	}
	if (!key)
		return 0;
	got = idempotency_get(r->db, r->caller, route, key, clock_wall_ms(), made, e);
	if (got != 1)
		return got;
	hash_fields(r, hash);
	if (!secret_is_same(hash, made->body_hash))
		return err_set(e, ERR_CONFLICT, "This Idempotency-Key was used for another request.");
	return 1;
}

int
once_keep(struct req *r, const char *route, const char *workspace, const char *job,
    int64_t now, struct err *e)
{
	struct idempotency what = {0};
	struct err ignored;
	const char *key = find_key(r, &ignored);

	if (!key)
		return 0;
	hash_fields(r, what.body_hash);
	snprintf(what.workspace, sizeof(what.workspace), "%s", workspace);
	snprintf(what.job, sizeof(what.job), "%s", job);
	return idempotency_add(r->db, r->caller, route, key, &what, now, e);
}
