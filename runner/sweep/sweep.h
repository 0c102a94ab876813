#ifndef SWEEP_H
#define SWEEP_H
/*
 * The tidying that cron starts.  Each duty may be killed at any point, run again at once,
 * and run beside another sweep of the same kind: what is done is not done twice.
 */
#include "../../shared/conf/conf.h"
#include "../../shared/store/db.h"

#define LOG_MAX_BYTES (16 << 20)
#define LOGS_KEPT 3
#define BACKUPS_KEPT 7
#define PROGRESS_KEPT_MS 3600000LL

struct sweep {
	const struct conf *conf;
	struct db *db;
	const char *var;	/* as seen from here */
	const char *progress;	/* the folder, or NULL where no Carrel runs */
	int64_t now;		/* wall clock */
	const char *lease, *holder;	/* of this sweep */
	/* For a duty that takes long: the lease lasts from now on again.  NULL: there is none. */
	void (*renew)(struct sweep *s);
};

/* copy.c: a copy of a file with holes, on the disk, with its time; mode 0600. */
int sweep_copy(const char *path, const char *to_path, struct err *e);
/* copy.c: a program, silently; its exit status, or −1. */
int sweep_run(const char *const argv[]);

/* expire.c: sessions and idempotency keys past their time. */
int sweep_expire(struct sweep *s, struct err *e);
/* progress.c: progress files of jobs that ended more than an hour ago, or are gone. */
int sweep_progress(struct sweep *s, struct err *e);
/* rotate.c: carrel.log, when it is larger than LOG_MAX_BYTES. */
int sweep_rotate(struct sweep *s, struct err *e);
/* backup.c: today's copy of the store, and at most BACKUPS_KEPT of them. */
int sweep_backup(struct sweep *s, struct err *e);
/* orphan.c: what is on the disk without a row, and rows without what they tell of. */
int sweep_orphans(struct sweep *s, struct err *e);
/* retain.c: what is kept for a while only: events, snapshots nobody asked for. */
int sweep_retain(struct sweep *s, struct err *e);
/* volumes.c: copies of the volumes that are at rest. */
int sweep_volumes(struct sweep *s, struct err *e);
/* drill.c: the newest backup can be restored. */
int sweep_drill(struct sweep *s, struct err *e);
/* check.c: the store is sound; what is not is an error. */
int sweep_check(struct sweep *s, struct err *e);

#endif
