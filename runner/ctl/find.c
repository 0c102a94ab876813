#include <string.h>

#include "../../shared/base/clock.h"
#include "../../shared/store/access.h"
#include "ctl.h"

#define PAGE 200
#define PREFIX_MIN 4

int
ctl_all(struct ctl *c, struct workspace **rows, struct err *e)
{
	struct workspace *all = NULL;
	int count = 0, got;

	do {
		struct workspace *more =
		    arena_new(&c->arena, sizeof(*all) * (size_t)(count + PAGE));

		if (count)
			memcpy(more, all, sizeof(*all) * (size_t)count);
		all = more;
		got = workspace_list(c->db, "app", false, "", WORKSPACE_BY_UPDATE, PAGE,
		    count, &c->arena, all + count, e);
		if (got < 0)
			return -1;
		count += got;
	} while (got == PAGE);
	*rows = all;
	return count;
}

int
ctl_find(struct ctl *c, struct workspace *w, struct err *e)
{
	const char *id = c->args[0], *found = NULL;
	struct workspace *rows;
	size_t n = strlen(id);
	int count;

	if (id_is_valid(id))
		return workspace_get(c->db, id, &c->arena, w, e) < 0 ?
		    err_set(e, ERR_MISSING, "there is no app %s", id) : 0;
	if (n < PREFIX_MIN)
		return err_set(
		    e, ERR_INPUT, "give at least %d characters of the id", PREFIX_MIN);
	count = ctl_all(c, &rows, e);
	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (strncmp(rows[i].id, id, n) != 0)
			continue;
		if (found)
			return err_set(e, ERR_CONFLICT,
			    "several apps begin with %s, such as %s and %s", id, found,
			    rows[i].id);
		found = rows[i].id;
	}
	if (!found)
		return err_set(e, ERR_MISSING, "no app's id begins with %s", id);
	return workspace_get(c->db, found, &c->arena, w, e);
}

int
ctl_change(struct ctl *c, const char *verb, const char *id,
    int (*act)(struct db *db, const char *id, struct err *e), struct err *e)
{
	if (db_begin(c->db, e) < 0)
		return -1;
	if (act(c->db, id, e) == 0 &&
	    event_add(c->db, "carrelctl", verb, id, "", clock_wall_ms(), e) == 0 &&
	    db_commit(c->db, e) == 0)
		return 0;
	db_rollback(c->db);
	return -1;
}

const char *
ctl_plain(struct ctl *c, const char *text)
{
	char *copy = arena_dup(&c->arena, text ? text : "");

	for (unsigned char *p = (unsigned char *)copy; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = ' ';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* control, too */
			p[0] = p[1] = ' ';
	}
	return copy;
}

const char *
ctl_state(const struct workspace *w)
{
	if (strcmp(w->sandbox_state, "running") == 0)
		return "awake";
	if (strcmp(w->sandbox_state, "provision") == 0)
		return "starting";
	return strcmp(w->sandbox_state, "failed") == 0 ? "failed" : "asleep";
}
