#ifndef RULE_LIFE_H
#define RULE_LIFE_H
/*
 * What should happen to a sandbox now: a pure decision, with no clock and no I/O.
 */
#include <stdbool.h>
#include <stdint.h>

enum life_box {		/* what is there */
	LIFE_ABSENT,
	LIFE_STARTING,
	LIFE_UP,
	LIFE_STOPPING,
};

enum life_step {
	LIFE_STAY,
	LIFE_START,
	LIFE_QUEUE,		/* it should start, but there is no room yet */
	LIFE_STOP_GONE,		/* the workspace was deleted */
	LIFE_STOP_TERMINATED,
	LIFE_STOP_ASKED,	/* it is up, and nobody wants it any more */
	LIFE_STOP_IDLE,
	LIFE_STOP_STUCK,	/* it has been starting for too long */
};

struct life_facts {
	enum life_box box;
	bool is_gone;		/* there is no such workspace */
	bool is_terminated;
	bool is_wanted;		/* somebody asked for it to be awake */
	bool has_job;		/* an open job needs it */
	bool has_room;		/* admission */
	int64_t unused_ms;	/* since it was last used, or became ready */
	int64_t starting_ms;	/* since it was asked for, while starting */
	int64_t idle_limit_ms, start_limit_ms;
};

enum life_step life_decide(const struct life_facts *f);
/* Why it stopped, for people; "" for a step that is no stop. */
const char *life_reason(enum life_step step);

struct admit_facts {
	int64_t awake, starting;	/* sandboxes */
	int64_t awake_max;		/* 0: what memory allows */
	int64_t starting_max;		/* more at once only make each slower */
	int64_t free_mb;		/* memory available on the machine */
};

/* Memory that must stay free, and what one more sandbox is expected to take. */
#define ADMIT_RESERVE_MB 768
#define ADMIT_SANDBOX_MB 160

bool admit_one(const struct admit_facts *f);

#endif
