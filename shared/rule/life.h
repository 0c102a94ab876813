#ifndef RULE_LIFE_H
#define RULE_LIFE_H
/*
 * What should happen to a sandbox now: a pure decision by the table of life.def, with no
 * clock and no I/O.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum life_state {
#define LIFE_STATE(NAME) LIFE_##NAME,
#include "life.def"
	LIFE_STATES
};

enum life_step {
	LIFE_STAY,
	LIFE_START,
	LIFE_QUEUE,	/* it should start, but there is no room yet */
	LIFE_STOP,	/* end it as it is */
	LIFE_SLEEP,	/* end it with what is worth keeping: a notebook's kernel */
	LIFE_SAVE,	/* keep its kernel as it is now, and go on */
	LIFE_DROP,	/* forget the kernel that is kept */
};

struct life_facts {
	enum life_state state;
	bool is_gone;		/* there is no such workspace */
	bool is_terminated;
	bool is_wanted;		/* somebody asked for it to be awake */
	bool has_job;		/* an open job needs it */
	bool has_room;		/* admission */
	bool is_busy;		/* it computes */
	bool is_held;		/* somebody wants it awake for a stated time */
	bool is_pressed;	/* memory is short, and it is the least recently used */
	bool is_crowded;	/* its owner needs its place, and it is the least recently used */
	int64_t unused_ms;	/* since a person last used it, or it became ready */
	int64_t starting_ms;	/* since it was asked for, while starting */
	int64_t asleep_ms;	/* since it ended */
	int64_t unsaved_ms;	/* that it was in use since its kernel was kept; 0: it was not */
	int64_t start_limit_ms;
	/* Of its tier; 0: without end. */
	int64_t idle_ms, hibernate_ms, evict_ms, cell_ms, save_ms;
};

/* A line of life.def. */
struct life_rule {
	const char *name;
	unsigned states;	/* bits of enum life_state */
	enum life_step step;
	enum life_state becomes;	/* by START, STOP, SLEEP and DROP */
	const char *reason;
};

/* Never NULL.  *ms: of the reason; or NULL. */
const struct life_rule *life_decide(const struct life_facts *f, int64_t *ms);
/* The lines, for tests; NULL behind the last. */
const struct life_rule *life_rule(size_t i);
/* Its reason, for people; "" for a step that ends nothing. */
void life_reason(const struct life_rule *r, int64_t ms, char *out, size_t size);
/* "RUNNING". */
const char *life_name(enum life_state s);

/* When one that fell asleep at a time will lose its kernel; 0: never. */
int64_t life_evicts_at(const char *sandbox_state, int64_t ended_at, int64_t evict_ms);
/* Whether that is so soon that its owner should be told: the last quarter of the time, at
 * most two days. */
bool life_warns(int64_t evicts_at, int64_t evict_ms, int64_t now);

/* A kernel that died goes on from the snapshot that was made in the background, unless it died
 * of that very one just now: ran_ms after it was brought back from it (−1: it was not). */
#define LIFE_RELAPSE_MS 120000
bool life_returns(bool has_snapshot, int64_t ran_ms);

#endif
