/*
 * GET /usage?month=|from=&to=&owner=&by=&format=
 * 200 CSV, or {"from","to","rows":[…],"total":{…}} | 403 somebody else's
 */
#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/usage.h"
#include "../lib/reply.h"

#define HOUR_MS 3600000

/* The hour that it is in; −1: no time. */
static int64_t
hour_of(const char *text)
{
	int64_t at;

	return clock_from_iso(text, &at) ? at - at % HOUR_MS : -1;
}

static int
read_times(struct req *r, struct usage_filter *f, struct err *e)
{
	const char *month = req_text(r, "month"), *from = req_text(r, "from");
	const char *to = req_text(r, "to");
	char now[21];

	clock_iso(clock_wall_ms(), now);
	if (month && (from || to))
		return err_field(e, ERR_INPUT, "month", "A month has its own beginning and end.");
	if (!month && !from) {
		now[7] = '\0';
		month = now;
	}
	if (month && !usage_month(month, &f->from, &f->to))
		return err_field(e, ERR_INPUT, "month", "A month looks like 2026-11.");
	if (from && (f->from = hour_of(from)) < 0)
		return err_field(e, ERR_INPUT, "from", "A time looks like 2026-11-22 or "
		    "2026-11-22T07:00:00Z.");
	if (from)
		f->to = clock_wall_ms() + HOUR_MS;
	if (to && (f->to = hour_of(to)) < 0)
		return err_field(e, ERR_INPUT, "to", "A time looks like 2026-11-22 or "
		    "2026-11-22T07:00:00Z.");
	return 0;
}

/* Which of the words it is; −1, with an error. */
static int
choose(struct req *r, const char *name, const char *const *words, int n, struct err *e)
{
	const char *given = req_text(r, name);

	for (int i = 0; i < n; i++)
		if (!given || strcmp(given, words[i]) == 0)
			return i;
	return err_field(e, ERR_INPUT, name, "\"%.40s\" is none of the words for it.", given);
}

static int
run(struct req *r, struct err *e)
{
	static const char *const forms[] = {"json", "csv"};
	static const char *const bys[] = {[USAGE_BY_HOUR] = "hour",
	    [USAGE_BY_WORKSPACE] = "workspace", [USAGE_BY_OWNER] = "owner"};
	int form = choose(r, "format", forms, COUNT(forms), e);
	int by = choose(r, "by", bys, COUNT(bys), e);
	struct usage_filter f = {.by = (enum usage_by)by, .owner = req_text(r, "owner")};

	if (form < 0 || by < 0 || read_times(r, &f, e) < 0)
		return -1;
	if (!r->is_operator && f.owner && strcmp(f.owner, r->caller) != 0)
		return err_field(e, ERR_DENIED, "owner", "What others used is for the admin only.");
	if (!r->is_operator)
		f.owner = r->caller;
	if (usage_export(r->db, &f, form == 1, &r->out, e) < 0)
		return -1;
	if (r->out.is_over)
		return err_set(e, ERR_LIMIT, "That is too much at once; ask for a shorter time.");
	if (form == 0)
		return reply_json(r, 200);
	reply_header(r, "Content-Disposition", "attachment; filename=\"carrel-usage.csv\"");
	return reply_send(r, 200, "text/csv; charset=utf-8");
}

#define FIGURES "\"awake_ms\":5417123,\"cpu_usec\":91820334,\"memory_mb_ms\":2773566976," \
	"\"disk_mb_ms\":0,\"input_tokens\":5120,\"output_tokens\":2210"

const struct endpoint system_usage = {
	.about = "Whole numbers, so that rows add up to the millisecond: awake_ms, cpu_usec, "
	    "memory_mb_ms (its limit in MB times milliseconds), disk_mb_ms (what notebooks' files "
	    "and saved memory took), input_tokens, output_tokens. A sandbox counts from when its "
	    "start was asked for until nothing of it is left. Callers are given what is theirs, "
	    "the admin everything.",
	.fields = FIELDS(
	    {"month", FIELD_TEXT, false, false, 7, 7, "Such as 2026-11, in UTC; the current one "
	     "where nothing is said."},
	    {"from", FIELD_TEXT, false, false, 10, 20, "In place of month: the first hour."},
	    {"to", FIELD_TEXT, false, false, 10, 20, "The hour after the last; now where nothing is said."},
	    {"owner", FIELD_TEXT, false, false, 1, 100, "Only what is this owner's."},
	    {"by", FIELD_TEXT, false, false, 1, 20, "One row for each hour, workspace or owner: hour "
	     "(where nothing is said), workspace, owner."},
	    {"format", FIELD_TEXT, false, false, 1, 10, "json (where nothing is said) or csv."}),
	.replies = REPLIES({200, "What was used; as csv the rows, with a line of names before them.",
	    "{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-12-01T00:00:00Z\",\"rows\":[{"
	    "\"owner\":\"local\"," FIGURES "}],\"total\":{" FIGURES "}}", NULL},
	    {403, "It is somebody else's.", NULL, NULL}),
	.run = run,
};
