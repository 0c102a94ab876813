/* carrelctl usage [MONTH] [BY] [--json] */
#include <stdio.h>
#include <string.h>

#include "../../shared/base/buf.h"
#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/usage.h"
#include "ctl.h"

#define OUT_BYTES (1u << 30)

static const char *const bys[] = {[USAGE_BY_HOUR] = "hour", [USAGE_BY_WORKSPACE] = "workspace",
    [USAGE_BY_OWNER] = "owner"};

int
cmd_usage(struct ctl *c, struct err *e)
{
	struct usage_filter f = {.by = USAGE_BY_WORKSPACE};
	AUTO_BUF struct buf out = {0};
	char month[21];

	clock_iso(clock_wall_ms(), month);
	month[7] = '\0';
	usage_month(month, &f.from, &f.to);
	for (int i = 0; i < c->count; i++) {
		size_t by = 0;

		while (by < COUNT(bys) && strcmp(bys[by], c->args[i]) != 0)
			by++;
		if (by < COUNT(bys))
			f.by = (enum usage_by)by;
		else if (!usage_month(c->args[i], &f.from, &f.to))
			return err_set(e, ERR_INPUT, "\"%.40s\" is neither a month such as %s nor hour, "
			    "workspace or owner", c->args[i], month);
	}
	buf_init(&out, OUT_BYTES);
	if (usage_export(c->db, &f, !c->is_json, &out, e) < 0)
		return -1;
	if (out.is_over)
		return err_set(e, ERR_LIMIT, "that is too much at once");
	fputs(out.at, stdout);
	if (c->is_json)
		putchar('\n');
	return 0;
}
