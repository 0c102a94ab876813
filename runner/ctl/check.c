/* carrelctl check */
#include <stdio.h>

#include "../../shared/store/care.h"
#include "ctl.h"

int
cmd_check(struct ctl *c, struct err *e)
{
	char wrong[1000];

	if (store_check(c->db, wrong, sizeof(wrong), e) < 0)
		return -1;
	if (!wrong[0]) {
		puts("The store is sound.");
		return 0;
	}
	printf("The store is not sound: %s\nKeep a copy of %s before anything else.\n",
	    wrong, c->var);
	return 1;
}
