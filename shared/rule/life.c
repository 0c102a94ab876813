#include "life.h"

enum life_step
life_decide(const struct life_facts *f)
{
	bool is_needed = f->has_job || (f->is_wanted && !f->is_terminated);

	if (f->box == LIFE_STOPPING)
		return LIFE_STAY;
	if (f->is_gone)
		return f->box == LIFE_ABSENT ? LIFE_STAY : LIFE_STOP_GONE;
	if (f->box == LIFE_ABSENT)
		return !is_needed ? LIFE_STAY : f->has_room ? LIFE_START : LIFE_QUEUE;
	if (f->has_job && f->box == LIFE_UP)
		return LIFE_STAY;
	if (f->box == LIFE_STARTING && f->starting_ms > f->start_limit_ms)
		return LIFE_STOP_STUCK;
	if (!f->has_job && f->is_terminated)
		return LIFE_STOP_TERMINATED;
	if (f->box == LIFE_UP && !f->is_wanted)
		return LIFE_STOP_ASKED;
	if (f->box == LIFE_UP && f->unused_ms > f->idle_limit_ms)
		return LIFE_STOP_IDLE;
	return LIFE_STAY;
}

const char *
life_reason(enum life_step step)
{
	switch (step) {
	case LIFE_STOP_GONE:
		return "It was deleted.";
	case LIFE_STOP_TERMINATED:
		return "It was stopped by an administrator; opening it starts it again.";
	case LIFE_STOP_ASKED:
		return "It was put to sleep; opening it wakes it.";
	case LIFE_STOP_IDLE:
		return "Nobody used it for a while; opening it wakes it.";
	case LIFE_STOP_STUCK:
		return "It did not start in time; opening it tries again.";
	default:
		return "";
	}
}

bool
admit_one(const struct admit_facts *f)
{
	if (f->starting >= f->starting_max)
		return false;
	if (f->awake_max && f->awake >= f->awake_max)
		return false;
	return f->free_mb >= ADMIT_RESERVE_MB + (f->starting + 1) * ADMIT_SANDBOX_MB;
}
