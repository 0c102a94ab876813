/* Usage as CSV and JSON.  Titles are left out: they are people's words, and a table program
 * would take some for formulas. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/clock.h"
#include "../text/json.h"
#include "usage.h"

struct exporting {
	struct buf *out;
	enum usage_by by;
	struct usage total;
};

static void
csv_head(enum usage_by by, struct buf *out)
{
	buf_str(out, by == USAGE_BY_HOUR ? "hour,owner,workspace,kind,life" :
	    by == USAGE_BY_WORKSPACE ? "owner,workspace,kind" : "owner");
#define USAGE(name, doc) buf_str(out, "," #name);
#include "usage.def"
#undef USAGE
	buf_str(out, "\r\n");
}

static void
csv_row(const struct usage *u, void *arg)
{
	struct exporting *x = arg;
	char hour[21];

	if (x->by == USAGE_BY_HOUR) {
		clock_iso(u->hour, hour);
		buf_fmt(x->out, "%s,%s,%s,%s,%lld", hour, u->owner, u->workspace, u->kind,
		    (long long)u->epoch);
	} else if (x->by == USAGE_BY_WORKSPACE) {
		buf_fmt(x->out, "%s,%s,%s", u->owner, u->workspace, u->kind);
	} else {
		buf_str(x->out, u->owner);
	}
#define USAGE(name, doc) buf_fmt(x->out, ",%lld", (long long)u->name);
#include "usage.def"
#undef USAGE
	buf_str(x->out, "\r\n");
}

static void
put_figures(const struct usage *u, struct buf *out)
{
#define USAGE(name, doc) json_put_int(out, #name, u->name);
#include "usage.def"
#undef USAGE
}

static void
put_time(struct buf *out, const char *name, int64_t ms)
{
	char iso[21];

	clock_iso(ms, iso);
	json_put_text(out, name, iso);
}

static void
json_row(const struct usage *u, void *arg)
{
	struct exporting *x = arg;

	json_open(x->out, '{');
	if (x->by == USAGE_BY_HOUR)
		put_time(x->out, "hour", u->hour);
	json_put_text(x->out, "owner", u->owner);
	if (x->by != USAGE_BY_OWNER) {
		json_put_text(x->out, "workspace", u->workspace);
		json_put_text(x->out, "kind", u->kind);
	}
	if (x->by == USAGE_BY_HOUR)
		json_put_int(x->out, "life", u->epoch);
	put_figures(u, x->out);
	json_close(x->out, '}');
	usage_sum(&x->total, u);
}

int
usage_export(struct db *db, const struct usage_filter *f, bool is_csv, struct buf *out,
    struct err *e)
{
	struct exporting x = {.out = out, .by = f->by};

	if (is_csv) {
		csv_head(f->by, out);
		return usage_each(db, f, csv_row, &x, e);
	}
	json_open(out, '{');
	put_time(out, "from", f->from);
	put_time(out, "to", f->to);
	json_key(out, "rows");
	json_open(out, '[');
	if (usage_each(db, f, json_row, &x, e) < 0)
		return -1;
	json_close(out, ']');
	json_key(out, "total");
	json_open(out, '{');
	put_figures(&x.total, out);
	json_close(out, '}');
	json_close(out, '}');
	return 0;
}

static int64_t
month_start(int year, int month)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = 1};

	return (int64_t)timegm(&tm) * 1000;
}

bool
usage_month(const char *text, int64_t *from, int64_t *to)
{
	int year = 0, month = 0, n = 0;

	if (strlen(text) != 7 || sscanf(text, "%4d-%2d%n", &year, &month, &n) != 2 || n != 7 ||
	    year < 1970 || month < 1 || month > 12)
		return false;
	*from = month_start(year, month - 1);
	*to = month_start(year, month);
	return true;
}
