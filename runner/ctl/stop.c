/* carrelctl stop ID */
#include <stdio.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "ctl.h"

/* Only a workspace that is marked as terminated is stopped before it has been idle for its
 * time; the next visit or change takes the mark away. */
static int
act(struct db *db, const char *id, struct err *e)
{
	if (sandbox_want_asleep(
		db, id, "It was put to sleep by whoever runs this Carrel.", e) < 0)
		return -1;
	return workspace_set_terminated(db, id, clock_wall_ms(), e);
}

int
cmd_stop(struct ctl *c, struct err *e)
{
	struct workspace w;

	if (ctl_find(c, &w, e) < 0 || ctl_change(c, "stop", w.id, act, e) < 0)
		return -1;
	bell_ring(NULL, w.id);
	if (w.open_job)
		printf("%s goes to sleep when its job %s has ended.\n", w.id, w.open_job);
	else
		printf("%s goes to sleep; the next visit wakes it.\n", w.id);
	return 0;
}
