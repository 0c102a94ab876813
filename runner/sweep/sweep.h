#ifndef SWEEP_H
#define SWEEP_H
/*
 * The tidying that cron starts.  Each duty may be killed at any point, run again at once,
 * and run beside another sweep of the same kind: what is done is not done twice.
 */
#include "../../shared/store/db.h"

#define LOG_MAX_BYTES (16 << 20)
#define LOGS_KEPT 3
#define BACKUPS_KEPT 7
#define PROGRESS_KEPT_MS 3600000LL

struct sweep {
	struct db *db;
	const char *var;	/* as seen from here */
	const char *progress;	/* the folder, or NULL where no Carrel runs */
	int64_t now;		/* wall clock */
};

/* expire.c: sessions and idempotency keys past their time. */
int sweep_expire(struct sweep *s, struct err *e);
/* progress.c: progress files of jobs that ended more than an hour ago, or are gone. */
int sweep_progress(struct sweep *s, struct err *e);
/* rotate.c: carrel.log, when it is larger than LOG_MAX_BYTES. */
int sweep_rotate(struct sweep *s, struct err *e);
/* backup.c: today's copy of the store, and at most BACKUPS_KEPT of them. */
int sweep_backup(struct sweep *s, struct err *e);
/* check.c: the store is sound; what is not is an error. */
int sweep_check(struct sweep *s, struct err *e);

#endif
