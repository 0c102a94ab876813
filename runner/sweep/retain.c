#include "../../shared/store/orphan.h"
#include "sweep.h"

#define DAY_MS 86400000LL
#define AUTOS_KEPT 2		/* snapshots that nobody asked for, per workspace */

int
sweep_retain(struct sweep *s, struct err *e)
{
	int64_t before = s->conf->event_days ? s->now - s->conf->event_days * DAY_MS : 0;

	if (db_begin(s->db, e) < 0)
		return -1;
	if (care_retain(s->db, before, AUTOS_KEPT, s->now, e) == 0 && db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}
