/*
 * Making room: those that were not used for longest are put to sleep for others.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "keep.h"

#define UNUSED_MS 10000		/* who was there just now is not put to sleep for others */
#define ENDINGS_MAX 4		/* put to sleep for others at once */
#define UNSEEN_MS 3000		/* who was never visited */

static bool
is_ending(const struct box *b)
{
	return b->phase == BOX_KILLING || (b->phase >= BOX_HOLDING && !b->is_snapshot);
}

static bool is_due;	/* somebody is soon put to sleep for others */

static struct box *
pressed(struct keep *k)
{
	struct box *b = k->boxes;

	while (b && b->press == PRESS_NONE)
		b = b->next;
	return b;
}

static void
press_now(struct loop *l, void *arg)
{
	struct keep *k = arg;
	struct box *b;
	char id[ID_SIZE];

	(void)l;
	is_due = false;
	while ((b = pressed(k))) {
		memcpy(id, b->id, ID_SIZE);
		decide(k, id);
		if ((b = box_find(k, id)))
			b->press = PRESS_NONE;
	}
}

static struct box *
least_used(const struct keep *k, const char *owner)
{
	int64_t now = clock_wall_ms();
	struct box *least = NULL;

	for (struct box *b = k->boxes; b; b = b->next)
		if ((!owner || strcmp(b->share.owner, owner) == 0) && b->phase == BOX_UP &&
		    b->may_sleep && b->press == PRESS_NONE &&
		    now - b->used_at >= (b->is_seen ? UNUSED_MS : UNSEEN_MS) &&
		    (!least || b->used_at < least->used_at))
			least = b;
	return least;
}

void
press(struct keep *k, const char *owner)
{
	int most = owner ? 1 : ENDINGS_MAX;
	struct box *least;

	for (const struct box *b = k->boxes; b; b = b->next)
		most -= (!owner || strcmp(b->share.owner, owner) == 0) &&
		    (is_ending(b) || b->press != PRESS_NONE);
	for (; most > 0 && (least = least_used(k, owner)); most--)
		least->press = owner ? PRESS_OWNER : PRESS_MACHINE;
	/* Not here, which may be within a transaction. */
	if (pressed(k) && !is_due) {
		is_due = true;
		loop_timer(k->loop, 0, press_now, k);
	}
}
