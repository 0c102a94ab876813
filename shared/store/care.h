#ifndef STORE_CARE_H
#define STORE_CARE_H
/*
 * Care of the store as a whole: is it sound, and a copy of it.  For carrelctl and sweep.
 */
#include "db.h"

/* SQLite's own quick check, then the invariants of sql/check.sql.  What is wrong is written
 * to out, "" where all is well; −1: it could not be found out. */
int store_check(struct db *db, char *out, size_t size, struct err *e);
/* A copy of the store at one moment, while others write: made beside path under a temporary
 * name, checked, synced, renamed to path; mode 0600.  Needs no transaction. */
int store_backup(struct db *db, const char *path, struct err *e);

#endif
