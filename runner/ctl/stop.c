/* carrelctl stop ID */
#include <stdio.h>

#include "../../shared/store/sandbox.h"
#include "../../shared/wire/bell.h"
#include "ctl.h"

static int
act(struct db *db, const char *id, struct err *e)
{
	return sandbox_want_asleep(db, id, "It was put to sleep by whoever runs this Carrel.", e);
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
