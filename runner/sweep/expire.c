#include "../../shared/store/access.h"
#include "sweep.h"

int
sweep_expire(struct sweep *s, struct err *e)
{
	if (db_begin(s->db, e) < 0)
		return -1;
	if (access_expire(s->db, s->now, e) == 0 && db_commit(s->db, e) == 0)
		return 0;
	db_rollback(s->db);
	return -1;
}
