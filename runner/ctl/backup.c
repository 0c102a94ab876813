/* carrelctl backup FILE */
#include <stdio.h>
#include <sys/stat.h>

#include "../../shared/store/care.h"
#include "ctl.h"

int
cmd_backup(struct ctl *c, struct err *e)
{
	struct stat st;

	if (store_backup(c->db, c->args[0], e) < 0)
		return -1;
	if (stat(c->args[0], &st) < 0)
		return err_sys(e, "look at %s", c->args[0]);
	printf(
	    "%s: %lld KB, checked.\n", c->args[0], (long long)(st.st_size + 1023) >> 10);
	return 0;
}
