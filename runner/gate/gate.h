#ifndef GATE_GATE_H
#define GATE_GATE_H
/*
 * What the parts of the gate share.  One thread; nothing in here is locked.
 */
#include "../../shared/base/limit.h"
#include "../../shared/store/db.h"
#include "../../shared/wire/loop.h"
#include "ask.h"
#include "page.h"

#define GATE_FOLDERS "/run/carrel/sb"	/* one of each sandbox, with its app.sock */
#define GATE_FROZEN "/run/carrel/frozen"	/* with the socket of frozen apps' files */

enum limit {
#define LIMIT(name, value, status, sentence) LIMIT_##name,
#include "limit.def"
#undef LIMIT
	LIMITS
};

struct gate {
	struct loop *loop;
	struct db *db;
	struct site site;
	struct template_set *pages;
	int64_t wake_ms;		/* longest wait for a sleeping app */
	int64_t limits[LIMITS];
	int listener, folders, bell, inotify;	/* folders: GATE_FOLDERS, O_PATH */
	int frozen;			/* GATE_FROZEN, O_PATH; −1: it is not there */
	struct watch *listening;	/* NULL: not now */
	struct app_table *apps;
	struct wake *wakes;		/* all of them */
	struct conn *conns;		/* all of them */
	struct timer *review;		/* of remembered passes; NULL: there are none */
	int conn_count;
	bool is_leaving;		/* nothing new; what runs is finished */
};

/* limit.c: what limit.def says of each. */
extern const struct limit_row limit_rows[LIMITS];

#endif
