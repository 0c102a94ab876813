#include <stdio.h>

#include "../base/clock.h"
#include "drain.h"
#include "stmt.h"

int
drain_get(struct db *db, struct drain *d, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_drain_get, "");
	int got = stmt_step(st, e);

	if (got == 1 && d) {
		d->since = stmt_int(st, 0);
		d->until = stmt_int(st, 1);
		stmt_copy(st, 2, d->by, sizeof(d->by));
	}
	if (got == 1)
		stmt_end(st);
	return got;
}

int
drain_retry_secs(const struct drain *d, int64_t now)
{
	int64_t left = (d->until - now) / 1000;

	return left > 0 ? (int)left + 1 : DRAIN_RETRY_SECS;
}

void
drain_words(const struct drain *d, int64_t now, char *out, size_t size)
{
	char iso[21];

	clock_iso(d->until, iso);
	if (d->until > now)
		snprintf(out, size, "This Carrel is being looked after and starts nothing new until "
		    "about %.5s UTC%s%.10s. What is awake goes on, and what sleeps is safe.", iso + 11,
		    d->until - now > 43200000 ? " on " : "", d->until - now > 43200000 ? iso : "");
	else
		snprintf(out, size, "This Carrel is being looked after and starts nothing new for "
		    "now; try again in a few minutes. What is awake goes on, and what sleeps is safe.");
}

int
drain_check(struct db *db, int64_t now, struct err *e)
{
	struct drain d;
	char words[300];

	if (drain_get(db, &d, NULL) != 1)
		return 0;
	drain_words(&d, now, words, sizeof(words));
	err_set(e, ERR_BUSY, "%s", words);
	if (e)
		e->retry_after_secs = drain_retry_secs(&d, now);
	return -1;
}

int
drain_begin(struct db *db, int64_t until, bool is_sleep, const char *by, int64_t now,
    struct err *e)
{
	const struct drain d = {.until = until};
	char words[300];

	drain_words(&d, now, words, sizeof(words));
	if (stmt_run(stmt_bind(db, Q_drain_set, "int", now, until, by), e) < 0 ||
	    stmt_run(stmt_bind(db, Q_drain_queue, "t", words), e) < 0)
		return -1;
	return is_sleep ? stmt_run(stmt_bind(db, Q_drain_sleep, "t", "It was put to sleep while "
	    "this Carrel is looked after; opening it wakes it."), e) : 0;
}

int
drain_end(struct db *db, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_drain_clear, ""), e);
}
