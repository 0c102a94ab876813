#ifndef STORE_WORKSPACE_H
#define STORE_WORKSPACE_H
/*
 * Workspaces: the apps and notebooks that people make.  Texts of a row belong to the
 * arena that was given.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../base/rand.h"
#include "db.h"

#define TITLE_MAX 200	/* characters */

struct workspace {
	char id[ID_SIZE];
	const char *kind;		/* "app" or "notebook" */
	const char *title, *owner;
	const char *user_id, *parent;	/* or NULL */
	bool is_featured, is_tried;
	int64_t current, versions;	/* 0: none */
	int64_t created_at, updated_at, terminated_at;	/* 0: not */
	/* of its sandbox */
	const char *sandbox_state;	/* as in sandbox.h */
	const char *sandbox_reason;
	int64_t last_activity_at;
	const char *open_job;		/* its first job that has not ended, or NULL (lists: NULL) */
};

/* BY_USE: of notebooks only. */
enum workspace_order { WORKSPACE_BY_UPDATE, WORKSPACE_BY_TITLE, WORKSPACE_BY_CREATION,
	WORKSPACE_BY_USE };

/* All writing functions want a transaction (db.h).  MISSING where the id is unknown. */
int workspace_add(struct db *db, const struct workspace *w, struct err *e);	/* id, kind,
	title, owner, user_id, parent, created_at are used */
int workspace_get(struct db *db, const char *id, struct arena *a, struct workspace *w,
    struct err *e);
/* The same, of one kind; one of another kind is MISSING too. */
int workspace_get_kind(struct db *db, const char *id, const char *kind, struct arena *a,
    struct workspace *w, struct err *e);
/* At most max rows from offset on; search "" finds all.  Returns the count, or −1. */
int workspace_list(struct db *db, const char *kind, bool is_featured, const char *search,
    enum workspace_order order, int max, int offset, struct arena *a, struct workspace *rows,
    struct err *e);
/* Calls fn for every one, the last edited first.  Only id, title, is_featured, current,
 * is_tried and terminated_at are set, and the title lasts until fn returns. */
typedef void workspace_fn(const struct workspace *w, void *arg);
int workspace_each(struct db *db, const char *kind, workspace_fn *fn, void *arg,
    struct err *e);
int workspace_count(struct db *db, const char *kind, int64_t *all, int64_t *awake,
    struct err *e);
int workspace_set_title(struct db *db, const char *id, const char *title, int64_t now,
    struct err *e);
int workspace_set_featured(struct db *db, const char *id, bool is_featured, struct err *e);
/* terminated at `now`; 0 revives. */
int workspace_set_terminated(struct db *db, const char *id, int64_t now, struct err *e);
int workspace_delete(struct db *db, const char *id, struct err *e);
/* "created", "ready", "active" or "terminated": what the API calls status. */
const char *workspace_status(const struct workspace *w);

#endif
