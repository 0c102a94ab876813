#include "../../shared/store/care.h"
#include "sweep.h"

int
sweep_check(struct sweep *s, struct err *e)
{
	char wrong[400];

	if (store_check(s->db, wrong, sizeof(wrong), e) < 0)
		return -1;
	if (wrong[0])
		return err_set(e, ERR_INTERNAL, "the store is not sound: %s", wrong);
	return 0;
}
