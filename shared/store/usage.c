#include <string.h>

#include "../base/mem.h"
#include "stmt.h"
#include "usage.h"

#define HOUR_MS 3600000

int
usage_begin(struct db *db, const char *id, int64_t epoch, int64_t memory_mb,
    const struct usage_now *now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_meter_begin, "tiiti", id, epoch, memory_mb, now->boot,
	    now->boot_ms), e);
}

/* The time before now.wall_ms that ms took, hour by hour: fn gets each hour and its part. */
static int
each_hour(int64_t ms, int64_t wall_ms, int (*fn)(void *arg, int64_t hour, int64_t part,
    struct err *e), void *arg, struct err *e)
{
	int64_t at = wall_ms > ms ? wall_ms - ms : 0;
	int rc = 0;

	do {
		int64_t hour = at - at % HOUR_MS;
		int64_t part = ms < hour + HOUR_MS - at ? ms : hour + HOUR_MS - at;

		rc = fn(arg, hour, part, e);
		at += part;
		ms -= part;
	} while (ms > 0 && rc == 0);
	return rc;
}

struct counting {
	struct db *db;
	const struct usage_life *life;
	char owner[100], kind[20];
	int64_t memory_mb, cpu_usec;
};

static int
add_part(void *arg, int64_t hour, int64_t part, struct err *e)
{
	struct counting *c = arg;
	int64_t cpu = c->cpu_usec;

	c->cpu_usec = 0;	/* to one of them, the first */
	return stmt_run(stmt_bind(c->db, Q_usage_add, "tiittiii", c->life->id, c->life->epoch,
	    hour, c->owner, c->kind, part, cpu, c->memory_mb * part), e);
}

int
usage_count(struct db *db, const struct usage_life *l, const struct usage_now *now,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_meter_get, "tit", l->id, l->epoch, now->boot);
	struct counting c = {.db = db, .life = l};
	int got = stmt_step(st, e);
	int64_t ms;

	if (got != 1)
		return got;
	stmt_copy(st, 0, c.owner, sizeof(c.owner));
	stmt_copy(st, 1, c.kind, sizeof(c.kind));
	c.memory_mb = stmt_int(st, 2);
	ms = now->boot_ms - stmt_int(st, 3);
	c.cpu_usec = l->cpu_usec - stmt_int(st, 4);
	stmt_end(st);
	ms = ms > 0 ? ms : 0;
	c.cpu_usec = c.cpu_usec > 0 ? c.cpu_usec : 0;
	if (!ms && !c.cpu_usec)
		return 0;
	if (each_hour(ms, now->wall_ms, add_part, &c, e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_meter_set, "tiiii", l->id, l->epoch, now->boot_ms,
	    l->cpu_usec, l->memory_bytes), e);
}

int
usage_end(struct db *db, const struct usage_life *l, const struct usage_now *now,
    struct err *e)
{
	return usage_count(db, l, now, e) < 0 ? -1 : usage_forget(db, l->id, l->epoch, e);
}

int
usage_forget(struct db *db, const char *id, int64_t epoch, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_meter_end, "ti", id, epoch), e);
}

static int
add_disk(void *db, int64_t hour, int64_t part, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_usage_add_disk, "ii", hour, part), e);
}

int
usage_count_disk(struct db *db, const struct usage_now *now, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_disk_meter_get, "t", now->boot);
	int got = stmt_step(st, e);
	int64_t ms = 0;

	if (got < 0)
		return -1;
	if (got) {
		ms = now->boot_ms - stmt_int(st, 0);
		stmt_end(st);
	}
	if (ms > 0 && each_hour(ms, now->wall_ms, add_disk, db, e) < 0)
		return -1;
	return stmt_run(stmt_bind(db, Q_disk_meter_set, "ti", now->boot, now->boot_ms), e);
}

int
usage_meters(struct db *db, struct arena *a, struct usage_meter **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_meter_list, "");
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		struct usage_meter *m;

		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		m = &(*rows)[n++];
		stmt_copy(st, 0, m->id, sizeof(m->id));
		m->epoch = stmt_int(st, 1);
		m->owner = stmt_text(st, 2, a);
		m->kind = stmt_text(st, 3, a);
		m->memory_mb = stmt_int(st, 4);
		m->memory_bytes = stmt_int(st, 5);
		m->cpu_usec = stmt_int(st, 6);
		m->title = stmt_text(st, 7, a);
		m->state = stmt_text(st, 8, a);
		m->started_at = stmt_int(st, 9);
		m->last_activity_at = stmt_int(st, 10);
		m->disk_bytes = stmt_int(st, 11);
		m->held_until = stmt_int(st, 12);
	}
	return got < 0 ? -1 : n;
}

int
usage_each(struct db *db, const struct usage_filter *f, usage_fn *fn, void *arg, struct err *e)
{
	static const enum query queries[] = {
		[USAGE_BY_HOUR] = Q_usage_hours, [USAGE_BY_WORKSPACE] = Q_usage_workspaces,
		[USAGE_BY_OWNER] = Q_usage_owners,
	};
	sqlite3_stmt *st = stmt_bind(db, queries[f->by], "iit", f->from, f->to, f->owner);
	struct arena a = {0};
	int got;

	while ((got = stmt_step(st, e)) == 1) {
		struct usage u = {.epoch = stmt_int(st, 1), .hour = stmt_int(st, 2)};
		int column = 6;

		arena_reset(&a);
		stmt_copy(st, 0, u.workspace, sizeof(u.workspace));
		u.owner = stmt_text(st, 3, &a);
		u.kind = stmt_text(st, 4, &a);
		u.title = stmt_text(st, 5, &a);
#define USAGE(name, doc) u.name = stmt_int(st, column++);
#include "usage.def"
#undef USAGE
		fn(&u, arg);
	}
	arena_free(&a);
	return got;
}

void
usage_sum(struct usage *sum, const struct usage *u)
{
#define USAGE(name, doc) sum->name += u->name;
#include "usage.def"
#undef USAGE
}
