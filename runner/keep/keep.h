#ifndef KEEP_H
#define KEEP_H
/*
 * keep: the lifecycle of every sandbox, and the judging of what goes into them.
 *
 * The store says what is wanted; keep makes it so, one decision at a time (shared/rule), and
 * alone moves a sandbox's state.  What it holds in memory can be found again: at its start it
 * asks launch what exists and the store what should.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../../shared/base/rand.h"
#include "../../shared/conf/conf.h"
#include "../../shared/store/db.h"
#include "../../shared/wire/guest.h"
#include "../../shared/wire/loop.h"

struct link;

enum box_phase {
	BOX_ASKED,	/* launch was asked to create it */
	BOX_BOOTING,	/* it runs; its workload is not ready */
	BOX_UP,
	BOX_KILLING,	/* launch was asked to kill it */
};

/* One sandbox that exists, or is being made or unmade. */
struct box {
	struct box *next;
	char id[ID_SIZE];		/* of its workspace */
	uint32_t epoch;
	enum box_phase phase;
	struct link *link;		/* to its guest; NULL: not connected */
	int64_t phase_ms;		/* boot time at which the phase began */
	int64_t ready_wall_ms;
	int64_t applied;		/* version that is in it; 0: none, or not known */
	int64_t applying;		/* version being applied (no job); 0: none */
	char judging[ID_SIZE];		/* job whose candidate is being applied; "" */
	int64_t apply_ms;		/* when that was sent */
	int64_t hold_until_ms;		/* nothing is applied before this boot time */
	const char *stop_state;		/* while killing: how the store will call it */
	char stop_reason[300];
};

struct keep {
	struct conf conf;
	struct loop *loop;
	struct db *db;
	int launch_fd, bell_fd;
	struct box *boxes;
	bool is_round_due;		/* decide_soon was called */
	bool is_listed;			/* launch has told what exists */
	int64_t boot_ms_mean;		/* how long a start takes lately */
};

/* box.c */
struct box *box_find(struct keep *k, const char *id);
void box_start(struct keep *k, const char *id, const char *job);
void box_stop(struct keep *k, struct box *b, const char *state, const char *reason);
void box_adopt(struct keep *k, const char *id, uint32_t epoch);
/* launch says it exists no more. */
void box_ended(struct keep *k, struct box *b, const char *state, const char *reason,
    int64_t memory_peak);
int box_count(const struct keep *k, bool only_starting);

/* launcher.c */
void launcher_start(struct keep *k);
void launcher_create(struct keep *k, const struct box *b);
void launcher_kill(struct keep *k, const char *id);
void launcher_list(struct keep *k);

/* link.c: the connection to a guest. */
struct link *link_open(struct keep *k, struct box *b);
void link_close(struct link *ln);
bool link_is_ready(const struct link *ln);
struct source;
void link_apply(struct link *ln, const struct source *s);

/* work.c: versions and candidates into a box that is there. */
struct sandbox;
struct job;
void work_consider(struct keep *k, struct box *b, const struct sandbox *s,
    const struct job *open_job, struct arena *a);
void work_verdict(struct keep *k, struct box *b, const char *json, size_t n);
void work_restarted(struct keep *k, struct box *b);
void work_lost(struct keep *k, struct box *b, const char *reason);
void work_fail(struct keep *k, const char *job, const char *kind, const char *text);
void work_tick(struct keep *k);

/* decide.c */
void decide(struct keep *k, const char *id);	/* id of a workspace, or of a job */
void decide_all(struct keep *k);
void decide_soon(struct keep *k);	/* decide_all, when what is going on is done */

#endif
