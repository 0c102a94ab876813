#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shared/base/clock.h"
#include "../../shared/wire/dial.h"
#include "back.h"
#include "field.h"
#include "frozen.h"

#define SOCKET "web.sock"

/* How many of the n bytes are of a kind. */
static size_t
span(const char *s, size_t n, bool only_digits)
{
	size_t i = 0;

	while (i < n && ((s[i] >= '0' && s[i] <= '9') || (!only_digits &&
	    (((s[i] | 32) >= 'a' && (s[i] | 32) <= 'z') || memchr("._-", s[i], 3)))))
		i++;
	return i;
}

bool
frozen_is_asset(struct text t)
{
	static const char folder[] = "/assets/";
	size_t n = strlen(FROZEN_ASSETS), digits;

	if (t.len <= n || memcmp(t.at, FROZEN_ASSETS, n) != 0)
		return false;
	digits = span(t.at + n, t.len - n, true);
	n += digits;
	if (digits == 0 || digits > 9 || t.len <= n + strlen(folder) ||
	    memcmp(t.at + n, folder, strlen(folder)) != 0)
		return false;
	n += strlen(folder);
	return t.at[n] != '.' && span(t.at + n, t.len - n, false) == t.len - n;
}

void
frozen_request(const char *head, size_t n, const char *id, int64_t version, struct buf *out)
{
	const char *target = memchr(head, ' ', n), *end, *rest;

	if (!target)
		return;
	target++;
	end = memchr(target, ' ', n - (size_t)(target - head));
	rest = end ? end : target;
	buf_add(out, head, (size_t)(target - head));
	buf_fmt(out, "/%s/", id);
	if (end && frozen_is_asset((struct text){target, (size_t)(end - target)}))
		buf_add(out, target + strlen(FROZEN_ASSETS),
		    (size_t)(end - target) - strlen(FROZEN_ASSETS));
	else
		buf_fmt(out, "%" PRId64 "/index.html", version);
	buf_add(out, rest, n - (size_t)(rest - head));
}

void
frozen_answer_missing(struct conn *c)
{
	conn_answer(c, &(struct answer){.status = 404, .title = "There is nothing here",
	    .words = "The app has no such file. It may have changed; load its page again."});
}

/* What only a sandbox could answer. */
static void
refuse(struct conn *c)
{
	conn_answer(c, &(struct answer){.status = c->ask.is_upgrade ? 503 : 405,
	    .title = "This app is asleep", .words = c->ask.is_upgrade ?
	    "The app is asleep." :
	    "The app is asleep, and its pages are only there to be read meanwhile."});
}

/* Puts the rewritten request in the place of the one that is held; nothing was sent yet. */
static void
hold_rewritten(struct conn *c)
{
	struct pipe *up = &c->up;
	struct buf out;
	size_t n;

	buf_init(&out, up->len + 64);
	frozen_request(up->bytes + up->off, up->len, c->app->id, c->app->frozen, &out);
	n = out.len;
	free(up->bytes);	/* hold_request's, never of the pool */
	up->bytes = NULL;
	up->off = up->len = 0;
	pipe_hold(up, buf_take(&out), n);
	c->is_frozen = true;
}

static bool
is_for_files(const struct conn *c)
{
	return c->ask.is_asset || (!c->app->is_notebook && c->app->frozen);
}

/* It has been there, so it will be there again; but nobody waits for ever. */
static enum frozen_result
is_away(const struct conn *c)
{
	bool is_late = c->state == CONN_DIAL &&
	    clock_boot_ms() - c->since_ms >= c->gate->limits[LIMIT_dial_ms] / 2;
	struct stat st;

	if (!is_late && c->gate->frozen >= 0 &&
	    fstatat(c->gate->frozen, SOCKET, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return FROZEN_AWAY;
	return FROZEN_NOT;
}

/* A live page's sandbox may wake just now.  The store is asked each time: what was learned
 * before would have a visitor wake one, or miss what he waits for. */
static bool
is_waking(struct conn *c)
{
	struct err e;

	app_doubt(c->app);
	return app_learn(c->gate, c->app, &e) == 0 && c->app->is_wanted;
}

enum frozen_result
frozen_serve(struct conn *c)
{
	int back;

	if (!is_for_files(c))
		return FROZEN_NOT;
	if (!c->ask.is_read) {
		refuse(c);
		return FROZEN_TAKEN;
	}
	if (c->ask.is_part && !c->ask.is_asset) {
		if (is_waking(c))
			return FROZEN_NOT;
		frozen_answer_missing(c);
		return FROZEN_TAKEN;
	}
	back = dial(c->gate->frozen, SOCKET, NULL);
	if (back < 0)
		return is_away(c);
	if (!c->is_frozen)
		hold_rewritten(c);
	back_relay(c, back);
	return FROZEN_TAKEN;
}
