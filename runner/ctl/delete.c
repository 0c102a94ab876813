/* carrelctl delete ID --yes */
#include <stdio.h>
#include <string.h>

#include "../../shared/wire/bell.h"
#include "ctl.h"

int
cmd_delete(struct ctl *c, struct err *e)
{
	struct workspace w;

	if (ctl_find(c, &w, e) < 0)
		return -1;
	if (c->count < 2 || strcmp(c->args[1], "--yes") != 0)
		return err_set(e, ERR_INPUT,
		    "this removes \"%.80s\" with its %d versions for good; "
		    "add --yes to do it",
		    ctl_plain(c, w.title), (int)w.versions);
	if (ctl_change(c, "delete", w.id, workspace_delete, e) < 0)
		return -1;
	if (c->is_inside) {
		bell_ring(NULL, w.id);
		if (w.open_job)
			bell_ring(NULL, w.open_job);
	}
	printf("%s is gone.\n", w.id);
	return 0;
}
