#include "stop.h"

int
stop_app(struct req *r, const char *id, char job[ID_SIZE], int64_t now, struct err *e)
{
	struct err none;

	if (job_cancel(r->db, id, job, &none) < 0 && none.kind != ERR_CONFLICT) {
		*e = none;
		return -1;
	}
	if (sandbox_want_asleep(r->db, id, "Stopped by an administrator.", e) < 0)
		return -1;
	return workspace_set_terminated(r->db, id, now, e);
}
