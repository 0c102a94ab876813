/* carrelctl drain [--sleep] [MINUTES], carrelctl resume */
#include <stdio.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/num.h"
#include "../../shared/store/access.h"
#include "../../shared/store/drain.h"
#include "ctl.h"

static int
finish(struct ctl *c, const char *verb, int rc, struct err *e)
{
	if (rc == 0 && event_add(c->db, "carrelctl", verb, NULL, "", clock_wall_ms(), e) == 0 &&
	    db_commit(c->db, e) == 0)
		return 0;
	db_rollback(c->db);
	return -1;
}

int
cmd_drain(struct ctl *c, struct err *e)
{
	int64_t now = clock_wall_ms(), minutes = 0;

	if (c->count && !num_int(c->args[0], 0, DRAIN_MINUTES_MAX, &minutes))
		return err_set(e, ERR_INPUT, "minutes are a number up to %d", DRAIN_MINUTES_MAX);
	if (db_begin(c->db, e) < 0 || finish(c, "drain", drain_begin(c->db, minutes ?
	    now + minutes * 60000 : 0, c->is_sleep, "carrelctl", now, e), e) < 0)
		return -1;
	printf("Nothing new is started%s; `carrelctl resume` ends that.\n", c->is_sleep ?
	    ", and what is awake goes to sleep" : ", what is awake goes on");
	return 0;
}

int
cmd_resume(struct ctl *c, struct err *e)
{
	int was = drain_get(c->db, NULL, e);

	if (was < 0 || db_begin(c->db, e) < 0 ||
	    finish(c, "resume", drain_end(c->db, e), e) < 0)
		return -1;
	puts(was ? "Things are started again." : "Nothing was drained; things are started as ever.");
	return 0;
}
