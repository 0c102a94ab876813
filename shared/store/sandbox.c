#include <string.h>

#include "../base/log.h"
#include "../rule/admit.h"
#include "drain.h"
#include "sandbox.h"
#include "stmt.h"

int
sandbox_get(struct db *db, const char *id, struct arena *a, struct sandbox *s, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_get, "t", id);

	if (stmt_first(st, e, ERR_MISSING, "There is no app with this id.") < 0)
		return -1;
	stmt_copy(st, 0, s->id, sizeof(s->id));
	s->state = stmt_text(st, 1, a);
	s->want = stmt_text(st, 2, a);
	s->epoch = stmt_int(st, 3);
	s->reason = stmt_text(st, 4, a);
	s->memory_peak = stmt_int(st, 5);
	s->wanted_at = stmt_int(st, 6);
	s->started_at = stmt_int(st, 7);
	s->ready_at = stmt_int(st, 8);
	s->first_request_at = stmt_int(st, 9);
	s->last_activity_at = stmt_int(st, 10);
	s->ended_at = stmt_int(st, 11);
	s->current = stmt_int(st, 12);
	s->title = stmt_text(st, 13, a);
	s->terminated_at = stmt_int(st, 14);
	s->kind = stmt_text(st, 15, a);
	s->image = stmt_text(st, 16, a);
	s->turn = stmt_int(st, 17);
	s->memory_now = stmt_int(st, 18);
	s->request = stmt_text(st, 19, a);
	stmt_end(st);
	return 0;
}

int
sandbox_open_ids(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_sandbox_open, ""), a, ids, e);
}

int
sandbox_alive_ids(struct db *db, struct arena *a, char (**ids)[ID_SIZE], struct err *e)
{
	return stmt_ids(stmt_bind(db, Q_sandbox_lost, ""), a, ids, e);
}

int
sandbox_asleep(struct db *db, struct arena *a, struct sandbox_asleep **rows, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_asleep, "");
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		struct sandbox_asleep *s;

		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		s = &(*rows)[n++];
		stmt_copy(st, 0, s->id, sizeof(s->id));
		s->owner = stmt_text(st, 1, a);
		s->tier = stmt_text(st, 2, a);
		s->ended_at = stmt_int(st, 3);
	}
	return got < 0 ? -1 : n;
}

int
sandbox_waiting(struct db *db, int64_t max, struct arena *a, struct sandbox_waiting **rows,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_waiting, "i", max);
	int n = 0, got;

	*rows = NULL;
	while ((got = stmt_step(st, e)) == 1) {
		struct sandbox_waiting *w;

		*rows = stmt_more(a, *rows, n, sizeof(**rows));
		w = &(*rows)[n++];
		stmt_copy(st, 0, w->id, sizeof(w->id));
		w->owner = stmt_text(st, 1, a);
		w->is_app = strcmp((const char *)sqlite3_column_text(st, 2), "app") == 0;
		w->turn = stmt_int(st, 3);
		w->wanted_at = stmt_int(st, 4);
		w->is_waking = stmt_int(st, 5);
		w->reason = stmt_text(st, 6, a);
	}
	return got < 0 ? -1 : n;
}

int
sandbox_place(struct db *db, const char *id, struct sandbox_place *p, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_place, "t", id);
	int got = stmt_step(st, e);

	*p = (struct sandbox_place){0};
	if (got != 1)
		return got;
	p->is_waiting = true;
	p->before = stmt_int(st, 0);
	p->eta_ms = admit_eta_ms(p->before, stmt_int(st, 1), stmt_int(st, 2));
	stmt_copy(st, 3, p->why, sizeof(p->why));
	stmt_end(st);
	return 0;
}

int
sandbox_line(struct db *db, struct sandbox_line *l, struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_line, "");

	if (stmt_step(st, e) != 1)
		return -1;
	*l = (struct sandbox_line){stmt_int(st, 0), stmt_int(st, 1), stmt_int(st, 2)};
	stmt_end(st);
	return 0;
}

int
sandbox_set_turn(struct db *db, const char *id, int64_t turn, const char *reason,
    struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_set_turn, "tnt", id, turn, reason), e);
}

int
sandbox_set_pace(struct db *db, int64_t gap_ms, int64_t boot_ms, const char *why,
    int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_set_pace, "iiti", gap_ms, boot_ms, why, now), e);
}

int
sandbox_evict(struct db *db, const char *id, const char *reason, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_evict, "tt", id, reason), e);
}

int
sandbox_count(struct db *db, int64_t *n, struct err *e)
{
	return stmt_number(stmt_bind(db, Q_sandbox_count, ""), n, e);
}

static bool
is_there(struct db *db, const char *id)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_is_there, "t", id);
	bool is = stmt_step(st, NULL) == 1;

	if (is)
		stmt_end(st);
	return is;
}

int
sandbox_want_awake(struct db *db, const char *id, int64_t now, struct err *e)
{
	if (!is_there(db, id) && drain_check(db, now, e) < 0)
		return -1;
	return sandbox_want_again(db, id, now, e);
}

int
sandbox_want_again(struct db *db, const char *id, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_want, "tit", id, now, log_request_id()), e);
}

int
sandbox_want_asleep(struct db *db, const char *id, const char *reason, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_rest, "tt", id, reason), e);
}

int
sandbox_active(struct db *db, const char *id, int64_t at, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_active, "ti", id, at), e);
}

int
sandbox_set_provision(struct db *db, const char *id, int64_t now, int64_t *epoch,
    struct err *e)
{
	sqlite3_stmt *st = stmt_bind(db, Q_sandbox_provision, "ti", id, now);
	int got = stmt_step(st, e);

	if (got == 0)
		return err_set(e, ERR_MISSING, "nobody wants sandbox %s", id);
	if (got < 0)
		return -1;
	*epoch = stmt_int(st, 0);
	return stmt_run(st, e);
}

int
sandbox_set_running(struct db *db, const char *id, int64_t now, struct err *e)
{
	return stmt_change(db, stmt_bind(db, Q_sandbox_running, "ti", id, now), e);
}

int
sandbox_set_ended(struct db *db, const char *id, const char *state, const char *reason,
    int64_t memory_peak, int64_t now, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_ended, "tttii", id, state, reason, memory_peak,
	    now), e);
}

int
sandbox_set_image(struct db *db, const char *id, const char *image, struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_set_image, "tt", id, image), e);
}

int
sandbox_set_memory(struct db *db, const char *id, int64_t peak, int64_t now_bytes,
    struct err *e)
{
	return stmt_run(stmt_bind(db, Q_sandbox_set_peak, "tii", id, peak, now_bytes), e);
}
