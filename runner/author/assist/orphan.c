/* Assists that no author has at work: their end. */
#include <string.h>

#include "../../../shared/base/clock.h"
#include "../../../shared/base/log.h"
#include "inside.h"

static int
end_one(struct author *a, const char *id, const char *kind, const char *text, struct err *e)
{
	static const struct assist_tokens none;
	struct show s;
	int rc;

	rc = db_begin(a->db, e);
	if (rc == 0 && (assist_fail(a->db, id, kind, text, 0, &none, clock_wall_ms(), e) < 0 ||
	    db_commit(a->db, e) < 0)) {
		db_rollback(a->db);
		rc = -1;
	}
	if (rc < 0) {
		log_warn("assist %s: %s", id, e->text);
		return -1;
	}
	show_init(&s, a->loop, id);
	if (strcmp(kind, "cancelled") == 0)
		show_end(&s, NULL, 0, "cancelled");
	else
		show_end(&s, text, 0, "error");
	show_free(&s);
	return 0;
}

void
help_cancel_waiting(struct author *a, const char *id)
{
	struct err e = {0};

	(void)end_one(a, id, "cancelled", "Cancelled.", &e);
}

int
help_requeue(struct author *a, struct err *e)
{
	struct arena arena = {0};
	char (*ids)[ID_SIZE];
	int n, rc = 0;

	if (db_begin(a->db, e) < 0)
		return -1;
	if (assist_requeue(a->db, e) < 0 || db_commit(a->db, e) < 0) {
		db_rollback(a->db);
		return -1;
	}
	n = assist_taken(a->db, &arena, &ids, e);
	for (int i = 0; i < n && rc == 0; i++)
		rc = end_one(a, ids[i], err_name(ERR_INTERNAL), "Carrel was restarted in the "
		    "middle; what its steps did stays.", e);
	arena_free(&arena);
	return n < 0 ? -1 : rc;
}

void
help_end_lost(struct author *a)
{
	struct arena arena = {0};
	char (*ids)[ID_SIZE];
	struct err e = {0};
	int n = assist_taken(a->db, &arena, &ids, &e);

	if (n < 0)
		log_warn("assists that were taken: %s", e.text);
	for (int i = 0; i < n; i++)
		if (!help_find(a, ids[i]))
			end_one(a, ids[i], err_name(ERR_INTERNAL), "What came of it could "
			    "not be saved; what its steps did stays. Try again.", &e);
	arena_free(&arena);
}
