#include <string.h>

#include "../../shared/base/num.h"
#include "claim.h"

#define NAME_MAX_BYTES 32	/* longer ones are none of ours */

static const struct refusal fine = {0, NULL};

/* Browsers take http://localhost for as safe as https. */
static bool
is_safe_site(const struct site *s)
{
	return strcmp(s->scheme, "https") == 0 || strcmp(s->apps_domain, "localhost") == 0;
}

static const char *
cookie_name(const struct site *s)
{
	return is_safe_site(s) ? "__Host-carrel" : "carrel";
}

bool
claim_is_token(struct text t)
{
	if (t.len != CLAIM_TOKEN_LEN)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!(t.at[i] >= 'a' && t.at[i] <= 'z') && !(t.at[i] >= '2' && t.at[i] <= '7'))
			return false;
	return true;
}

static void
read_cookies(const struct head_field *f, const char *name, struct claim *c)
{
	struct text rest = f->value, item;
	size_t n = strlen(name);

	while (text_item(&rest, ';', &item)) {
		struct text value = {item.at + n + 1, item.len - n - 1};

		if (item.len <= n || memcmp(item.at, name, n) != 0 || item.at[n] != '=')
			continue;
		if (claim_is_token(value) && c->cookie_count < CLAIM_COOKIES_MAX)
			c->cookies[c->cookie_count++] = value;
	}
}

static void
read_fields(const struct head *h, const struct site *s, struct claim *c)
{
	int bearers, tools, frames;
	const struct head_field *bearer = head_find(h, "authorization", &bearers);
	const struct head_field *tool = head_find(h, "x-carrel-ticket", &tools);
	const struct head_field *dest = head_find(h, "sec-fetch-dest", &frames);

	c->has_bearer = bearers > 1 || (bearer && text_starts(bearer->value, "bearer "));
	if (c->has_bearer && bearer)
		c->bearer = text_trim((struct text){bearer->value.at + 7, bearer->value.len - 7});
	c->has_tool = tools > 0;
	if (tool)
		c->tool = tool->value;
	c->is_framed = dest && text_is(dest->value, "iframe");
	for (int i = 0; i < h->count; i++)
		if (text_is(h->fields[i].name, "cookie"))
			read_cookies(&h->fields[i], cookie_name(s), c);
}

/* A parameter's name as the sandbox would read it; longer than max: not of interest. */
static size_t
decode(struct text t, char *to, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++, n++) {
		if (n == max)
			return max + 1;
		if (t.at[i] == '%' && i + 2 < t.len && num_hex(t.at[i + 1]) >= 0 &&
		    num_hex(t.at[i + 2]) >= 0) {
			to[n] = (char)(num_hex(t.at[i + 1]) << 4 | num_hex(t.at[i + 2]));
			i += 2;
		} else {
			to[n] = t.at[i] == '+' ? ' ' : t.at[i];
		}
	}
	return n;
}

static enum claim_address
address_kind(struct text name)
{
	char plain[NAME_MAX_BYTES];
	size_t n = decode(name, plain, sizeof(plain));

	if (n == strlen("access_token") && memcmp(plain, "access_token", n) == 0)
		return CLAIM_TOKEN;
	if (n == strlen("ticket") && memcmp(plain, "ticket", n) == 0)
		return CLAIM_TICKET;
	return CLAIM_NOTHING;
}

/* Splits the address around the pair, and the "?" or "&" that belongs to it. */
static void
split(struct text target, struct text pair, struct claim *c)
{
	const char *end = target.at + target.len, *after = pair.at + pair.len;

	c->before = (struct text){target.at, (size_t)(pair.at - target.at)};
	if (after < end)
		after++;
	else
		c->before.len--;
	c->after = (struct text){after, (size_t)(end - after)};
}

/* −1: what is ours is there twice, or in disguise. */
static int
read_address(struct text target, struct claim *c)
{
	const char *query = memchr(target.at, '?', target.len), *end = target.at + target.len;

	for (const char *at = query ? query + 1 : end; at < end;) {
		const char *stop = memchr(at, '&', (size_t)(end - at));
		struct text pair = {at, (size_t)((stop ? stop : end) - at)};
		const char *equals = memchr(at, '=', pair.len);
		struct text name = {at, equals ? (size_t)(equals - at) : pair.len};
		enum claim_address kind = address_kind(name);

		at = stop ? stop + 1 : end;
		if (kind == CLAIM_NOTHING)
			continue;
		if (c->address != CLAIM_NOTHING ||
		    memchr(name.at, '%', name.len) || memchr(name.at, '+', name.len))
			return -1;
		c->address = kind;
		if (equals)
			c->shown = (struct text){equals + 1, pair.len - name.len - 1};
		split(target, pair, c);
	}
	return 0;
}

struct refusal
claim_read(const struct head *h, const struct site *s, const struct ask *a, struct claim *c)
{
	static const struct text none = {"", 0};

	*c = (struct claim){.bearer = none, .tool = none, .shown = none, .before = none,
	    .after = none};
	read_fields(h, s, c);
	if (read_address(h->target, c) < 0)
		return (struct refusal){400, "The address shows more than one token or ticket, "
		    "or one in disguise."};
	if (c->address == CLAIM_NOTHING)
		return fine;
	if (!a->is_read || a->body)
		return (struct refusal){400, "A token in the address opens a page, nothing else; "
		    "programs send Authorization: Bearer."};
	/* Sent back as an address, this would be one of another host. */
	if (h->target.len > 1 && (h->target.at[1] == '/' || h->target.at[1] == '\\'))
		return (struct refusal){400, "The address begins with two slashes."};
	return fine;
}

void
claim_add_address(const struct claim *c, struct buf *to)
{
	buf_add(to, c->before.at, c->before.len);
	buf_add(to, c->after.at, c->after.len);
}

void
claim_add_cookie(const struct claim *c, const struct site *s, const char *token,
    int64_t max_secs, struct buf *to)
{
	buf_fmt(to, "%s=%s; Max-Age=%lld; ", cookie_name(s), token, (long long)max_secs);
	if (!is_safe_site(s))
		buf_str(to, "HttpOnly; Path=/; SameSite=Lax");
	else if (c->is_framed)
		buf_str(to, "Secure; HttpOnly; Path=/; SameSite=None; Partitioned");
	else
		buf_str(to, "Secure; HttpOnly; Path=/; SameSite=Lax");
}
