/* carrelctl list [--json] */
#include <stdio.h>

#include "../../shared/base/clock.h"
#include "../../shared/text/json.h"
#include "ctl.h"

static void
put_row(struct buf *b, const struct workspace *w)
{
	json_open(b, '{');
	json_put_text(b, "id", w->id);
	json_put_text(b, "title", w->title);
	json_put_text(b, "status", workspace_status(w));
	json_put_text(b, "sandbox", w->sandbox_state);
	json_put_int(b, "versions", w->versions);
	json_put_int(b, "created_at", w->created_at);
	json_put_int(b, "updated_at", w->updated_at);
	json_close(b, '}');
}

static int
print_json(const struct workspace *rows, int count, struct err *e)
{
	AUTO_BUF struct buf b = {0};

	buf_init(&b, 256 << 20);
	json_open(&b, '[');
	for (int i = 0; i < count; i++)
		put_row(&b, &rows[i]);
	json_close(&b, ']');
	if (b.is_over)
		return err_set(e, ERR_LIMIT, "the list is too long");
	puts(b.at);
	return 0;
}

int
cmd_list(struct ctl *c, struct err *e)
{
	struct workspace *rows;
	int count = ctl_all(c, &rows, e);
	int64_t now = clock_wall_ms();

	if (count < 0)
		return -1;
	if (c->is_json)
		return print_json(rows, count, e);
	if (!count) {
		puts("There are no apps yet.");
		return 0;
	}
	printf("%-26s  %-10s  %-8s  %8s  %-14s  %s\n", "ID", "STATUS", "SANDBOX",
	    "VERSIONS", "CHANGED", "TITLE");
	for (int i = 0; i < count; i++) {
		char changed[24];

		clock_words(rows[i].updated_at, now, changed);
		printf("%-26s  %-10s  %-8s  %8d  %-14s  %s\n", rows[i].id,
		    workspace_status(&rows[i]), ctl_state(&rows[i]),
		    (int)rows[i].versions, changed, ctl_plain(c, rows[i].title));
	}
	return 0;
}
