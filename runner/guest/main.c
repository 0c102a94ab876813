/*
 * guest: PID 1 of every sandbox.
 *
 *	guest PROGRAM [ARGUMENT …]
 *
 * Runs the workload, joins the gate's connections to it, writes files and has them judged,
 * tells keep how things are, and holds still for a checkpoint.  The host trusts nothing of
 * this.
 *
 * Environment: WORKLOAD_UID, WORKLOAD_TASKS, WORKLOAD_KIND (kind.h), WORKLOAD_DOORS
 * (relay.h), WORKLOAD_START_SECS; and, where it is wanted, WORKLOAD_EGRESS (relay.h).
 */
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/err.h"
#include "again.h"
#include "apply.h"
#include "busy.h"
#include "ctl.h"
#include "hold.h"
#include "kind.h"
#include "notebook.h"
#include "relay.h"
#include "user.h"
#include "work.h"

static struct {
	struct loop *loop;
	uid_t uid;
	const struct kind *kind;
	struct work_plan plan;
} guest;

static unsigned
number(const char *name, unsigned max)
{
	const char *text = getenv(name);
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	if (n == 0 || n > max)
		BUG("%s is not a number from 1 to %u", name, max);
	return (unsigned)n;
}

/* 0 where it is missing. */
static unsigned
optional(const char *name, unsigned max)
{
	return getenv(name) ? number(name, max) : 0;
}

static int
give_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return lchown(path, guest.uid, guest.uid);
}

/* A folder of the workload's, with all that the image has in it. */
static void
give_folder(const char *path)
{
	if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
	    nftw(path, give_entry, 8, FTW_PHYS) < 0)
		BUG("cannot give %s to the workload: errno %d", path, errno);
}

static void
on_change(void)
{
	if (work_state() == GUEST_GAVE_UP)
		relay_close();
	/* An app is behind its door once it is good, a notebook when it is ready. */
	if (work_state() == GUEST_READY && !guest.kind->is_judged)
		relay_open();
	apply_state_changed();
	ctl_tell_state();
}

/* It may be another sandbox now, a clone with limits of its own. */
static void
restored(void)
{
	unsigned tasks = again_tasks(guest.plan.tasks);

	if (tasks < guest.plan.tasks)
		again_limit(tasks);
	guest.plan.tasks = tasks;
}

/* What the environment says. */
static void
read_plan(char **argv)
{
	const char *doors = getenv("WORKLOAD_DOORS");

	guest.uid = number("WORKLOAD_UID", 1u << 30);
	guest.kind = kind_find(getenv("WORKLOAD_KIND"));
	if (!guest.kind || !doors)
		BUG("WORKLOAD_KIND or WORKLOAD_DOORS is missing or unknown");
	guest.plan = (struct work_plan){.argv = argv, .env = guest.kind->env,
	    .tasks = number("WORKLOAD_TASKS", 1u << 16),
	    .start_secs = number("WORKLOAD_START_SECS", 3600), .on_change = on_change};
	busy_setup(guest.loop, doors);
	relay_setup(guest.loop, doors, (uint16_t)optional("WORKLOAD_EGRESS", 65535));
}

int
main(int argc, char **argv)
{
	if (argc < 2)
		BUG("usage: guest program [argument ...]");
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	guest.loop = loop_new();
	read_plan(argv + 1);
	user_set(guest.uid);
	for (size_t i = 0; guest.kind->folders[i]; i++)
		give_folder(guest.kind->folders[i]);
	if (chdir(guest.kind->work_dir) < 0)
		BUG("there is no %s: errno %d", guest.kind->work_dir, errno);
	loop_children(guest.loop, work_reaped);
	apply_open(guest.loop);
	hold_open(guest.loop, restored);
	work_setup(guest.loop, &guest.plan);
	ctl_set_apply(guest.kind->is_judged ? apply_add : notebook_apply,
	    guest.kind->is_judged ? apply_freeze : NULL);
	if (guest.kind->is_judged)
		work_begin();	/* a notebook's is begun by its first APPLY */
	ctl_open(guest.loop);
	loop_run(guest.loop);
	return 0;
}
