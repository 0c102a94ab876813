/*
 * GET /statement?month=&owner=: what was used in a month, app by app.
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/usage.h"
#include "view.h"

/* Shown figures are whole, and yet add up: each is what the sum so far grew by. */
struct running {
	int64_t sum, shown;
};

struct listing {
	struct req *r;
	cJSON *list;
	struct usage total;
	struct running awake, cpu, memory, disk;
	int rows;
};

static int64_t
share(struct running *t, int64_t amount, int64_t unit)
{
	int64_t before = t->shown;

	t->sum += amount;
	t->shown = (t->sum + unit / 2) / unit;
	return t->shown - before;
}

static const char *
clock_time(struct req *r, int64_t secs)
{
	return arena_fmt(&r->arena, "%lld:%02lld:%02lld", (long long)secs / 3600,
	    (long long)secs / 60 % 60, (long long)secs % 60);
}

/* n in thousandths: "1.250"; "–" for none. */
static const char *
thousandths(struct req *r, int64_t n)
{
	return n ? arena_fmt(&r->arena, "%lld.%03lld", (long long)n / 1000, (long long)n % 1000) : "–";
}

static const char *
count_words(struct req *r, int64_t n)
{
	return n ? arena_fmt(&r->arena, "%lld", (long long)n) : "–";
}

#define SECOND_MS 1000
#define SECOND_USEC 1000000
/* A thousandth of a GB for an hour. */
#define GB_HOUR_1000TH (1024LL * 3600000 / 1000)

static void
add_figures(struct req *r, cJSON *o, const int64_t whole[4], const struct usage *u)
{
	view_text(o, "awake", whole[0] ? clock_time(r, whole[0]) : "–");
	view_text(o, "cpu", whole[1] ? clock_time(r, whole[1]) : "–");
	view_text(o, "memory", thousandths(r, whole[2]));
	view_text(o, "disk", thousandths(r, whole[3]));
	view_text(o, "input", count_words(r, u->input_tokens));
	view_text(o, "output", count_words(r, u->output_tokens));
}

static void
add_row(const struct usage *u, void *arg)
{
	struct listing *l = arg;
	struct req *r = l->r;
	const int64_t whole[] = {share(&l->awake, u->awake_ms, SECOND_MS),
	    share(&l->cpu, u->cpu_usec, SECOND_USEC),
	    share(&l->memory, u->memory_mb_ms, GB_HOUR_1000TH),
	    share(&l->disk, u->disk_mb_ms, GB_HOUR_1000TH)};
	cJSON *o = cJSON_CreateObject();

	view_text(o, "title", u->title[0] ? u->title : arena_fmt(&r->arena, "A deleted %s", u->kind));
	view_text(o, "href", u->title[0] ? arena_fmt(&r->arena, "/%s/%s", u->kind, u->workspace) : NULL);
	view_text(o, "kind", u->kind);
	view_text(o, "owner", u->owner);
	add_figures(r, o, whole, u);
	cJSON_AddItemToArray(l->list, o);
	usage_sum(&l->total, u);
	l->rows++;
}

static const char *
address(struct req *r, const char *page, int64_t month_ms, const char *owner, const char *rest)
{
	char iso[21];

	clock_iso(month_ms, iso);
	return arena_fmt(&r->arena, "%s?month=%.7s%s%s%s", page, iso, owner ? "&owner=" : "",
	    owner ? view_escaped(r, owner) : "", rest);
}

static const char *
month_words(struct req *r, int64_t ms)
{
	static const char *const names[] = {"January", "February", "March", "April", "May", "June",
	    "July", "August", "September", "October", "November", "December"};
	char iso[21];

	clock_iso(ms, iso);
	return arena_fmt(&r->arena, "%s %.4s", names[(iso[5] - '0') * 10 + iso[6] - '1'], iso);
}

static void
add_links(struct req *r, cJSON *c, const struct usage_filter *f, int64_t now)
{
	view_text(c, "before", address(r, "/statement", f->from - 86400000, f->owner, ""));
	view_text(c, "before_words", month_words(r, f->from - 86400000));
	if (f->to <= now) {
		view_text(c, "after", address(r, "/statement", f->to, f->owner, ""));
		view_text(c, "after_words", month_words(r, f->to));
	}
	view_text(c, "csv", address(r, "/usage", f->from, f->owner, "&by=workspace&format=csv"));
	view_text(c, "csv_hours", address(r, "/usage", f->from, f->owner, "&by=hour&format=csv"));
	view_text(c, "json", address(r, "/usage", f->from, f->owner, "&by=workspace"));
}

static int
run(struct req *r, struct err *e)
{
	int64_t now = clock_wall_ms();
	const char *month = req_text(r, "month"), *owner = req_text(r, "owner");
	struct usage_filter f = {.by = USAGE_BY_WORKSPACE};
	struct listing l = {.r = r};
	char iso[21];
	cJSON *c;

	clock_iso(now, iso);
	iso[7] = '\0';
	if (!usage_month(month ? month : iso, &f.from, &f.to))
		return err_field(e, ERR_INPUT, "month", "A month looks like 2026-11.");
	f.owner = !r->is_operator ? r->caller : owner && owner[0] ? owner : NULL;
	c = view_page(r, arena_fmt(&r->arena, "Statement for %s", month_words(r, f.from)));
	l.list = cJSON_AddArrayToObject(c, "rows");
	if (usage_each(r->db, &f, add_row, &l, e) < 0) {
		cJSON_Delete(c);
		return -1;
	}
	view_true(c, "has_rows", l.rows > 0);
	view_true(c, "is_operator", r->is_operator);
	view_text(c, "owner", f.owner);
	view_text(c, "month", month_words(r, f.from));
	view_true(c, "is_current", f.to > now);
	add_links(r, c, &f, now);
	add_figures(r, cJSON_AddObjectToObject(c, "total"),
	    (const int64_t[]){l.awake.shown, l.cpu.shown, l.memory.shown, l.disk.shown}, &l.total);
	return reply_page(r, 200, "statement", c, e);
}

const struct endpoint pages_statement = {
	.fields = FIELDS(
	    {"month", FIELD_TEXT, false, false, 0, 7, "Such as 2026-11, in UTC; else the current one."},
	    {"owner", FIELD_TEXT, false, false, 0, 100, "For the admin: only what is this owner's."}),
	.replies = REPLIES({200, "The page.", NULL, "text/html"}),
	.run = run,
};
