/*
 * sweep: the tidying, once, for cron.
 *
 *   sweep minute     every minute or so
 *   sweep nightly    once a night
 *   sweep minute here, nightly here    from carreld, which does it where cron does not
 *
 * Run as root from outside, like carrelctl; finds the Carrel by the setting var.  Works
 * where none is running, too.  Exit status 1: something failed, and the log says what.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/conf/conf.h"
#include "../../shared/store/access.h"
#include "../../shared/wire/enter.h"
#include "../../shared/wire/progress.h"
#include "sweep.h"

#define LEASE_SECS 600

static const struct {
	const char *when, *name;
	int (*run)(struct sweep *s, struct err *e);
} duties[] = {
#define DUTY(when, function) {#when, #function, function},
#include "duty.def"
#undef DUTY
};

static bool
is_known(const char *when)
{
	for (size_t i = 0; i < COUNT(duties); i++)
		if (strcmp(duties[i].when, when) == 0)
			return true;
	return false;
}

/* 1: ours; 0: another sweep of this kind is at work. */
static int
take_lease(struct sweep *s, const char *name, const char *holder, struct err *e)
{
	int got;

	if (db_begin(s->db, e) < 0)
		return -1;
	got = lease_take(s->db, name, holder, LEASE_SECS, s->now, e);
	if (got < 0 || db_commit(s->db, e) < 0) {
		db_rollback(s->db);
		return -1;
	}
	return got;
}

static void
renew(struct sweep *s)
{
	s->now = clock_wall_ms();
	take_lease(s, s->lease, s->holder, NULL);
}

static void
drop_lease(struct sweep *s, const char *name, const char *holder)
{
	struct err e;

	if (db_begin(s->db, &e) == 0 && lease_drop(s->db, name, holder, &e) == 0 &&
	    db_commit(s->db, &e) == 0)
		return;
	db_rollback(s->db);
	log_warn("the lease stays until it expires: %s", e.text);
}

static int
run_duties(struct sweep *s, const char *when)
{
	char lease[32], holder[ID_SIZE];
	struct err e;
	int failed = 0, got;

	snprintf(lease, sizeof(lease), "sweep-%s", when);
	id_new(holder);
	s->lease = lease;
	s->holder = holder;
	s->renew = renew;
	got = take_lease(s, lease, holder, &e);
	if (got <= 0) {
		if (got < 0)
			log_error("%s", e.text);
		return got < 0;
	}
	for (size_t i = 0; i < COUNT(duties); i++) {
		if (strcmp(duties[i].when, when) != 0)
			continue;
		renew(s);
		if (duties[i].run(s, &e) == 0)
			continue;
		log_error("%s: %s", duties[i].name, e.text);
		failed = 1;
	}
	drop_lease(s, lease, holder);
	return failed;
}

/* Finds var and the store, from within if a Carrel runs. */
static int
find_place(struct sweep *s, bool is_here, char var[PATH_MAX], struct err *e)
{
	static struct conf c;
	char store[PATH_MAX + 16];
	int is_inside = is_here;

	if (conf_load(&c, e) < 0)
		return -1;
	s->conf = &c;
	if (!is_here && !realpath(c.var, var))
		return err_sys(e, "var folder %s", c.var);
	if (!is_here)
		is_inside = enter_carrel(var, e);
	if (is_inside < 0)
		return -1;
	snprintf(store, sizeof(store), "%s/carrel.db", var);
	s->var = is_inside ? "/run/carrel/var" : var;
	s->progress = is_inside ? PROGRESS_DIR : NULL;
	s->now = clock_wall_ms();
	if (!is_inside && access(store, F_OK) < 0)
		return 0;	/* it was never started: nothing to do */
	s->db = db_open(is_inside ? NULL : store, e);
	return s->db ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct sweep s = {0};
	char var[PATH_MAX] = "";
	struct err e;
	bool is_here;
	int failed;

	log_open("sweep", false);
	umask(0007);
	is_here = argc == 3 && strcmp(argv[2], "here") == 0;
	if (argc != 2 + is_here || !is_known(argv[1]))
		return fprintf(stderr, "usage: sweep minute|nightly\n"), 2;
	if (geteuid() != 0)
		return fprintf(stderr, "sweep: must be started as root\n"), 1;
	if (find_place(&s, is_here, var, &e) < 0)
		return fprintf(stderr, "sweep: %s\n", e.text), 1;
	failed = s.db ? run_duties(&s, argv[1]) : 0;
	db_close(s.db);
	return failed;
}
