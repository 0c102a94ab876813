#include <sys/statvfs.h>

#include "../../shared/rule/admit.h"
#include "../../shared/text/json.h"
#include "allow.h"

#define VAR "/run/carrel/var"

int
allow_creation(struct req *r, int64_t now, struct err *e)
{
	struct sandbox_line line;
	struct admit_line facts;
	struct statvfs v;

	if (sandbox_line(r->db, &line, e) < 0)
		return -1;
	facts = (struct admit_line){line.waiting, line.gap_ms, line.boot_ms,
	    statvfs(VAR, &v) == 0 ? (int64_t)(v.f_bavail * v.f_frsize >> 20) : INT64_MAX};
	if (admit_ask(&facts, e) < 0)
		return -1;
	return account_count_creation(r->db, &r->site->conf, r->caller, now, e);
}

static void
put_number(struct buf *b, const char *name, bool is_there, int64_t n)
{
	if (is_there)
		json_put_int(b, name, n);
	else
		json_put_text(b, name, NULL);
}

int
allow_put_place(struct req *r, bool is_terse, struct err *e)
{
	struct sandbox_place p;

	if (sandbox_place(r->db, r->id, &p, e) < 0)
		return -1;
	if (is_terse && !p.is_waiting)
		return 0;
	put_number(&r->out, "place", p.is_waiting, p.before + 1);
	put_number(&r->out, "eta_seconds", p.is_waiting, (p.eta_ms + 999) / 1000);
	return 0;
}
